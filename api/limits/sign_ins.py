"""How often a password may be tried, so that it cannot be guessed, and nobody be locked out by those who guess.

Asked before Argon2 runs, which costs a core a tenth of a second. It knows names, not users: a name that nobody has
counts as one that somebody has, so what is refused, and how fast, tells nothing.

Four things count, each for what the others let through:

- An address (IPv6: its /64) has 20 wrong tries a minute, whatever the names: one password tried on all names.
- A name has 5 wrong tries a minute **from one address**, and every wrong one after them doubles the wait, from a minute
  to a quarter of an hour: some hundred guesses a day. Not 5 in all: then anybody who knows a name keeps its owner out
  for ever, with one try every twelve seconds.
- A name has 60 wrong tries an hour from everywhere together: somebody with a thousand addresses.
- That last one does not count where the name has come in from before, at most 10,000 places by memory. So whoever
  floods a name, from however many addresses, never keeps its owner out at home; there only the owner's own mistakes do.
  From a place where the owner never was, they wait, as long as the flood lasts.

Whoever signs in has what their place and name had counted taken back: right passwords are never counted. Being
refused counts nothing either, so a page that tries again does not make it longer.

A try counts from its beginning, and is taken back where it was right: of a thousand at once five are looked at, too.

Memory is bounded, so somebody with many thousand addresses can make it forget. Then what is left is that Argon2 runs
twice at a time, some twenty guesses a second for all of them together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from api.limits.addresses import network_of
from api.limits.memory import MAX_KEYS, BoundedMemory, put_newest
from homeguard.errors import TooMany

PER_USER: Final = 5  # a minute from one address: who mistypes a phrase has four more
PER_ADDRESS: Final = 20  # a minute: a family behind one address, all mistyping
EVERYWHERE_PER_HOUR: Final = (
    60  # 1,440 a day; with 10 characters that are not common it takes longer than anybody lives
)
FIRST_WAIT_SECONDS: Final = 60.0
LONGEST_WAIT_SECONDS: Final = 15 * 60.0  # longer would make an owner who came to their senses look for a hammer
FORGET_SECONDS: Final = 60 * 60.0  # after this without a try, the wait begins anew

_Place = tuple[str, str]  # a name, and the network it is tried from
_Window = tuple[RateLimitItem, tuple[str, ...]]  # a limit, and whose it is


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last_at: float


class SignIns:
    """Counts tries. Belongs to the event loop."""

    def __init__(
        self, per_user: int = PER_USER, per_address: int = PER_ADDRESS, seconds: Callable[[], float] = monotonic
    ) -> None:
        """Take the most wrong tries a minute; `seconds` is a monotonic clock."""
        self._seconds = seconds
        self._memory = BoundedMemory(seconds)
        self._limiter = MovingWindowRateLimiter(self._memory)
        self._per_address = RateLimitItemPerMinute(per_address, namespace="address")
        self._per_user = RateLimitItemPerMinute(per_user, namespace="user")
        self._everywhere = RateLimitItemPerHour(EVERYWHERE_PER_HOUR, namespace="everywhere")
        self._failures: dict[_Place, _Failures] = {}
        self._homes: dict[_Place, None] = {}

    def attempt(self, username: str, address: str | None) -> "Attempt":
        """Let one password be tried, which counts as wrong until it is said to be right.

        Raises:
            TooMany: there were too many wrong ones.
        """
        place = username, network_of(address or "")
        windows = self._windows(place)
        wait = max([self._wait(place), *(self._wait_of(*window) for window in windows)])
        if wait > 0:
            raise TooMany("too many attempts to sign in", wait)
        for item, key in windows:
            self._limiter.hit(item, *key)
        put_newest(self._failures, place, _Failures(self._failures_of(place) + 1, self._seconds()), MAX_KEYS)
        return Attempt(self, place, windows)

    def came_in(self, username: str, address: str | None) -> None:
        """Note where somebody proved who they are otherwise, as by a refresh: there a flood does not keep them out."""
        put_newest(self._homes, (username, network_of(address or "")), None, MAX_KEYS)

    def take_back(self, place: _Place, windows: Sequence[_Window]) -> None:
        """Forget a try that was let through."""
        for item, key in windows:
            self._memory.give_back(item.key_for(*key))
        count = self._failures_of(place) - 1
        if count > 0:
            self._failures[place] = _Failures(count, self._failures[place].last_at)
        else:
            self._failures.pop(place, None)

    def forgive(self, place: _Place, windows: Sequence[_Window]) -> None:
        """Forget a try that was let through, and all that were wrong at its place before."""
        self.take_back(place, windows)
        self._limiter.clear(self._per_user, *place)
        self._failures.pop(place, None)
        put_newest(self._homes, place, None, MAX_KEYS)

    def __len__(self) -> int:
        """Tell how much is remembered."""
        return len(self._memory) + len(self._failures) + len(self._homes)

    def _windows(self, place: _Place) -> list[_Window]:
        username, network = place
        windows: list[_Window] = [(self._per_address, (network,)), (self._per_user, place)]
        return windows if place in self._homes else [*windows, (self._everywhere, (username,))]

    def _wait_of(self, item: RateLimitItem, key: Sequence[str]) -> float:
        if self._limiter.test(item, *key):
            return 0.0
        return self._limiter.get_window_stats(item, *key).reset_time - self._seconds()

    def _wait(self, place: _Place) -> float:
        """Tell how much longer a place waits that was wrong too often in a row."""
        beyond = self._failures_of(place) - self._per_user.amount
        if beyond < 0:
            return 0.0
        wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(beyond, 10))
        return max(0.0, self._failures[place].last_at + wait - self._seconds())

    def _failures_of(self, place: _Place) -> int:
        failures = self._failures.get(place)
        if failures is None or failures.last_at + FORGET_SECONDS < self._seconds():
            return 0
        return failures.count


class Attempt:
    """One try that was let through; say how it ended, unless it was wrong."""

    def __init__(self, sign_ins: SignIns, place: _Place, windows: Sequence[_Window]) -> None:
        """Use `SignIns.attempt`."""
        self._sign_ins = sign_ins
        self._place = place
        self._windows = windows

    def succeeded(self) -> None:
        """Say that the password was right."""
        self._sign_ins.forgive(self._place, self._windows)

    def withdrawn(self) -> None:
        """Say that nobody looked at the password: it was our fault, or others were first."""
        self._sign_ins.take_back(self._place, self._windows)
