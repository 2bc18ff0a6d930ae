"""uvicorn's WebSocket protocol, which hands an accepted connection over, and ends one that is dead."""

import socket
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from api.live.protocol import Close, close_reason

TAKEOVER: Final = "homeguard.takeover"  # the ASGI extension: `scope["extensions"][TAKEOVER](taker)` after accepting
ABORT_SECONDS: Final = 4.0  # between a close frame and cutting the line of a peer that does not answer it


class Taker(Protocol):
    """Who takes a connection over."""

    def begin(self, socket: "LiveProtocol") -> None:
        """Send from now on."""

    def paused(self) -> None:
        """Hear that the socket is full."""

    def resumed(self) -> None:
        """Hear that the socket takes more."""

    def silenced(self) -> None:
        """Hear that a close frame was sent or is about to be: nothing may follow it (RFC 6455 section 5.5.1)."""

    def received(self, text: str | None) -> None:
        """Take a message of the client's, None where it was binary."""

    def gone(self) -> None:
        """Hear that the connection is lost."""


class _Inbox:
    """Stands where the endpoint's queue was: what the client sends goes straight to the taker."""

    __slots__ = ("_taker",)

    def __init__(self, taker: Taker) -> None:
        self._taker = taker

    def put_nowait(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.receive":
            self._taker.received(message.get("text"))


class _NeverRings:
    """Stands where the timer of a close under way would be."""

    def cancel(self) -> None:
        """Nothing to cancel."""


class _NobodyWaits:
    """Stands where the event was for which an endpoint's `send` waits."""

    def set(self) -> None:
        """Nobody to wake."""

    def clear(self) -> None:
        """Nobody to hold up."""


_NOBODY_WAITS: Final[Any] = _NobodyWaits()
_HANDED_OVER: Final[Any] = _NeverRings()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class LiveProtocol(WebSocketsSansIOProtocol):
    """A connection that an endpoint may give away: then the endpoint returns, and what it needed is freed."""

    taker: Taker | None = None
    send_now: Callable[[bytes], int]  # once handed over: gives the socket what it takes at once, or raises OSError
    _direct: socket.SocketType | None = None

    def handle_connect(self, event: Any) -> None:
        """Offer the extension with each handshake; the endpoint runs in a task of its own, later."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions: Any = self.scope["extensions"]
            extensions[TAKEOVER] = self.hand_over

    def data_received(self, data: bytes) -> None:
        """Take bytes; a handshake that cannot be read is answered, or its sender would wait for ever."""
        super().data_received(data)
        if not self.handshake_initiated and self.conn.handshake_exc is not None and not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))  # 414 or 431, which uvicorn leaves lying
            self.transport.close()

    def hand_over(self, taker: Taker) -> None:
        """Give an accepted connection to `taker`; the endpoint must return at once."""
        if self.disconnected or self.close_sent:
            taker.gone()
            return
        early: Any = self.queue
        self.taker = taker
        inbox: Any = _Inbox(taker)
        self.queue = inbox
        self.close_timer = _HANDED_OVER  # or uvicorn closes the connection behind an endpoint that returned
        self._open_direct()
        taker.begin(self)
        while not early.empty():
            inbox.put_nowait(early.get_nowait())
        self._read_on()

    def _open_direct(self) -> None:
        """Prepare to send past the transport: measured, two thirds of what a `transport.write` costs.

        That may not overtake what waits in the transport, so the client counts as full as soon as anything does. With
        TLS all goes through the transport, which calls a buffer of exactly its limit full: there a limit of 0 bytes
        would be full for ever. Below it is another transport, with its own 64 KiB for a client that stalls.
        """
        known = self.transport.get_extra_info("socket")
        if self.transport.get_extra_info("sslcontext") is not None:
            self.transport.set_write_buffer_limits(high=1, low=0)
            self.send_now = self._send_by_transport
        else:
            self.transport.set_write_buffer_limits(high=0)
            # The same descriptor, not a second one; the transport closes it, and we forget it in time.
            self._direct = socket.SocketType(known.family, known.type, known.proto, known.fileno())
            self.send_now = self._direct.send

    def _send_by_transport(self, data: bytes) -> int:
        self.transport.write(data)
        return len(data)

    def write(self, data: bytes) -> None:
        """Write whole frames that were built before."""
        try:
            sent = self.send_now(data)
        except OSError:
            sent = 0
        if sent < len(data):
            self.write_rest(data, sent)

    def write_rest(self, data: bytes, sent: int) -> None:
        """Leave to the transport what the socket did not take: it waits for room, and finds out why there is none."""
        self.transport.write(data[sent:])

    async def run_asgi(self) -> None:
        """Run the endpoint; free what it needed where it gave the connection away."""
        await super().run_asgi()
        if self.taker is not None:
            if self.close_timer is _HANDED_OVER:
                self.close_timer = None
            self._free()

    def _free(self) -> None:
        """Drop what only the endpoint needed: half of what a connection weighs."""
        nothing: Any = None
        self.request.headers.clear()  # the parser of `websockets` keeps the request for as long as it lives
        self.scope = self.request = self.response = nothing
        self.writable = _NOBODY_WAITS

    async def send(self, message: ASGISendEvent) -> None:
        """Send for the endpoint; a refusal that is sent is a completed handshake, and no error for the log."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def send_receive_event_to_app(self) -> None:
        """Deliver a message; a taker hears it at once, so there is no queue to wait for.

        What is not UTF-8 ends the connection here: uvicorn would write a traceback for each, into a log that a client
        must not be able to fill.
        """
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            if self.conn.state is State.OPEN:  # or its close frame came in the same packet, and is answered
                self.conn.send_close(1007)
                self.handle_parser_exception()
            return
        super().send_receive_event_to_app()
        if self.taker is not None:
            self._read_on()

    def _read_on(self) -> None:
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def close(self, code: int, reason: str) -> None:
        """Send a close frame, and cut the line if it is not answered."""
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_close(code, close_reason(reason))
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(ABORT_SECONDS, self.transport.abort)

    def later(self, call: Callable[[], None]) -> None:
        """Call when others had their turn."""
        self.loop.call_soon(call)

    def handle_close(self, event: Any) -> None:
        """Answer the client's close frame, and nothing after it."""
        if self.taker is not None:
            self.taker.silenced()
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        """Send the close frame and read on until the client leaves: cutting at once could destroy it on its way."""
        if self.taker is None:
            super().handle_parser_exception()
            return
        self.taker.silenced()
        if not self.close_sent:
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.close_timer = self.loop.call_later(ABORT_SECONDS, self.transport.abort)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run something short beside; the server waits for it when it stops."""
        task = self.loop.create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.on_task_complete)

    def pause_writing(self) -> None:
        """Pass on that the buffer is beyond its limit."""
        super().pause_writing()
        if self.taker is not None:
            self.taker.paused()

    def resume_writing(self) -> None:
        """Pass on that the buffer has drained."""
        super().resume_writing()
        if self.taker is not None:
            self.taker.resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on that it is over; the descriptor will soon be another connection's."""
        if self._direct is not None:
            self._direct.detach()
        super().connection_lost(exc)
        taker, self.taker = self.taker, None
        if taker is not None:
            taker.gone()

    def keepalive_timeout(self) -> None:
        """End a peer that answers no ping: closing alone would wait for a buffer that nobody empties."""
        self.pong_timer = None
        self.pending_ping_payload = None
        self.close(Close.NO_PONG, "no answer to a ping")

    def shutdown(self) -> None:
        """Close with 1012, and shortly after cut: a stalled peer must not hold the server up."""
        if self.taker is not None:
            self.taker.silenced()
        super().shutdown()
        self.loop.call_later(ABORT_SECONDS / 4, self.transport.abort)
