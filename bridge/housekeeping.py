"""What must happen by the clock: a block ends, a missing alert is given up, a device falls silent, old events go."""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from bridge.gaps import GapWatch
from bridge.presence import PresenceWatch
from homeguard.clock import Clock
from homeguard.errors import Unavailable
from homeguard.health import Health
from homeguard.journal import Journal
from homeguard.journal.audit import prune_audit
from homeguard.journal.blocks import due_blocks, wish
from homeguard.journal.gaps import forget_numberings
from homeguard.journal.intake import forget_receipts
from homeguard.journal.retention import CHUNK, prune
from homeguard.journal.spoofing import is_due, tell_spoofing
from homeguard.presence import Silence
from homeguard.topics import Topics

logger = logging.getLogger(__name__)

BLOCK_END_SECONDS: Final = 1.0  # a block ends at most this much after its time
PRUNE_SECONDS: Final = 600.0  # retention is counted in days; ten minutes are exact enough


async def end_blocks(journal: Journal, topics: Topics, clock: Clock) -> list[str]:
    """Release every device whose block has come to its end, also one that ended while HomeGuard was off."""
    due = await journal.read(lambda: due_blocks(clock()))
    for device_id in due:
        await journal.write(lambda tx, id=device_id: wish(tx, topics, id, desired=False, by="timer"))  # type: ignore[misc]
        logger.info("blocks: the block of %s has ended", device_id)
    return due


async def prune_all(journal: Journal, *, max_age: timedelta, max_events: int) -> int:
    """Remove the events that retention does not keep, old receipts and unused numberings; returns how many events."""
    await journal.write(forget_receipts)
    await journal.write(lambda transaction: forget_numberings(transaction, max_age))
    removed = 0
    while True:
        chunk = await journal.write(lambda transaction: prune(transaction, max_age, max_events))
        removed += chunk
        if chunk < CHUNK:
            break
    if removed:
        logger.info("journal: pruned %d events", removed)
    return removed


async def prune_audit_all(journal: Journal, *, max_age: timedelta) -> None:
    """Remove the entries of the audit that are not kept."""
    while await journal.write(lambda transaction: prune_audit(transaction, max_age)):
        logger.debug("journal: pruned a part of the audit")


async def tell_of_spoofing(journal: Journal, clock: Clock) -> None:
    """Say how often somebody has spoken in another's name since that was said last."""
    if await journal.read(lambda: is_due(clock())):
        await journal.write(tell_spoofing)


async def keep_house(
    journal: Journal,
    topics: Topics,
    health: Health,
    clock: Clock,
    *,
    max_age: timedelta,
    max_events: int,
    audit_age: timedelta,
    silence: Silence | None,
) -> None:
    """Do all of it for ever; while storage is unavailable, later."""
    gaps = GapWatch(journal, health)
    presence = PresenceWatch(journal, health, clock, silence)
    seconds_to_prune = 0.0
    while True:
        try:
            await end_blocks(journal, topics, clock)
            await gaps.look()
            await presence.look()
            await tell_of_spoofing(journal, clock)
            if seconds_to_prune <= 0:
                seconds_to_prune = PRUNE_SECONDS
                await prune_all(journal, max_age=max_age, max_events=max_events)
                await prune_audit_all(journal, max_age=audit_age)
        except Unavailable as error:
            logger.debug("housekeeping waits: %s", error)
        except Exception:
            logger.exception("housekeeping: a fault of ours; trying again")
        await asyncio.sleep(BLOCK_END_SECONDS)
        seconds_to_prune -= BLOCK_END_SECONDS
