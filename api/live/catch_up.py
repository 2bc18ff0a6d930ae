"""Reads for a subscriber what is not in memory: history, a tail, a snapshot."""

from api.live import protocol
from api.live.subscriber import Read, ReadJournal, ReadSnapshot, ReadTail, Subscriber
from homeguard.journal import Journal
from homeguard.journal.devices import snapshot
from homeguard.journal.feed import events_since, tail_start


async def read_for(subscriber: Subscriber, step: Read, journal: Journal) -> None:
    """Do a reading step, on a reader thread, in a bounded chunk.

    Raises:
        Unavailable: storage is away; the step can be done again.
    """
    channel = subscriber.channel
    match step:
        case ReadJournal(since, limit):
            backlog = await journal.read(lambda: events_since(journal.epoch, [channel], since, limit))
            subscriber.take_backlog(backlog.events, backlog.trimmed)
        case ReadTail(count):
            subscriber.take_tail_start(await journal.read(lambda: tail_start(channel, count)))
        case ReadSnapshot(since):
            found = await journal.read(lambda: snapshot(since))
            framed = protocol.snapshot(found.since, found.seq, found.devices, found.removed)
            subscriber.take_snapshot(framed, found.seq)
