"""Keeps everybody who listens. Those at the head of a channel share one flush; the others are woken to catch up."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, Protocol

from api.auth.identity import Identity
from api.live import protocol
from api.live.limits import Seat
from api.live.log import LiveLog
from api.live.protocol import Close
from api.live.subscriber import Subscriber
from homeguard.clock import Clock
from homeguard.events import Channel, Event
from homeguard.health import Health, HealthState

SWEEP_SECONDS: Final = 1.0  # how exactly heartbeats and ends of tokens are kept
MAX_READERS: Final = 2_000  # waiting for three reader threads: the last of them for some seconds
WRITES_A_TURN: Final = 500  # between two of these the loop does other things: about 2 ms of writes


SendNow = Callable[[bytes], int]


class Listener(Protocol):
    """A connection with its subscriber, and the seat that it took."""

    subscriber: Subscriber
    seat: Seat

    def wake(self) -> None:
        """Ask the subscriber what to do now."""


class Line(Listener, Protocol):
    """A connection that can be written to at once, and so may share a flush.

    While `is_sharing`, its group is its position: it asks `subscriber.next_own()` alone, and says when `send_now`
    changed.
    """

    is_sharing: bool

    @property
    def send_now(self) -> SendNow | None:
        """What gives its socket as much as that takes at once, and raises OSError; None while it is full or gone."""

    def write_rest(self, data: bytes, sent: int) -> None:
        """Write, when there is room, what is left of frames of which so many bytes are sent."""


class Group:
    """The lines at the head of one channel: they share one position.

    `lines` has beside each what sends to it, so that a round looks nothing else up. `waiting` are lines that were at
    the head when a round was under way: they join when the group comes there.
    """

    def __init__(self, position: int) -> None:
        """Begin empty."""
        self.position = position
        self.lines: dict[Line, SendNow | None] = {}
        self.waiting: dict[Line, None] = {}
        self.is_flushing = False
        self.grown = asyncio.Event()

    def hold(self, line: Line) -> None:
        """Take a line that is at the head."""
        line.is_sharing = True
        self.waiting[line] = None
        if not self.is_flushing:
            self.admit()

    def admit(self) -> None:
        """Let those join who wait where the group is; an empty group goes to whoever waits furthest behind."""
        if not self.lines and self.waiting:
            self.position = min(line.subscriber.position for line in self.waiting)
        for line in [line for line in self.waiting if line.subscriber.position == self.position]:
            del self.waiting[line]
            self.lines[line] = line.send_now

    def release(self, line: Line) -> None:
        """Let a line go with the position that the group has."""
        if line in self.lines:
            del self.lines[line]
            line.subscriber.position = self.position
        self.waiting.pop(line, None)
        line.is_sharing = False

    def send(self, lines: Sequence[Line], data: bytes) -> list[Line]:
        """Send whole frames to those of `lines` that are here still; returns those that are full."""
        send_of = self.lines.get
        size = len(data)
        full = []
        for line in lines:
            send_now = send_of(line)
            if send_now is not None:
                try:
                    sent = send_now(data)
                except OSError:  # no room, or no connection: the transport will know
                    sent = 0
                if sent < size:
                    line.write_rest(data, sent)
            elif line in self.lines:
                full.append(line)
        return full

    @property
    def next_stop(self) -> int | None:
        """Where the next round must end, so that those who wait there can join; None: anywhere."""
        return min((line.subscriber.position for line in self.waiting), default=None)


class Fanout:
    """Everybody who listens. Belongs to the event loop; no client's slowness is felt here."""

    def __init__(self, log: LiveLog, health: Health, clock: Clock, heartbeat_seconds: float) -> None:
        """Take the log that is read and the neighbours."""
        self.log = log
        self.heartbeat_seconds = heartbeat_seconds
        self._health = health
        self._clock = clock
        self._groups = {channel: Group(log[channel].head) for channel in Channel}
        self._others: dict[Channel, dict[Listener, None]] = {channel: {} for channel in Channel}
        self._quiet_seconds = dict.fromkeys(Channel, 0.0)
        self.readers = 0  # listeners that wait for the journal now
        health.on_change(self._show_status)

    def add(self, listener: Listener) -> None:
        """Keep a listener; it is woken when its channel grows."""
        self._others[listener.subscriber.channel][listener] = None

    def join(self, line: Line) -> None:
        """Let a line that has caught up share the flush from now on; one that has not is woken as before."""
        if line.subscriber.is_at_head:
            self._others[line.subscriber.channel].pop(line, None)
            self._groups[line.subscriber.channel].hold(line)

    def leave(self, line: Line) -> None:
        """Let a line read on for itself."""
        self._groups[line.subscriber.channel].release(line)
        self.add(line)

    def changed(self, line: Line) -> None:
        """Take note that a line's `send_now` is another one."""
        lines = self._groups[line.subscriber.channel].lines
        if line in lines:
            lines[line] = line.send_now

    def remove(self, listener: Listener) -> None:
        """Forget a listener."""
        group = self._groups[listener.subscriber.channel]
        for kept in (self._others[listener.subscriber.channel], group.lines, group.waiting):
            kept.pop(listener, None)  # type: ignore[call-overload]  # a dict of lines may be asked for any listener

    def count(self, channel: Channel) -> int:
        """Tell how many listen to a channel."""
        return len(self._listeners(channel))

    def append(self, events: Sequence[Event]) -> None:
        """Take committed events; the next flush, or the listener itself, takes them from the log."""
        for channel in self.log.append(events):
            self._quiet_seconds[channel] = 0.0
            self._groups[channel].grown.set()
            _wake(self._others[channel])

    async def run(self) -> None:
        """Flush and sweep for ever."""
        async with asyncio.TaskGroup() as tasks:
            for channel in Channel:
                tasks.create_task(self._flush_for_ever(channel), name=f"flush-{channel}")
            while True:
                await asyncio.sleep(SWEEP_SECONDS)
                self.sweep(SWEEP_SECONDS)

    async def _flush_for_ever(self, channel: Channel) -> None:
        group = self._groups[channel]
        while True:
            await group.grown.wait()
            group.grown.clear()
            await self._flush(channel, group)

    async def _flush(self, channel: Channel, group: Group) -> None:
        """Bring the group to the head: the frames since the last round, joined once, written to every line.

        What arrives while it writes goes into the next round, so rounds grow with the load.
        """
        log = self.log[channel]
        group.is_flushing = True
        group.admit()
        while group.lines and group.position < log.head:
            stretch = log.after(group.position, group.next_stop)
            if stretch is None:  # the log's memory went past it: each reads on for itself
                for line in list(group.lines):
                    self._let_go(line)
            else:
                await self._write_all(group, stretch.data)
                group.position = stretch.last_seq
            group.admit()
        group.is_flushing = False

    async def _write_all(self, group: Group, data: bytes) -> None:
        """Write to every line; one whose socket is full reads on for itself when it takes more."""
        lines = list(group.lines)
        for start in range(0, len(lines), WRITES_A_TURN):
            if start:
                await asyncio.sleep(0)
            for line in group.send(lines[start : start + WRITES_A_TURN], data):
                self._let_go(line)

    def _let_go(self, line: Line) -> None:
        self.leave(line)
        line.wake()

    def status_frame(self, channel: Channel) -> bytes:
        """Write how HomeGuard is now."""
        return protocol.status(channel, self._health.state.to_json())

    def everybody(self) -> list[Listener]:
        """Return every connection."""
        return [listener for channel in Channel for listener in self._listeners(channel)]

    def identities(self) -> list[Identity]:
        """Return who listens, once for each connection."""
        return [listener.subscriber.identity for listener in self.everybody()]

    def close_sessions(self, session_ids: Collection[str]) -> None:
        """Close the sockets of sessions that are over."""
        ended = frozenset(session_ids)
        for listener in self.everybody():
            if listener.subscriber.identity.session_id in ended:
                listener.subscriber.end(Close.SESSION_REVOKED, "the session was ended")
                listener.wake()

    def sweep(self, seconds: float) -> None:
        """Beat on channels that were silent, and look after the tokens; `seconds` is the time since the last sweep."""
        now = self._clock()
        for channel in Channel:
            self._quiet_seconds[channel] += seconds
            if self._quiet_seconds[channel] >= self.heartbeat_seconds:
                self._quiet_seconds[channel] = 0.0
                self._beat(channel, protocol.heartbeat(channel, self.log[channel].head, now))
        for listener in self.everybody():
            if listener.subscriber.check_token(now):
                listener.wake()

    def _beat(self, channel: Channel, framed: bytes) -> None:
        """Write one shared frame to those at the head; others are about to hear something else."""
        group = self._groups[channel]
        group.send(list(group.lines), framed)
        for listener in list(self._others[channel]):
            if listener.subscriber.is_at_head:
                listener.subscriber.say(framed)
                listener.wake()

    def _show_status(self, _: HealthState) -> None:
        for channel in Channel:
            framed = self.status_frame(channel)
            for listener in self._listeners(channel):
                listener.subscriber.show_status(framed)
                listener.wake()

    def _listeners(self, channel: Channel) -> list[Listener]:
        group = self._groups[channel]
        return [*group.lines, *group.waiting, *self._others[channel]]


def _wake(listeners: Iterable[Listener]) -> None:
    for listener in list(listeners):
        listener.wake()
