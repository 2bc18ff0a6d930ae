"""Decides when a missing alert will not come any more: after a time in which it could have come."""

import logging
from collections.abc import Callable
from itertools import islice
from time import monotonic
from typing import Final

from homeguard.health import Health
from homeguard.journal import Journal
from homeguard.journal.gaps import Hole, holes, tell

logger = logging.getLogger(__name__)

# How long a missing number may still come while we hear the broker. A device whose broker was killed connects again
# within 30 s (homeguard.backoff) and sends again what has no proof, the oldest at least once a minute.
GRACE_SECONDS: Final = 90.0
MAX_SENDERS: Final = 500  # told of in one transaction, for which ingest waits; the rest a second later


class GapWatch:
    """What is missing, and since when we have been listening for it.

    The time is counted here and not stored: it must have passed while HomeGuard ran and heard the broker, by a clock
    that nobody sets. A restart begins it again.
    """

    def __init__(self, journal: Journal, health: Health, clock: Callable[[], float] = monotonic) -> None:
        """Take the neighbours, and a clock in seconds."""
        self._journal = journal
        self._health = health
        self._clock = clock
        self._since: dict[Hole, float] = {}

    async def look(self) -> int:
        """Raise the alerts that are due; returns how many.

        Raises:
            Unavailable: the database is away.
        """
        if not self._health.state.is_ready:
            self._since.clear()
            return 0
        now = self._clock()
        self._since = {hole: self._since.get(hole, now) for hole in await self._journal.read(holes)}
        due = [hole for hole, since in self._since.items() if now - since >= GRACE_SECONDS]
        if not due:
            return 0
        senders = set(islice(dict.fromkeys(hole.sender for hole in due), MAX_SENDERS))
        due = [hole for hole in due if hole.sender in senders]
        told = await self._journal.write(lambda transaction: tell(transaction, due))
        logger.warning("gaps: alerts that were numbered never arrived; %d alerts say which", told)
        return told
