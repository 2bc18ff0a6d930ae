"""A subscriber: a cursor into a channel, and the few words that are for it alone. No I/O.

Whoever drives it (a socket, an ASGI connection, a test) asks `next()` what to do, does it, and asks again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.auth.identity import Identity
from api.live import protocol
from api.live.framing import frame
from api.live.log import ChannelLog
from api.live.protocol import Close
from homeguard.events import Channel, Event

MAX_READ: Final = 500  # events read from the journal at once, so that memory stays bounded
CONFLATE_AFTER: Final = 200  # device updates behind which one snapshot is cheaper for everybody
MAX_NOTICES: Final = 32  # answers to a client that sends but does not read
FRAMES_BURST: Final = 20  # frames a client may send at once …
FRAMES_PER_SECOND: Final = 5.0  # … and in the long run; a page sends one ping now and then


@dataclass(frozen=True, slots=True)
class Send:
    """Send these frames, in order: one by one, or as one piece."""

    frames: list[bytes]
    data: bytes

    @classmethod
    def all(cls, frames: list[bytes]) -> "Send":
        """Send frames that nobody else is sent."""
        return cls(frames, b"".join(frames))


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


Read = ReadJournal | ReadTail | ReadSnapshot
Step = Send | Read | End


@dataclass(frozen=True, slots=True)
class Start:
    """Where a client wants to begin; `epoch` names the journal that its `since` is about."""

    since: int | None = None
    epoch: str | None = None
    tail: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the journal stands when a client comes: its name, the newest `seq` of the channel, and of all channels."""

    epoch: str
    head: int
    newest: int


class Subscriber:
    """One client on one channel: a position, and what was taken from before it but not yet handed out."""

    __slots__ = (
        "_allowance",
        "_allowance_at",
        "_backlog",
        "_end",
        "_log",
        "_notices",
        "_status",
        "_tail",
        "_wants_snapshot",
        "_warned",
        "channel",
        "identity",
        "position",
    )

    def __init__(
        self,
        channel: Channel,
        log: ChannelLog,
        identity: Identity,
        start: Start,
        standing: Standing,
        *,
        heartbeat_seconds: float,
        status: bytes,
    ) -> None:
        """Begin where the client asks, with `hello` and `status` first."""
        self.channel = channel
        self.identity = identity
        self._log = log
        self._backlog: list[bytes] = []
        self._status: bytes | None = status
        self._end: End | None = None
        self._warned = False
        self._allowance = float(FRAMES_BURST)
        self._allowance_at: float | None = None
        # A cursor of `GET /api/events` may be another channel's: what counts is whether the journal has come so far.
        resumed = start.since is not None and start.epoch in (None, standing.epoch) and start.since <= standing.newest
        self.position = start.since if resumed and start.since is not None else standing.head
        self._wants_snapshot = not resumed and channel is Channel.DEVICES
        self._tail = start.tail if not resumed and channel is Channel.ALERTS else 0
        hello = protocol.hello(
            channel,
            epoch=standing.epoch,
            head=standing.head,
            resumed=resumed,
            user=identity.username,
            expires_at=identity.expires_at,
            heartbeat_seconds=heartbeat_seconds,
        )
        self._notices: list[bytes] = [hello]
        if start.since is not None and not resumed:
            self._notices.append(protocol.gap(channel, start.since, standing.newest, "epoch"))

    @property
    def ending(self) -> End | None:
        """How the connection is to be closed, None while it is not."""
        return self._end

    @property
    def is_at_head(self) -> bool:
        """Say whether it has everything that the log has, and nothing of its own waits."""
        return self.position == self._log.head and not (
            self._notices or self._status or self._end or self._tail or self._wants_snapshot or self._backlog
        )

    def next(self) -> Step | None:
        """Tell what to do now, or None when there is nothing until the next `wake`."""
        if (own := self.next_own()) is not None:
            return own
        if self._tail:
            return ReadTail(self._tail)
        if self._wants_snapshot:
            return ReadSnapshot(0)
        if self._backlog:
            frames, self._backlog = self._backlog, []
            return Send.all(frames)
        return self._next_of_channel()

    def next_own(self) -> Send | End | None:
        """Tell what is for this client alone, whatever the channel brings."""
        frames = self._notices
        if self._status is not None:
            frames.append(self._status)
            self._status = None
        if frames:
            self._notices = []
            return Send.all(frames)
        return self._end

    def _next_of_channel(self) -> Step | None:
        if self.position >= self._log.head:
            return None
        if self.channel is Channel.DEVICES and self._is_far_behind():
            return ReadSnapshot(self.position)
        stretch = self._log.after(self.position)
        if stretch is None:
            return ReadJournal(self.position, MAX_READ)
        self.position = stretch.last_seq
        return Send(stretch.frames, stretch.data) if stretch.frames else None

    def _is_far_behind(self) -> bool:
        behind = self._log.count_after(self.position)
        return behind is None or behind > CONFLATE_AFTER

    def take_backlog(self, events: list[Event], trimmed: int) -> None:
        """Take what the journal has after the position; `trimmed` is the newest `seq` that it has no more."""
        if trimmed > self.position:
            self._backlog.append(protocol.gap(self.channel, self.position + 1, trimmed, "trimmed"))
            self.position = trimmed
        for event in events:
            if event.seq > self.position:
                self._backlog.append(frame(event.to_json()))
                self.position = event.seq

    def take_tail_start(self, seq: int) -> None:
        """Take where the wished tail begins."""
        self._tail = 0
        self.position = min(self.position, seq)

    def take_snapshot(self, framed: bytes, seq: int) -> None:
        """Take a snapshot as of `seq`; the channel goes on behind it."""
        self._wants_snapshot = False
        self._backlog.append(framed)
        self.position = max(self.position, seq)

    def say(self, framed: bytes) -> None:
        """Say something to this client alone; one that sends but does not read is closed."""
        if len(self._notices) >= MAX_NOTICES:
            self.end(Close.BAD_MESSAGE, "too many messages, and the answers are not read")
            return
        self._notices.append(framed)

    def show_status(self, framed: bytes) -> None:
        """Say how HomeGuard is; only the newest counts."""
        self._status = framed

    def end(self, code: Close, reason: str) -> None:
        """Close when what was said is sent; the first reason stands."""
        self._end = self._end or End(code, reason)

    def renew(self, identity: Identity) -> None:
        """Take a fresh token of the same user; one of another user, or not for this channel, closes the connection."""
        if identity.username != self.identity.username:
            self.end(Close.NOT_ALLOWED, "the token is another user's")
            return
        if self.channel not in identity.channels:
            self.end(Close.NOT_ALLOWED, f"{identity.username} may not read {self.channel.value} any more")
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
