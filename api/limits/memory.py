"""The memory under the strategies of `limits`: of this process, bounded, by a monotonic clock. No I/O, no thread.

The package has one of its own, which is not for us: it starts a thread with nearly every hit, reads the wall clock (a
clock that is stepped back keeps everybody out), and grows with every address that anybody makes up.
"""

from bisect import bisect_right
from collections.abc import Callable
from time import monotonic
from typing import Final, TypeVar

from limits.storage import MovingWindowSupport, Storage

MAX_KEYS: Final = 10_000  # of each kind, some 3 MB; beyond it those go that were not heard of for longest

K = TypeVar("K")
V = TypeVar("V")


def put_newest(memory: dict[K, V], key: K, value: V, most: int) -> None:
    """Keep a value as the newest of at most so many; who is attacked is heard of often, so is not what is forgotten."""
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > most:
        del memory[next(iter(memory))]


class BoundedMemory(Storage, MovingWindowSupport):
    """Moments by key, for moving windows, and counts by key, for fixed ones. Belongs to the event loop."""

    STORAGE_SCHEME = None  # is made by hand, not by a URL

    def __init__(self, seconds: Callable[[], float] = monotonic, max_keys: int = MAX_KEYS) -> None:
        """Begin empty; `seconds` is a monotonic clock."""
        super().__init__()
        self._seconds = seconds
        self._max_keys = max_keys
        self._moments: dict[str, list[float]] = {}
        self._counts: dict[str, tuple[int, float]] = {}

    def __len__(self) -> int:
        """Tell how many keys are remembered."""
        return len(self._moments) + len(self._counts)

    @property
    def base_exceptions(self) -> type[Exception]:
        """Name what this storage fails with: nothing of its own."""
        return ValueError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Note `amount` moments where the window has room for them."""
        now = self._seconds()
        moments = self._within(key, now - expiry)
        has_room = len(moments) + amount <= limit
        if has_room:
            moments += [now] * amount
        self._touch(self._moments, key, moments)
        return has_room

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Tell when the oldest moment within the window was, and how many there are."""
        now = self._seconds()
        moments = self._within(key, now - expiry)
        if not moments:
            return now, 0
        self._touch(self._moments, key, moments)
        return moments[0], len(moments)

    def give_back(self, key: str) -> None:
        """Take the newest moment out again: what it stood for does not count."""
        moments = self._moments.get(key, [])
        if len(moments) > 1:
            moments.pop()
        else:
            self._moments.pop(key, None)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count within a fixed window, which begins with its first."""
        now = self._seconds()
        count, ends_at = self._counts.get(key, (0, 0.0))
        if ends_at <= now:
            count, ends_at = 0, now + expiry
        self._touch(self._counts, key, (count + amount, ends_at))
        return count + amount

    def get(self, key: str) -> int:
        """Tell the count of the window that runs."""
        count, ends_at = self._counts.get(key, (0, 0.0))
        return count if ends_at > self._seconds() else 0

    def get_expiry(self, key: str) -> float:
        """Tell when the fixed window of a key ends."""
        return self._counts.get(key, (0, self._seconds()))[1]

    def check(self) -> bool:
        """Say that memory works."""
        return True

    def reset(self) -> int | None:
        """Forget everything; returns how many keys that were."""
        forgotten = len(self)
        self._moments.clear()
        self._counts.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget a key."""
        self._moments.pop(key, None)
        self._counts.pop(key, None)

    def _within(self, key: str, since: float) -> list[float]:
        moments = self._moments.get(key, [])
        del moments[: bisect_right(moments, since)]
        return moments

    def _touch(self, memory: dict[str, V], key: str, value: V) -> None:
        put_newest(memory, key, value, self._max_keys)
