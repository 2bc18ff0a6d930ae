"""Blocks nobody and says that it never will: for a box that only tells who is on its network."""

import asyncio
from collections.abc import Callable, Mapping

from enforce.enforcer import Finding, Wish
from homeguard.events import ReportState

SAYS_SO = "this box only looks who is on the network"


class Onlooker:
    """The enforcer of `homeguard enforce --watch` alone: in nobody's path."""

    kind = "neighbours"

    def __init__(self, name: str = "neighbours") -> None:
        """Take the name under which it reports."""
        self.name = name

    async def enforce(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Do nothing."""
        return await self.look(wishes)

    async def look(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Say so."""
        return dict.fromkeys(wishes, Finding(ReportState.NOT_IN_PATH, SAYS_SO))

    async def watch(self, drifted: Callable[[str], None]) -> None:
        """Wait for ever: there is nothing that could be changed."""
        await asyncio.Event().wait()
