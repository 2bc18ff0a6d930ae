"""The sessions that were used of late: when and from where. No I/O; `api.services.seen` writes it by the minute."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

MAX_SEEN: Final = 10_000  # sessions; beyond it the one that was silent longest is left out


class Seen:
    """What is not written yet."""

    def __init__(self) -> None:
        """Begin empty."""
        self._seen: dict[str, tuple[datetime, str | None]] = {}

    def note(self, session_id: str, at: datetime, address: str | None) -> None:
        """Note that a session was used."""
        self._seen.pop(session_id, None)
        self._seen[session_id] = (at, address)
        if len(self._seen) > MAX_SEEN:
            del self._seen[next(iter(self._seen))]

    def get(self, session_id: str) -> tuple[datetime, str | None] | None:
        """Tell when a session was used that is not written yet, and from where."""
        return self._seen.get(session_id)

    def take(self) -> Mapping[str, tuple[datetime, str | None]]:
        """Return all of it, and begin anew."""
        taken, self._seen = self._seen, {}
        return taken
