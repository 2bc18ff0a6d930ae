"""Writes when each session was last used, and from where: by the minute, for with every request it would cost more
than the request.
"""

import asyncio
import logging
from typing import Final

from api.context import Context
from homeguard.errors import Unavailable
from homeguard.journal.sessions import mark_seen

logger = logging.getLogger(__name__)

WRITE_SECONDS: Final = 60.0  # a list of sessions says when, not to the second; one commit a minute is nothing


def note_listeners(context: Context) -> None:
    """Note that the sessions of everybody who listens are used now."""
    now = context.clock()
    for listener in context.listeners():
        identity = listener.subscriber.identity
        context.seen.note(identity.session_id, now, identity.address)


async def write_seen(context: Context) -> None:
    """Write what was noted.

    Raises:
        Unavailable: the journal is; what was noted is lost, and noted again with the next use.
    """
    note_listeners(context)
    taken = context.seen.take()
    if taken:
        await context.journal.write(lambda transaction: mark_seen(transaction, taken))


async def keep_seen(context: Context) -> None:
    """Write it for ever."""
    while True:
        await asyncio.sleep(WRITE_SECONDS)
        try:
            await write_seen(context)
        except Unavailable as error:
            logger.debug("sessions: when they were used is not written: %s", error)
