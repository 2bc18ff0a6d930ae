"""Decides what time alone says of the devices: one is silent for too long, another has come to rest."""

from typing import Final

from homeguard.clock import Clock
from homeguard.health import Health
from homeguard.journal import Journal, Transaction
from homeguard.journal.devices import DeviceBook, due_presences
from homeguard.presence import Silence

MAX_DEVICES: Final = 500  # looked at in one transaction, for which ingest waits; the rest a second later


class PresenceWatch:
    """Looks at the devices whose time has come.

    A silence counts only while HomeGuard runs and hears the broker: after a restart nobody is called gone for what
    was not listened to.
    """

    def __init__(self, journal: Journal, health: Health, clock: Clock, silence: Silence | None) -> None:
        """Take the neighbours, and when a device counts as silent."""
        self._journal = journal
        self._health = health
        self._clock = clock
        self._silence = silence
        self._listening_since: float | None = None

    async def look(self) -> int:
        """Show what has changed by time; returns how many devices were looked at.

        Raises:
            Unavailable: the database is away.
        """
        now = self._clock()
        if not self._health.state.is_ready:
            self._listening_since = None
            return 0
        if self._listening_since is None or self._listening_since > now.timestamp():  # or the clock was set back
            self._listening_since = now.timestamp()
        due = await self._journal.read(lambda: due_presences(now, MAX_DEVICES))
        if due:
            await self._journal.write(lambda transaction: self._tick(transaction, due))
        return len(due)

    def _tick(self, transaction: Transaction, due: list[str]) -> None:
        now = transaction.now.timestamp()
        book = DeviceBook(transaction, due)
        for device in book:
            heard_or_began = max(device.last_seen_at.timestamp(), self._listening_since or now)
            device.presence.tick(now, heard_or_began, self._silence)
            device.show_presence()
            device.plan_look(self._silence, heard_or_began)
            book.touch(device)
        book.write()
