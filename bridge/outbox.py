"""Publishes what HomeGuard has decided, oldest first, and forgets it when the broker has acknowledged it."""

import asyncio
import logging
from typing import Final

from bridge.link import BrokerUnavailable, Link, PublishRefused
from homeguard.backoff import Backoff
from homeguard.errors import Unavailable
from homeguard.journal import Journal
from homeguard.journal.blocks import tell_again
from homeguard.journal.outbox import Outgoing, remove, waiting
from homeguard.topics import Topics

logger = logging.getLogger(__name__)

MAX_BATCH: Final = 100  # rows forgotten in one transaction; a crash before it publishes them once more, to no effect


class Outbox:
    """Sends the outbox's rows over whichever link is there."""

    def __init__(self, journal: Journal, topics: Topics) -> None:
        """Take the journal whose outbox it is, and how topics read."""
        self._journal = journal
        self._topics = topics
        self._filled = asyncio.Event()
        journal.on_outbox(self._filled.set)

    async def run(self, link: Link) -> None:
        """Send every wish once more and what else waits, then what comes, until cancelled.

        One at a time: an older wish must never overtake a newer one on the way to the broker.

        Raises:
            BrokerUnavailable: the connection is lost; what was not acknowledged stays.
        """
        backoff = Backoff(first_seconds=0.5, most_seconds=30.0)
        has_told = False
        while True:
            self._filled.clear()
            try:
                if not has_told:
                    await self._journal.write(lambda transaction: tell_again(transaction, self._topics))
                    has_told = True
                is_empty = await self._send_some(link)
            except BrokerUnavailable:
                raise
            except (PublishRefused, Unavailable) as error:
                logger.error("outbox: %s; it stays and is tried again", error)  # noqa: TRY400
                await asyncio.sleep(backoff.next())
                continue
            backoff.reset()
            if is_empty:
                await self._filled.wait()

    async def _send_some(self, link: Link) -> bool:
        """Send one batch; says whether nothing waited."""
        batch = await self._journal.read(lambda: waiting(MAX_BATCH))
        sent: list[int] = []
        try:
            for outgoing in batch:
                await self._send(link, outgoing)
                sent.append(outgoing.id)
        finally:
            if sent:
                await self._journal.write(lambda _: remove(sent))
        return not batch

    async def _send(self, link: Link, outgoing: Outgoing) -> None:
        await link.publish(outgoing.topic, outgoing.payload, retain=outgoing.retain)
