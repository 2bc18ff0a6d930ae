"""The one fake of the tests: time that moves when told to."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Tells the time it was set to."""

    def __init__(self) -> None:
        """Begin at a fixed moment."""
        self.now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
