"""A taken-over socket and its subscriber: no task of its own, moved by what happens to it."""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Final, Protocol

from api.live.catch_up import read_for
from api.live.fanout import MAX_READERS, Fanout, SendNow
from api.live.hear import Identify, hear, renew
from api.live.limits import Seat
from api.live.protocol import Close
from api.live.subscriber import End, Read, Send, Subscriber
from homeguard.errors import Unavailable
from homeguard.journal import Journal

STORAGE_RETRY_SECONDS: Final = 1.0  # a subscriber that must read while storage is away asks again


class Socket(Protocol):
    """What a line needs of a taken-over connection."""

    @property
    def send_now(self) -> SendNow:
        """What gives the socket as much as it takes at once."""

    def write(self, data: bytes) -> None:
        """Write whole frames."""

    def write_rest(self, data: bytes, sent: int) -> None:
        """Write, when there is room, what is left of frames of which so many bytes are sent."""

    def close(self, code: int, reason: str) -> None:
        """Send a close frame, and cut the line if it is not answered."""

    def later(self, call: Callable[[], None]) -> None:
        """Call when others had their turn."""

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run something short beside; it ends with the connection."""


class Line:
    """One client. `wake` may be called at any time, and costs nothing when there is nothing to do."""

    __slots__ = (
        "_fanout",
        "_identify",
        "_is_full",
        "_is_reading",
        "_journal",
        "_socket",
        "_unheard",
        "is_sharing",
        "seat",
        "subscriber",
    )

    def __init__(
        self, subscriber: Subscriber, fanout: Fanout, journal: Journal, identify: Identify, seat: Seat
    ) -> None:
        """Take the neighbours, and the seat to give back; nothing is sent before `begin`."""
        self.subscriber = subscriber
        self.seat = seat
        self._fanout = fanout
        self._journal = journal
        self._identify = identify
        self._socket: Socket | None = None
        self._is_full = False
        self._is_reading = False
        self._unheard: list[str | None] | None = None
        self.is_sharing = False

    def begin(self, socket: Socket) -> None:
        """Begin to send on a connection."""
        self._socket = socket
        self.wake()

    @property
    def send_now(self) -> SendNow | None:
        """What gives the socket as much as it takes at once; None where it is full or gone, or its end is decided."""
        return None if self._is_full or self._socket is None else self._socket.send_now

    def write_rest(self, data: bytes, sent: int) -> None:
        """Write, when there is room, what is left of frames of which so many bytes are sent."""
        if self._socket is not None:
            self._socket.write_rest(data, sent)

    def wake(self) -> None:
        """Do the next thing: what is for this client alone, then what it is behind, then join the others."""
        if self._socket is None or self._is_reading:
            return
        if self._is_full:
            if self.subscriber.ending is not None:  # it will not read why, but it must go
                self._end(self.subscriber.ending)
            return
        step = self.subscriber.next_own() if self.is_sharing else self.subscriber.next()
        match step:
            case None:
                if not self.is_sharing:
                    self._fanout.join(self)
            case Send(_, data):
                self._socket.write(data)
                self._socket.later(self.wake)  # there may be more, and others want their turn
            case End():
                self._end(step)
            case _ if self._fanout.readers >= MAX_READERS:
                self._end(End(Close.OVERLOADED, "too many catch up at once; come back in a moment"))
            case _:
                self._is_reading = True
                self._fanout.readers += 1
                self._socket.spawn(self._read(step), "ws-read")

    def paused(self) -> None:
        """Hear that the socket is full."""
        self._is_full = True
        self._fanout.changed(self)

    def resumed(self) -> None:
        """Hear that the socket takes more."""
        self._is_full = False
        self._fanout.changed(self)
        self.wake()

    def silenced(self) -> None:
        """Hear that the connection is being closed: nothing more may be sent."""
        self._socket = None
        self._fanout.changed(self)

    def gone(self) -> None:
        """Hear that the connection is lost."""
        self._socket = None
        self._fanout.remove(self)
        self.seat.leave()

    def received(self, text: str | None) -> None:
        """Take what the client sent, None where it was binary."""
        if self._socket is None:
            return  # it is being closed
        if not self.subscriber.may_send(monotonic()):
            self._end(End(Close.BAD_MESSAGE, "too many messages"))
        elif self._unheard is not None:
            self._unheard.append(text)
        else:
            self._hear(self._socket, text)
            self.wake()

    def _hear(self, socket: Socket, text: str | None) -> None:
        token = hear(self.subscriber, text)
        if token is not None:
            self._unheard = []  # what comes behind a fresh token waits for it; `may_send` bounds how much
            socket.spawn(self._renew(token), "ws-auth")

    def _end(self, end: End) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            self._fanout.changed(self)
            socket.close(end.code, end.reason)

    async def _read(self, step: Read) -> None:
        try:
            await read_for(self.subscriber, step, self._journal)
        except Unavailable:
            await asyncio.sleep(STORAGE_RETRY_SECONDS)
        finally:
            self._is_reading = False
            self._fanout.readers -= 1
        self.wake()

    async def _renew(self, token: str) -> None:
        await renew(self.subscriber, token, self._identify)
        unheard, self._unheard = self._unheard, None
        for text in unheard or ():
            self.received(text)
        self.wake()
