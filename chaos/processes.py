"""Processes of a run: they die with the runner, and are ended by their own id."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

END_SECONDS: Final = 15.0  # `homeguard up` has 5 to stop
_LAUNCH: Final = Path(__file__).with_name("launch.py")


class Child:
    """One process that may be killed and started again, always the same way. Its words go to a log file."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        """Take what to start."""
        self.name = name
        self.log = log
        self._command = command
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process, None where none runs."""
        return None if self._process is None or self._process.poll() is not None else self._process.pid

    @property
    def exit_status(self) -> int | None:
        """How the last process ended, None where none has."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start it; call from the main thread, since the kernel ends it with the thread that did."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-ISs", str(_LAUNCH), str(os.getpid()), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
            )

    def send(self, number: signal.Signals) -> None:
        """Send a signal, where it runs."""
        if self.pid is not None and self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.send(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(END_SECONDS)

    def stop(self) -> None:
        """Ask it to end, and make it."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self._process is not None:
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def last_words(self, characters: int = 2000) -> str:
        """Return the end of its log."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""


def module(name: str, *arguments: str) -> list[str]:
    """Write the command that runs a module of ours."""
    return [sys.executable, "-m", name, *arguments]
