"""Tickets: what a browser puts into a WebSocket's URL instead of its token, good once and for seconds."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from api.auth.identity import Identity
from homeguard.clock import Clock
from homeguard.errors import BadCredentials

LIFETIME: Final = timedelta(seconds=30)  # a page redeems it at once; what a log has kept of it is worthless
MAX_TICKETS: Final = 10_000  # some MB; beyond it the oldest go, which nobody has redeemed


class Tickets:
    """The tickets of this process that nobody has redeemed yet, in the order of issue."""

    def __init__(self, clock: Clock) -> None:
        """Begin with none."""
        self._clock = clock
        self._issued: dict[str, tuple[Identity, datetime]] = {}

    def issue(self, identity: Identity) -> str:
        """Make a ticket that stands for this identity."""
        self._forget_old()
        ticket = secrets.token_urlsafe(24)
        self._issued[ticket] = identity, self._clock() + LIFETIME
        return ticket

    def redeem(self, text: str) -> Identity:
        """Tell whom a ticket stands for, and end it.

        Raises:
            BadCredentials: it was never issued, was redeemed before, or is too old.
        """
        identity, expires_at = self._issued.pop(text, (None, None))
        if identity is None or expires_at is None or expires_at <= self._clock():
            raise BadCredentials("the ticket is not valid: it is good once, and for 30 seconds")
        return identity

    def _forget_old(self) -> None:
        now = self._clock()
        while self._issued:
            oldest = next(iter(self._issued))
            if len(self._issued) < MAX_TICKETS and self._issued[oldest][1] > now:
                return
            del self._issued[oldest]
