"""When to ping the broker, and when its silence means that it is gone (MQTT 5.0 section 3.1.2.10)."""

from math import inf


class KeepAlive:
    """A clock for one connection. Any packet answers a ping, for its PINGRESP may stand behind many."""

    def __init__(self, interval_seconds: float, answer_seconds: float) -> None:
        """Ping after `interval_seconds` without a word from either side; wait `answer_seconds` for the answer."""
        self.interval_seconds = interval_seconds
        self._answer_seconds = answer_seconds
        self._heard_at = self._spoke_at = self._pinged_at = -inf

    def heard(self, now: float) -> None:
        """Take note that the broker has said something."""
        self._heard_at = now

    def spoke(self, now: float) -> None:
        """Take note that we have said something."""
        self._spoke_at = now

    def pinged(self, now: float) -> None:
        """Take note that we have asked for a sign of life."""
        self._pinged_at = now

    @property
    def is_waiting(self) -> bool:
        """Say whether a ping is not answered yet."""
        return self._pinged_at > self._heard_at

    def seconds_left(self, now: float) -> float:
        """Tell when there is something to do: to ping or, while that waits for its answer, to give up."""
        if self.is_waiting:
            return self._pinged_at + self._answer_seconds - now
        return min(self._heard_at, self._spoke_at) + self.interval_seconds - now
