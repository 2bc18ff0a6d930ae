"""Processes of the bench: pinned to a core, ended by their own pid, none left behind."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homeguard.errors import HomeGuardError

ROOT: Final = Path(__file__).parents[1]
START_SECONDS: Final = 40.0
STOP_SECONDS: Final = 15.0


class CannotMeasure(HomeGuardError):
    """Something that the bench needs is not there or does not work."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core the servers have, and which the client; the same one where there is only one."""

    server: int
    client: int

    @classmethod
    def choose(cls) -> "Cores":
        """Take the first and the last core we may use."""
        allowed = sorted(os.sched_getaffinity(0))
        return cls(allowed[0], allowed[-1])


def raise_file_limit() -> int:
    """Allow ourselves, and so whatever we start, as many open files as we may; returns how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def start(
    command: Sequence[str | Path],
    *,
    core: int,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    pipe: bool = False,
) -> subprocess.Popen[str]:
    """Start a process on a core; its words go to a log file or, with `pipe`, its stdout to us."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})  # inherited; set here because preexec_fn would cost a slow fork
    try:
        with open(log or os.devnull, "ab") as words:  # noqa: PTH123
            return subprocess.Popen(  # noqa: S603
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipe else words,
                stderr=words if log or not pipe else None,
                env={**os.environ, **(environment or {})},
                text=True,
            )
    finally:
        os.sched_setaffinity(0, ours)


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> None:
    """Ask one process of ours to end, and make it."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
    if process.stdout is not None:
        process.stdout.close()


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], what: str, log: Path | None = None) -> None:
    """Wait until a process of ours has done something.

    Raises:
        CannotMeasure: it ended, or took too long; with its last words.
    """
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            words = log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
            raise CannotMeasure(f"{what} does not start: {words}")
        time.sleep(0.01)


def listens(port: int) -> bool:
    """Say whether a connection to a port of loopback succeeds."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Find ports that nobody uses now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def program(name: str) -> str | None:
    """Find a program, also where Debian keeps those that ordinary users have off their PATH."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin")
