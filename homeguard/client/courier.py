"""Decides which kept alerts to send now, and when to send one again. No I/O; the time is passed in."""

from typing import Final

from homeguard.client.outbox import Entry

WINDOW: Final = 20  # alerts on their way at once; the bridge commits them together
FIRST_PATIENCE_SECONDS: Final = 5.0  # how long a proof may take before the alert is sent again …
MOST_PATIENCE_SECONDS: Final = 60.0  # … and how long when HomeGuard stays away


class Courier:
    """The alerts on their way over one connection, oldest first.

    Without a proof in time only the oldest is sent again, as a probe, each time later: while HomeGuard is away the
    broker keeps what it has for it, and must not be filled with copies. The first proof opens the window again.
    """

    def __init__(self, window: int = WINDOW, first_patience_seconds: float = FIRST_PATIENCE_SECONDS) -> None:
        """Begin with nothing on its way."""
        self._window = window
        self._first_patience = first_patience_seconds
        self._patience = first_patience_seconds
        self._is_probing = False
        self._underway: dict[str, tuple[int, float]] = {}
        self.cursor = 0

    @property
    def room(self) -> int:
        """How many alerts behind the `cursor` may be sent now."""
        return (1 if self._is_probing else self._window) - len(self._underway)

    @property
    def deadline(self) -> float | None:
        """When `give_up_waiting` is due, or None where nothing is on its way."""
        oldest = next(iter(self._underway.values()), None)
        return None if oldest is None else oldest[1] + self._patience

    def sent(self, entry: Entry, now: float) -> None:
        """Note that an alert is on its way."""
        self._underway[entry.id] = (entry.n, now)
        self.cursor = entry.n

    def answered(self, id: str) -> None:
        """Note that an alert was proved stored, or rejected."""
        self._underway.pop(id, None)
        self._is_probing = False
        self._patience = self._first_patience

    def give_up_waiting(self, now: float) -> bool:
        """Begin again with the oldest alert if its proof is overdue; says whether it was."""
        if self.deadline is None or now < self.deadline:
            return False
        oldest, _ = next(iter(self._underway.values()))
        self.cursor = oldest - 1
        self._underway.clear()
        self._is_probing = True
        self._patience = min(MOST_PATIENCE_SECONDS, self._patience * 2)
        return True
