"""Forgets old events, in small transactions, and remembers how far: a cursor behind that gets a `gap`."""

from datetime import timedelta
from typing import Final

from peewee import fn

from homeguard.clock import to_rfc3339
from homeguard.journal.models import Acknowledgement, ChannelHead, EventRow, tuples_of
from homeguard.journal.transaction import Transaction

CHUNK: Final = 2_000  # events a transaction; ingest waits no longer than one of them


def prune(transaction: Transaction, max_age: timedelta, max_events: int) -> int:
    """Remove at most `CHUNK` of the oldest events that are too old or too many; returns how many were."""
    last = max(_last_too_old(to_rfc3339(transaction.now - max_age)), _last_too_many(max_events))
    doomed = EventRow.select(EventRow.seq).where(EventRow.seq <= last).order_by(EventRow.seq).limit(CHUNK)
    seqs = [seq for (seq,) in tuples_of(doomed)]
    if not seqs:
        return 0
    newest = seqs[-1]
    trimmed = EventRow.select(EventRow.channel, fn.MAX(EventRow.seq)).where(EventRow.seq <= newest)
    for channel, seq in tuples_of(trimmed.group_by(EventRow.channel)):
        ChannelHead.update(trimmed=seq).where(ChannelHead.name == channel).execute()
    Acknowledgement.delete().where(Acknowledgement.seq <= newest).execute()
    EventRow.delete().where(EventRow.seq <= newest).execute()
    return len(seqs)


def _last_too_old(cutoff: str) -> int:
    kept = EventRow.select(EventRow.seq).where(EventRow.at >= cutoff).order_by(EventRow.seq).limit(1)
    for (seq,) in tuples_of(kept):
        return int(seq) - 1
    return _newest()


def _last_too_many(max_events: int) -> int:
    return _newest() - max_events  # `seq` has no holes, so nothing must be counted


def _newest() -> int:
    return int(EventRow.select(fn.COALESCE(fn.MAX(EventRow.seq), 0)).scalar())
