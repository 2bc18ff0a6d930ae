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

# Rows on their way at once, and forgotten in one transaction; a crash before it publishes them once more, to no effect.
MAX_BATCH: Final = 100


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

        Those of one batch are on their way together, in their order (MQTT 5.0 section 4.6), at most one wish for each
        device: an older one must never overtake a newer one on the way to the broker.

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
        ends = await asyncio.gather(*[self._send(link, outgoing) for outgoing in batch], return_exceptions=True)
        if sent := [outgoing.id for outgoing, end in zip(batch, ends, strict=True) if end is None]:
            await self._journal.write(lambda _: remove(sent))
        for end in ends:
            if end is not None:
                raise end
        return not batch

    async def _send(self, link: Link, outgoing: Outgoing) -> None:
        await link.publish(outgoing.topic, outgoing.payload, retain=outgoing.retain)
