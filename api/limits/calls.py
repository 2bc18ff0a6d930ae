"""How many REST calls anybody may make: generous, so that only what is broken or hostile meets it."""

from collections.abc import Callable
from time import monotonic

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from api.limits.addresses import network_of
from api.limits.memory import BoundedMemory
from homeguard.errors import TooMany


class Calls:
    """Counts calls by address and by user, in windows of a minute that begin with their first call.

    Two numbers a window, not a moment a call: around the end of one, twice as many may come, which is generous too.
    """

    def __init__(self, per_user: int, per_address: int, seconds: Callable[[], float] = monotonic) -> None:
        """Take the most calls a minute; `seconds` is a monotonic clock."""
        self._seconds = seconds
        self._memory = BoundedMemory(seconds)
        self._limiter = FixedWindowRateLimiter(self._memory)
        self._per_user = RateLimitItemPerMinute(per_user, namespace="user")
        self._per_address = RateLimitItemPerMinute(per_address, namespace="address")

    def count_address(self, address: str) -> None:
        """Count a call by where it comes from, before anything is done for it.

        Raises:
            TooMany: there were too many from there.
        """
        self._count(self._per_address, network_of(address), address)

    def count_user(self, username: str) -> None:
        """Count a call by who makes it, wherever they are.

        Raises:
            TooMany: there were too many of theirs.
        """
        self._count(self._per_user, username, username)

    def _count(self, most: RateLimitItemPerMinute, key: str, shown: str) -> None:
        if not self._limiter.hit(most, key):
            wait = self._limiter.get_window_stats(most, key).reset_time - self._seconds()
            raise TooMany(f"{shown} has made all of its {most.amount} calls of this minute", wait)
