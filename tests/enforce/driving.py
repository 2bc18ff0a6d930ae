"""What the core does with an enforcer, as little of it as these tests need: it repairs what has drifted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from enforce.enforcer import Enforcer, Wish
from tests.enforce.netns import MACS


def wish(number: int = 0, *, desired: bool = True, mac: str | None = None) -> dict[str, Wish]:
    """Return the wish to block one of the two devices, or whoever has a MAC."""
    return {f"dev-{number}": Wish(f"dev-{number}", desired, "c1", mac or MACS[number])}


@dataclass
class Watched:
    """What was told, and how often it was made good, so far."""

    reasons: list[str] = field(default_factory=list)
    repairs: int = 0


@contextlib.asynccontextmanager
async def watched(enforcer: Enforcer, wishes: Mapping[str, Wish]) -> AsyncIterator[Watched]:
    """Let an enforcer watch, and enforce again at each drift, as the core does; yield what comes of it."""
    seen = Watched()
    drift = asyncio.Event()

    def drifted(why: str) -> None:
        seen.reasons.append(why)
        drift.set()

    async def repair() -> None:
        while True:
            await drift.wait()
            drift.clear()
            await enforcer.enforce(wishes)
            seen.repairs += 1

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(enforcer.watch(drifted)), tasks.create_task(repair())]
        await asyncio.sleep(0)
        yield seen
        for task in running:
            task.cancel()
