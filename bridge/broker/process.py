"""Runs Mosquitto as a child: waits until it answers, logs what it says, starts it again when it dies."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import deque
from pathlib import Path
from typing import Final

from homeguard.errors import Misconfigured

logger = logging.getLogger(__name__)

START_SECONDS: Final = 15.0  # to accept connections; a broker that restores a long queue takes seconds
STOP_SECONDS: Final = 2.0  # from SIGTERM to SIGKILL; all of `homeguard up` has 5 to stop
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
STEADY_SECONDS: Final = 60.0  # a broker that lived this long had no trouble starting
LINE_LIMIT: Final = 64 * 1024  # of one line of log; client ids in it come from outside

_LAUNCH: Final = Path(__file__).with_name("launch.py")


class BrokerProcess:
    """One Mosquitto at a time. `pid` is its process, None while there is none; `begun` is set once there was one."""

    def __init__(self, program: Path, config: Path, host: str, port: int, *, hidden: tuple[str, ...] = ()) -> None:
        """Take what to start and where it will answer; texts in `hidden` are kept out of the log."""
        self.pid: int | None = None
        self.begun = asyncio.Event()
        self._program = program
        self._config = config
        self._host = host
        self._port = port
        self._hidden = hidden
        self._last_lines: deque[str] = deque(maxlen=5)

    async def run(self, ready: asyncio.Event, stopping: asyncio.Event) -> None:
        """Keep the broker running until `stopping` is set; `ready` is set for as long as it accepts connections.

        Raises:
            Misconfigured: it did not start at all, with what it said. Once it has run, it is started again for ever.
        """
        loop = asyncio.get_running_loop()
        pause, has_run = FIRST_PAUSE_SECONDS, False
        while not stopping.is_set():
            began = loop.time()
            opened, end = await self._one_life(ready, stopping)
            has_run = has_run or opened
            if stopping.is_set():
                return
            if not has_run:
                raise Misconfigured(
                    f"Mosquitto did not start: {end}. It said: {' / '.join(self._last_lines) or 'nothing'}"
                )
            if loop.time() - began >= STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            logger.error("the broker died: %s; starting it again in %g s", end, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def hang_up(self) -> None:
        """Send SIGHUP, at which Mosquitto reads certificates anew; where none runs, the next one reads them anyway."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGHUP)

    async def _one_life(self, ready: asyncio.Event, stopping: asyncio.Event) -> tuple[bool, str]:
        """Start it, and return at its end whether it ever accepted connections, and how it ended."""
        process = await self._start()
        self.pid = process.pid
        self.begun.set()
        opened = False
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._log(process), name="broker-log")
            exited = tasks.create_task(process.wait(), name="broker-exit")
            stop = tasks.create_task(stopping.wait(), name="broker-stop")
            try:
                opened = await self._accepts(exited, stop)
                if opened:
                    ready.set()
                    logger.debug("the broker (process %s) listens on %s:%s", process.pid, self._host, self._port)
                    await asyncio.wait({exited, stop}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ready.clear()
                ended_itself = process.returncode is not None
                await _end(process)
                self.pid = None
                stop.cancel()
        return opened, f"exit status {process.returncode}" if ended_itself else f"no answer in {START_SECONDS:g} s"

    async def _start(self) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-ISs",
                str(_LAUNCH),
                str(os.getpid()),
                str(self._program),
                str(self._config),
                stdout=PIPE,
                stderr=STDOUT,
                limit=LINE_LIMIT,
                start_new_session=True,  # a Ctrl-C in the terminal is for us; we tell the broker when it is its turn
            )
        except OSError as error:
            raise Misconfigured(f"cannot start {self._program}: {error.strerror}") from error

    async def _accepts(self, exited: asyncio.Task[int], stop: asyncio.Task[bool]) -> bool:
        """Wait until a connection succeeds; False where the process ended, was told to stop, or takes too long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_SECONDS
        while not (exited.done() or stop.done()) and loop.time() < deadline:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(self._host, self._port), 1)
            except (OSError, TimeoutError):
                await asyncio.wait({exited, stop}, timeout=0.02)
                continue
            writer.close()
            return True
        return False

    async def _log(self, process: Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = (await process.stdout.readline()).decode("utf-8", "replace")
            except ValueError:
                continue  # longer than LINE_LIMIT: that much was dropped
            if not line:
                return
            for text in self._hidden:
                line = line.replace(text, "(hidden)")
            line = "".join(c if c.isprintable() else "?" for c in line.rstrip())
            self._last_lines.append(line)
            logger.log(_level(line), "broker: %s", line)


def _level(line: str) -> int:
    """Tell how much a line of Mosquitto's matters; most speak of one client that came or went."""
    if line.startswith("Error"):
        return logging.ERROR
    if line.startswith("Warning") or "dropped" in line:
        return logging.WARNING
    return logging.INFO if "not authorised" in line else logging.DEBUG


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        logger.warning("the broker did not stop in %g s and was killed", STOP_SECONDS)
        process.kill()
        await process.wait()
