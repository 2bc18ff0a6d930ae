"""Watches over our session at the broker: where it is unexpectedly gone, whoever is on watch is told (decision 16)."""

import asyncio
import logging
import secrets
from datetime import timedelta
from typing import Final

from bridge.address import Address
from bridge.echo import Echo
from bridge.link import SESSION_EXPIRY_SECONDS, BrokerUnavailable, Link, PublishRefused
from homeguard.backoff import Backoff
from homeguard.clock import Clock, utc_now
from homeguard.errors import Unavailable
from homeguard.journal import Journal
from homeguard.journal.broker_session import Began, begin_session, note_heard

logger = logging.getLogger(__name__)

ECHO_SECONDS: Final = 60.0  # a loss is bounded to a minute more than it was, for one small commit a minute
PATIENCE_SECONDS: Final = 600.0  # for a word behind a long backlog; one that a full queue dropped is said again
KEPT_FOR: Final = timedelta(seconds=SESSION_EXPIRY_SECONDS)


class Continuity:
    """What we know of our session: whether it is a new one that is not noted yet, and until when it lost nothing."""

    def __init__(self, journal: Journal, address: Address, echo: Echo, clock: Clock = utc_now) -> None:
        """Take whose session it is, and the neighbours."""
        self._journal = journal
        self._address = address
        self._name = address.session_name
        self._echo = echo
        self._clock = clock
        self._unnoted: str | None = None  # outlives a connection: the next one finds the session that this one made

    def connected(self, *, session_present: bool) -> None:
        """Take what the broker says at each connection."""
        if not session_present:
            self._unnoted = secrets.token_hex(8)

    async def run(self, link: Link) -> None:
        """Note a new session, then again and again until when we have everything, until cancelled.

        Raises:
            BrokerUnavailable: the connection is lost.
        """
        await self._note_session()
        while True:
            await self._note_heard(link)
            await asyncio.sleep(ECHO_SECONDS)

    async def _note_session(self) -> None:
        began_at, backoff = self._clock(), Backoff(first_seconds=0.5, most_seconds=5.0)
        while (id := self._unnoted) is not None:
            try:
                began = await self._journal.write(
                    lambda transaction, id=id: begin_session(transaction, self._name, id, began_at, KEPT_FOR)  # type: ignore[misc]
                )
            except Unavailable:
                await asyncio.sleep(backoff.next())
            else:
                self._unnoted = None
                self._say(began)

    async def _note_heard(self, link: Link) -> None:
        asked_at = self._clock()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._echo.go_round(link)
            await self._journal.write(lambda _: note_heard(self._name, asked_at))
        except BrokerUnavailable:
            raise
        except (PublishRefused, Unavailable, TimeoutError) as error:
            logger.debug("bridge: not noted until when nothing is missing: %r", error)

    def _say(self, began: Began) -> None:
        where = f"{self._address.host}:{self._address.port}"
        match began:
            case Began.LOST | Began.EXPIRED:
                logger.warning("bridge: %s has lost our session; an alert says what may be missing", where)
            case Began.ELSEWHERE:
                logger.info("bridge: another broker than before, or another client id: a new session at %s", where)
            case Began.FIRST | Began.NOTED:
                logger.info("bridge: %s has a new session for us", where)
