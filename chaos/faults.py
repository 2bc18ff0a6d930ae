"""Does what the plan says to a running home, and takes it back."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chaos.home import Home
from chaos.network import Network
from chaos.plan import Fault, Struck
from chaos.processes import Child

HOUR: Final = 3600
LOCK_SECONDS: Final = 5.0  # to get the lock: a batch is committed in far less
BLOCK: Final = bytes(4096)


@dataclass(slots=True)
class Hands:
    """What the faults need: the home, its network, its publishers and screens, and the file of a clock."""

    home: Home
    network: Network | None
    publishers: Sequence[Child]
    screens: Sequence[Child]
    clock: Path | None

    async def strike(self, fault: Fault) -> Struck | None:
        """Break, wait, mend; None where there was nobody to strike."""
        at = time.monotonic()
        deed: Callable[[Fault], Awaitable[str | None]] = getattr(self, fault.kind.name.lower())
        victim = await deed(fault)
        return None if victim is None else Struck(fault.kind, victim, at, time.monotonic())

    async def kill_bridge(self, _: Fault) -> str | None:
        """End `homeguard up`; the home starts it again."""
        if self.home.bridge.pid is None:
            return None
        self.home.bridge.kill()
        return "bridge"

    async def kill_broker(self, _: Fault) -> str | None:
        """End Mosquitto; `homeguard up` starts it again."""
        return self._signal_broker(signal.SIGKILL)

    async def restart_broker(self, _: Fault) -> str | None:
        """Tell Mosquitto to end."""
        return self._signal_broker(signal.SIGTERM)

    def _signal_broker(self, number: signal.Signals) -> str | None:
        pid = self.home.broker_pid
        if pid is None:
            return None
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        return "broker"

    async def kill_publisher(self, fault: Fault) -> str | None:
        """End a publisher; the crowd starts it again."""
        return _kill(self.publishers, fault)

    async def kill_screen(self, fault: Fault) -> str | None:
        """End a screen; the crowd starts it again."""
        return _kill(self.screens, fault)

    async def stop_bridge(self, fault: Fault) -> str | None:
        """Let `homeguard up` stand still."""
        return await _pause(self.home.bridge, fault.seconds)

    async def stall_screen(self, fault: Fault) -> str | None:
        """Let a screen stop reading."""
        return await _pause(self.screens[fault.pick % len(self.screens)], fault.seconds)

    async def cut(self, fault: Fault) -> str | None:
        """Reset every connection on which something is sent."""
        assert self.network is not None
        self.network.cut()
        await asyncio.sleep(fault.seconds)
        self.network.mend("cut")
        return "all connections"

    async def half_open(self, fault: Fault) -> str | None:
        """Let living connections die without a word."""
        assert self.network is not None
        return self.network.half_open(fault.pick, self.home.bridge.pid)

    async def lose(self, fault: Fault) -> str | None:
        """Lose a fifth of all packets."""
        assert self.network is not None
        self.network.lose()
        await asyncio.sleep(fault.seconds)
        self.network.mend("loss")
        return "all connections"

    async def fill_disk(self, fault: Fault) -> str | None:
        """Leave no byte free where the data lies."""
        filler = self.home.data_dir.parent / "filler"
        try:
            await asyncio.to_thread(_fill, filler)
            await asyncio.sleep(fault.seconds)
        finally:
            filler.unlink(missing_ok=True)
        return "data directory"

    async def lock_database(self, fault: Fault) -> str | None:
        """Hold the journal's lock, as a careless backup would."""
        with closing(
            sqlite3.connect(self.home.database, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)
        ) as somebody:
            await asyncio.to_thread(somebody.execute, "BEGIN EXCLUSIVE")
            await asyncio.sleep(fault.seconds)
            somebody.execute("ROLLBACK")
        return "journal"

    async def step_clock(self, fault: Fault) -> str | None:
        """Step the clock of HomeGuard and its broker, and back."""
        assert self.clock is not None
        hour = HOUR if fault.pick % 2 else -HOUR
        set_clock(self.clock, hour)
        await asyncio.sleep(fault.seconds)
        set_clock(self.clock, 0)
        return f"{hour:+} s"


def set_clock(file: Path, seconds: int) -> None:
    """Step the clock of whoever runs under libfaketime with this file."""
    new = file.with_suffix(".new")
    new.write_text(f"{seconds:+}\n")
    new.replace(file)


def _kill(children: Sequence[Child], fault: Fault) -> str | None:
    child = children[fault.pick % len(children)]
    if child.pid is None:
        return None
    child.kill()
    return child.name


async def _pause(child: Child, seconds: float) -> str | None:
    if child.pid is None:
        return None
    child.send(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    child.send(signal.SIGCONT)  # or to the one that was started meanwhile, which does not mind
    return child.name


def _fill(path: Path) -> None:
    """Write until there is no room for one more byte."""
    with path.open("wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(BLOCK * 64)
        with suppress(OSError):
            while True:
                file.write(BLOCK)
