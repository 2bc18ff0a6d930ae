"""A journal in memory and a client that drives a subscriber by hand, for tests of the live side without a loop."""

import json
from datetime import UTC, datetime, timedelta

from api.auth.identity import Identity, Role
from api.live import protocol
from api.live.framing import frame, text_of
from api.live.log import LiveLog
from api.live.subscriber import End, ReadJournal, ReadSnapshot, ReadTail, Send, Standing, Start, Subscriber
from homeguard.events import Channel, Event, EventType

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SOMEBODY = Identity("ada", Role.VIEWER, "session-1", NOW + timedelta(minutes=15), frozenset(Channel))


class World:
    """What is journalled, and the live log that follows it at its own pace."""

    def __init__(self, max_events=8):
        self.events = []
        self.trimmed = dict.fromkeys(Channel, 0)
        self.log = LiveLog(dict.fromkeys(Channel, 0), max_events, 2**20)
        self._shown = 0

    def commit(self, type, data):
        channel = Channel.ALERTS if type in (EventType.NEW_ALERT, EventType.ALERT_ACKNOWLEDGED) else Channel.DEVICES
        seq = len(self.events) + 1
        prev = max((e.seq for e in self.events if e.channel is channel), default=0)
        event = Event(seq, prev, channel, type, f"e-{seq}", "2026-11-23T20:00:00.000Z", json.dumps(data))
        self.events.append(event)
        return event

    def show(self, count=None):
        """Let the live log see `count` more commits, or all."""
        until = len(self.events) if count is None else min(len(self.events), self._shown + count)
        self.log.append(self.events[self._shown : until])
        self._shown = until

    def prune(self, seq):
        for channel in Channel:
            gone = [e.seq for e in self.events if e.channel is channel and e.seq <= seq]
            self.trimmed[channel] = max(gone, default=self.trimmed[channel])

    def kept(self, channel):
        return [e for e in self.events if e.channel is channel and e.seq > self.trimmed[channel]]

    def devices(self, since):
        last = {json.loads(e.body)["id"]: e for e in self.events if e.channel is Channel.DEVICES}
        return [json.loads(e.body) for e in last.values() if e.seq > since]

    def head(self, channel):
        return max((e.seq for e in self.events if e.channel is channel), default=0)

    def connect(self, channel, **start):
        return Client(self, channel, Start(**start))


class Client:
    """Drives one subscriber, and keeps the frames it was sent."""

    def __init__(self, world, channel, start):
        self.world = world
        self.channel = channel
        self.frames = []
        self.closed = None
        self.subscriber = Subscriber(
            channel,
            world.log[channel],
            SOMEBODY,
            start,
            Standing("e", world.head(channel), len(world.events)),
            heartbeat_seconds=15.0,
            status=frame('{"type":"status"}'),
        )

    def step(self):
        """Do the next thing; says whether there was one."""
        match self.subscriber.next():
            case None:
                return False
            case Send(frames, _):
                self.frames += [json.loads(text_of(framed)) for framed in frames]
            case ReadJournal(since, limit):
                after = [e for e in self.world.kept(self.channel) if e.seq > since][:limit]
                self.subscriber.take_backlog(after, self.world.trimmed[self.channel])
            case ReadTail(count):
                newest = [e.seq for e in self.world.kept(self.channel) if e.type is EventType.NEW_ALERT][-count:]
                self.subscriber.take_tail_start(newest[0] - 1 if newest else self.world.head(self.channel))
            case ReadSnapshot(since):
                head = self.world.head(self.channel)
                self.subscriber.take_snapshot(protocol.snapshot(since, head, self.world.devices(since), []), head)
            case End(code, _):
                self.closed = code
                return False
        return True

    def run(self):
        """Do all there is to do; returns the frames of events."""
        while self.step():
            pass
        return self.events

    @property
    def events(self):
        return [frame for frame in self.frames if "seq" in frame and frame["type"] != "snapshot"]

    def types(self):
        return [frame["type"] for frame in self.frames]
