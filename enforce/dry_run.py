"""Blocks nobody, and says so: for tests, demos and a look at what would be blocked."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from enforce.enforcer import Finding, Wish
from homeguard.events import ReportState

logger = logging.getLogger(__name__)

SAYS_SO = "dry run: nothing is really blocked"


class DryRun:
    """An enforcer that only remembers."""

    kind = "dry-run"

    def __init__(self, name: str = "dry-run") -> None:
        """Take the name under which it reports."""
        self.name = name
        self.blocked: set[str] = set()

    async def enforce(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Remember who is to be blocked."""
        desired = {id for id, wish in wishes.items() if wish.desired}
        for verb, ids in (("block", desired - self.blocked), ("release", self.blocked - desired)):
            for id in sorted(ids):
                logger.info("dry run: would %s %s", verb, id)
        self.blocked = desired
        return await self.look(wishes)

    async def look(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Say who is remembered."""
        return {
            id: Finding(ReportState.ENFORCED if id in self.blocked else ReportState.RELEASED, SAYS_SO) for id in wishes
        }

    async def watch(self, drifted: Callable[[str], None]) -> None:
        """Wait for ever: nobody else changes what is remembered here."""
        await asyncio.Event().wait()
