"""Reads events back from a cursor on: what a subscriber missed, what a poller asks for."""

from collections.abc import Collection
from dataclasses import dataclass

from homeguard.events import Channel, Event, EventType
from homeguard.journal.models import ChannelHead, EventRow, database, tuples_of

_COLUMNS = (EventRow.seq, EventRow.prev, EventRow.channel, EventRow.type, EventRow.at, EventRow.body)
_CHANNELS = {channel.value: channel for channel in Channel}  # looked up 20,000 times a start; an enum's call is slow
_TYPES = {type.value: type for type in EventType}


@dataclass(frozen=True, slots=True)
class Backlog:
    """Part of what follows a cursor: `events` ascending by `seq`; `trimmed` is the newest `seq` that is gone, or 0."""

    events: list[Event]
    head: int
    trimmed: int


def events_since(epoch: str, channels: Collection[Channel], since: int, limit: int) -> Backlog:
    """Read at most `limit` events of these channels after `since`."""
    names = [channel.value for channel in channels]
    heads = list(ChannelHead.select().where(ChannelHead.name << names))
    rows = (
        EventRow.select(*_COLUMNS)
        .where(EventRow.channel << names, EventRow.seq > since)
        .order_by(EventRow.seq)
        .limit(limit)
    )
    # The driver's own rows: numbers and texts need no conversion, and peewee's takes longer than SQLite itself.
    return Backlog(
        [_event(epoch, *row) for row in database.obj.execute(rows)],
        max((head.head for head in heads), default=0),
        max((head.trimmed for head in heads), default=0),
    )


def tail_floor(channel: Channel, count: int) -> int:
    """Tell the cursor behind which the newest `count` events of a channel begin, not before what retention removed."""
    standing = ChannelHead.get(ChannelHead.name == channel.value)
    newest = EventRow.select(EventRow.prev).where(EventRow.channel == channel.value).order_by(EventRow.seq.desc())
    for (prev,) in tuples_of(newest.limit(1).offset(count - 1)):
        return int(prev)
    return int(standing.trimmed)


def tail_start(channel: Channel, count: int) -> int:
    """Tell the cursor behind which the newest `count` alerts of a channel begin; other events do not count."""
    shown = EventType.NEW_ALERT if channel is Channel.ALERTS else EventType.DEVICE_UPDATE
    newest = (
        EventRow.select(EventRow.seq)
        .where(EventRow.channel == channel.value, EventRow.type == shown.value)
        .order_by(EventRow.seq.desc())
        .limit(count)
    )
    oldest_shown = min((seq for (seq,) in tuples_of(newest)), default=None)
    if oldest_shown is None:
        return int(ChannelHead.get(ChannelHead.name == channel.value).head)
    return int(oldest_shown) - 1


def history(epoch: str, device_id: str, before: int | None, limit: int) -> list[Event]:
    """Read at most `limit` events of one device on the channel of devices, older than `before`, newest first."""
    rows = (
        EventRow.select(*_COLUMNS)
        .where(EventRow.device_id == device_id, EventRow.channel == Channel.DEVICES.value)
        .order_by(EventRow.seq.desc())
        .limit(limit)
    )
    if before is not None:
        rows = rows.where(EventRow.seq < before)
    return [_event(epoch, *row) for row in tuples_of(rows)]


def _event(epoch: str, seq: int, prev: int, channel: str, type: str, at: str, body: str) -> Event:
    return Event(seq, prev, _CHANNELS[channel], _TYPES[type], f"{epoch}-{seq}", at, body)
