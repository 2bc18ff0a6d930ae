"""The journal as a feed: what followed a cursor, for those who poll, in the very envelopes of the WebSocket."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from api.auth.identity import Identity
from api.context import Context
from homeguard.events import Channel, Event
from homeguard.journal.feed import events_since


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that cannot be given any more, from `first` to `last`: `trimmed`, or of another journal (`epoch`)."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Events ascending by `seq`; `next` is the cursor behind them where there may be more."""

    events: Sequence[Event]
    next: int | None
    epoch: str
    head: int
    gap: Gap | None


async def read_feed(
    context: Context,
    identity: Identity,
    channels: Collection[Channel] | None,
    since: int,
    epoch: str | None,
    limit: int,
) -> Feed:
    """Read at most `limit` events after the cursor; a cursor of another journal gets a gap, and goes on at `head`.

    None for `channels` is all that the user may read.

    Raises:
        NotAllowed: the user may not read one of the channels.
    """
    if channels is None:
        channels = identity.channels
    for channel in channels:
        identity.require_channel(channel)
    own_epoch = context.journal.epoch
    backlog = await context.journal.read(lambda: events_since(own_epoch, channels, since, limit))
    # A cursor runs over all channels, so it may well be ahead of the ones that are read here.
    newest = max((await context.journal.heads()).values(), default=0) if since > backlog.head else backlog.head
    if since > newest or epoch not in (None, own_epoch):
        return Feed([], None, own_epoch, backlog.head, Gap(since, backlog.head, "epoch"))
    gap = Gap(since + 1, backlog.trimmed, "trimmed") if since < backlog.trimmed else None
    last = backlog.events[-1].seq if backlog.events else backlog.head
    return Feed(backlog.events, last if last < backlog.head else None, own_epoch, backlog.head, gap)
