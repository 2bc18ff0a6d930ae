"""How many may listen: in all, for one user, from one address, and how many may come in a second. No I/O.

Of IPv6 a /64 counts as one address: each of its hosts has as many as it likes.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from time import monotonic
from typing import Final

from api.limits.addresses import network_of
from homeguard.errors import TooMany, Unavailable

MAX_CLIENT: Final = 200  # characters of what a client says it is; enough to tell one's own browsers apart
RETRY_SECONDS: Final = 5.0  # after which a place may be free; clients add their own jitter


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each."""

    connections: int
    per_user: int
    per_address: int
    handshakes_per_second: int


class Gate:
    """Counts who is in. Belongs to the event loop."""

    def __init__(self, limits: Limits, seconds: Callable[[], float] = monotonic) -> None:
        """Begin empty; `seconds` is a monotonic clock."""
        self._limits = limits
        self._seconds = seconds
        self._knocks = float(limits.handshakes_per_second)
        self._knocked_at = seconds()
        self._users: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()

    def knock(self, address: str) -> None:
        """Let a handshake be looked at: before its token is verified, for that is what a flood would cost us.

        Raises:
            TooMany: too many in this second, or from this address.
            Unavailable: the house is full.
        """
        now = self._seconds()
        rate = self._limits.handshakes_per_second
        self._knocks = min(rate, self._knocks + (now - self._knocked_at) * rate) - 1
        self._knocked_at = now
        if self._knocks < 0:
            self._knocks += 1  # one that was turned away has cost nothing
            raise TooMany("too many handshakes at once", retry_after_seconds=1)
        if self._users.total() >= self._limits.connections:
            raise Unavailable("the live server", f"it has all of its {self._limits.connections} connections")
        if self._addresses[network_of(address)] >= self._limits.per_address:
            raise TooMany(f"{address} has all of its {self._limits.per_address} connections", RETRY_SECONDS)

    def enter(self, address: str, username: str, since: datetime, client: str | None = None) -> "Seat":
        """Take a place for a user who is known by now; `client` is what the client says it is.

        Raises:
            TooMany: this user has all of theirs.
        """
        if self._users[username] >= self._limits.per_user:
            raise TooMany(f"{username} has all of their {self._limits.per_user} connections", RETRY_SECONDS)
        self._users[username] += 1
        self._addresses[network_of(address)] += 1
        return Seat(self, intern(address), username, since, intern(client[:MAX_CLIENT]) if client else None)

    def leave(self, address: str, username: str) -> None:
        """Give a place back."""
        for counter, name in ((self._users, username), (self._addresses, network_of(address))):
            counter[name] -= 1
            if not counter[name]:
                del counter[name]


class Seat:
    """One place, and who took it: from where, when, with what; `leave` gives it back, once.

    A home has many connections of few browsers and addresses, so equal texts of them are kept once.
    """

    __slots__ = ("_gate", "_username", "address", "client", "since")

    def __init__(self, gate: Gate, address: str, username: str, since: datetime, client: str | None) -> None:
        """Use `Gate.enter`."""
        self._gate: Gate | None = gate
        self._username = username
        self.address = address
        self.since = since
        self.client = client

    def leave(self) -> None:
        """Give the place back; may be called again."""
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.leave(self.address, self._username)
