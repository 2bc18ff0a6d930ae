"""A subscriber: a cursor into a channel, and the few words that are for it alone. No I/O.

Whoever drives it (an ASGI connection, a test) asks `next()` what to do, does it, and asks again.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.auth.identity import Identity
from api.live import protocol
from api.live.log import ChannelLog
from api.live.protocol import Close
from homeguard.events import Channel, Event

MAX_FRAMES_A_STEP: Final = 256  # between two of them the driver lets others run
MAX_READ: Final = 500  # events read from the journal at once, so that memory stays bounded
CONFLATE_AFTER: Final = 200  # device updates behind which one snapshot is cheaper for everybody
MAX_NOTICES: Final = 32  # answers to a client that sends but does not read
FRAMES_BURST: Final = 20  # frames a client may send at once …
FRAMES_PER_SECOND: Final = 5.0  # … and in the long run; a page sends one ping now and then


@dataclass(frozen=True, slots=True)
class Send:
    """Send these frames, in order."""

    frames: list[str]


@dataclass(frozen=True, slots=True)
class ReadJournal:
    """Read at most `limit` events after `since` and give them to `take_backlog`."""

    since: int
    limit: int


@dataclass(frozen=True, slots=True)
class ReadTail:
    """Find where the newest `count` begin and give it to `take_tail_start`."""

    count: int


@dataclass(frozen=True, slots=True)
class ReadSnapshot:
    """Read the devices that changed after `since` and give them to `take_snapshot`."""

    since: int


@dataclass(frozen=True, slots=True)
class End:
    """Close the connection."""

    code: Close
    reason: str


Step = Send | ReadJournal | ReadTail | ReadSnapshot | End


@dataclass(frozen=True, slots=True)
class Start:
    """Where a client wants to begin; `epoch` names the journal that its `since` is about."""

    since: int | None = None
    epoch: str | None = None
    tail: int = 0


class Subscriber:
    """One client on one channel: a position, and what was taken from before it but not yet handed out."""

    def __init__(
        self,
        channel: Channel,
        log: ChannelLog,
        identity: Identity,
        start: Start,
        *,
        epoch: str,
        head: int,
        heartbeat_seconds: float,
        status: str,
    ) -> None:
        """Begin where the client asks, with `hello` and `status` first.

        `head` is the channel's newest `seq`, of the journal where the log may be behind it.
        """
        self.channel = channel
        self.identity = identity
        self._log = log
        self._notices: deque[str] = deque()
        self._backlog: deque[str] = deque()
        self._status: str | None = status
        self._heartbeat: str | None = None
        self._end: End | None = None
        self._tail = 0
        self._needs_snapshot_since: int | None = None
        self._warned = False
        self._allowance = float(FRAMES_BURST)
        self._allowance_at: float | None = None
        is_known = start.since is not None and start.epoch in (None, epoch) and start.since <= head
        self._notices.append(
            protocol.hello(
                channel,
                epoch=epoch,
                head=head,
                resumed=is_known,
                user=identity.username,
                expires_at=identity.expires_at,
                heartbeat_seconds=heartbeat_seconds,
            )
        )
        if start.since is not None and not is_known:
            self._notices.append(protocol.gap(channel, start.since, head, "epoch"))
        self.position = start.since if is_known and start.since is not None else head
        if not is_known:
            self._begin_fresh(start)

    def _begin_fresh(self, start: Start) -> None:
        if self.channel is Channel.DEVICES:
            self._needs_snapshot_since = 0
        else:
            self._tail = start.tail

    def next(self) -> Step | None:
        """Tell what to do now, or None when there is nothing until the next `wake`."""
        if own := self._own_frames():
            return Send(own)
        if self._end is not None:
            return self._end
        if self._tail:
            return ReadTail(self._tail)
        if self._needs_snapshot_since is not None:
            return ReadSnapshot(self._needs_snapshot_since)
        if self._backlog:
            return Send(_take(self._backlog, MAX_FRAMES_A_STEP))
        return self._next_of_channel()

    def _next_of_channel(self) -> Step | None:
        if self.channel is Channel.DEVICES and self._is_far_behind():
            return ReadSnapshot(self.position)
        stretch = self._log.after(self.position, MAX_FRAMES_A_STEP)
        if stretch is None:
            return ReadJournal(self.position, MAX_READ)
        if stretch.frames:
            self.position = stretch.last_seq
            return Send(stretch.frames)
        if self._heartbeat is not None:
            beat, self._heartbeat = self._heartbeat, None
            return Send([beat])
        return None

    def _is_far_behind(self) -> bool:
        behind = self._log.count_after(self.position)
        return behind is None or behind > CONFLATE_AFTER

    def _own_frames(self) -> list[str]:
        frames = _take(self._notices, MAX_NOTICES)
        if self._status is not None:
            frames.append(self._status)
            self._status = None
        return frames

    def take_backlog(self, events: list[Event], trimmed: int) -> None:
        """Take what the journal has after the position; `trimmed` is the newest `seq` that it has no more."""
        if trimmed > self.position:
            self._backlog.append(protocol.gap(self.channel, self.position + 1, trimmed, "trimmed"))
            self.position = trimmed
        for event in events:
            if event.seq > self.position:
                self._backlog.append(event.to_json())
                self.position = event.seq

    def take_tail_start(self, seq: int) -> None:
        """Take where the wished tail begins."""
        self._tail = 0
        self.position = min(self.position, seq)

    def take_snapshot(self, frame: str, seq: int) -> None:
        """Take a snapshot as of `seq`; the channel goes on behind it."""
        self._needs_snapshot_since = None
        self._backlog.append(frame)
        self.position = max(self.position, seq)

    def say(self, frame: str) -> None:
        """Say something to this client alone; one that sends but does not read is closed."""
        if len(self._notices) >= MAX_NOTICES:
            self.end(Close.BAD_MESSAGE, "too many messages, and the answers are not read")
            return
        self._notices.append(frame)

    def show_status(self, frame: str) -> None:
        """Say how HomeGuard is; only the newest counts."""
        self._status = frame

    def beat(self, frame: str) -> None:
        """Give a heartbeat, for when nothing else is to be sent."""
        self._heartbeat = frame

    def end(self, code: Close, reason: str) -> None:
        """Close when what was said is sent; the first reason stands."""
        self._end = self._end or End(code, reason)

    def renew(self, identity: Identity) -> None:
        """Take a fresh token of the same user; one of another user closes the connection."""
        if identity.username != self.identity.username:
            self.end(Close.NOT_ALLOWED, "the token is another user's")
            return
        self.identity = identity
        self._warned = False

    def check_token(self, now: datetime) -> bool:
        """Warn before the token ends, and end with it; says whether there is something to send."""
        left = self.identity.expires_at - now
        if left <= timedelta(seconds=-protocol.TOKEN_GRACE_SECONDS):
            self.end(Close.TOKEN_EXPIRED, "the token has expired")
            return True
        if left <= timedelta(seconds=protocol.TOKEN_WARNING_SECONDS) and not self._warned:
            self._warned = True
            self.say(protocol.token_expiring(self.channel, self.identity.expires_at))
            return True
        return False

    def may_send(self, seconds: float) -> bool:
        """Count one frame of the client at a monotonic time; one too many closes the connection."""
        if self._allowance_at is not None:
            grown = (seconds - self._allowance_at) * FRAMES_PER_SECOND
            self._allowance = min(FRAMES_BURST, self._allowance + grown)
        self._allowance_at = seconds
        self._allowance -= 1
        if self._allowance < 0:
            self._notices.clear()
            self.end(Close.BAD_MESSAGE, "too many messages")
            return False
        return True


def _take(frames: deque[str], limit: int) -> list[str]:
    return [frames.popleft() for _ in range(min(limit, len(frames)))]
