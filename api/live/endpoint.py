"""`/ws/alerts` and `/ws/devices`: admits, accepts, and hands the connection to a line, or drives it by ASGI."""

import asyncio
import logging
from functools import partial
from time import monotonic
from typing import Final

from starlette.types import Receive, Scope
from starlette.types import Send as AsgiSend
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.context import Context
from api.live.admission import Admission, admit
from api.live.catch_up import read_for
from api.live.fanout import Fanout
from api.live.framing import text_of
from api.live.hear import hear, renew
from api.live.limits import Gate, Seat
from api.live.line import STORAGE_RETRY_SECONDS, Line
from api.live.protocol import Close, close_for, close_reason
from api.live.socket import TAKEOVER
from api.live.subscriber import End, Send, Standing, Start, Step, Subscriber
from api.problems import response_for
from api.services.sessions import identify
from homeguard.errors import HomeGuardError, NotFound, Unavailable
from homeguard.events import Channel

logger = logging.getLogger(__name__)

STALL_SECONDS: Final = 60.0  # a client that takes nothing for this long is gone

CHANNELS: Final = {"/ws/alerts": Channel.ALERTS, "/ws/devices": Channel.DEVICES}


class LiveDoor:
    """The ASGI application of the live channels, before FastAPI's routing, which a handshake has no use for."""

    def __init__(self, context: Context, fanout: Fanout, gate: Gate) -> None:
        """Take the neighbours."""
        self.gate = gate
        self._context = context
        self._fanout = fanout

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        """Serve one handshake."""
        websocket = WebSocket(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        try:
            if path not in CHANNELS:
                raise NotFound(f"there is no channel at {path[:200]!r}; there are {' and '.join(CHANNELS)}")
            await self._serve(websocket, CHANNELS[path])
        except HomeGuardError as refused:
            await refuse_handshake(refused, scope, receive, send)

    async def _serve(self, websocket: WebSocket, channel: Channel) -> None:
        context, fanout = self._context, self._fanout
        address = websocket.client.host if websocket.client else ""
        self.gate.knock(address)
        admission = await admit(websocket, context)
        admission.identity.require_channel(channel)
        standing = await _standing(context, fanout, channel, admission.start)
        client = websocket.headers.get("user-agent")
        seat = self.gate.enter(address, admission.identity.username, context.clock(), client)
        subscriber = Subscriber(
            channel,
            fanout.log[channel],
            admission.identity,
            admission.start,
            standing,
            heartbeat_seconds=fanout.heartbeat_seconds,
            status=fanout.status_frame(channel),
        )
        hand_over = websocket.scope.get("extensions", {}).get(TAKEOVER)
        if hand_over is None:
            await _AsgiConnection(websocket, context, fanout, subscriber, seat).run(admission)
            return
        line = Line(subscriber, fanout, context.journal, partial(identify, context, address=address), seat)
        fanout.add(
            line
        )  # from before the first await, so that no event falls between where it begins and its first wake
        try:
            await websocket.accept(admission.subprotocol)
        except BaseException:
            line.gone()
            raise
        hand_over(line)


async def refuse_handshake(refused: HomeGuardError, scope: Scope, receive: Receive, send: AsgiSend) -> None:
    """Refuse before the upgrade; where the server has no words for that, after it, by a close code."""
    websocket = WebSocket(scope, receive, send)
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(response_for(refused))
    else:
        await websocket.accept()
        await websocket.close(close_for(refused), close_reason(str(refused)))


async def _standing(context: Context, fanout: Fanout, channel: Channel, start: Start) -> Standing:
    """Tell where the journal stands; a client may have read from it what the log does not know yet."""
    heads = {channel: fanout.log[channel].head for channel in Channel}
    if start.since is not None and start.since > max(heads.values()):
        heads = await context.journal.heads()
    return Standing(context.journal.epoch, fanout.log[channel].head, max(heads.values()))


class _AsgiConnection:
    """A connection on a server that cannot give it away: what the subscriber asks for is done by ordinary sends."""

    def __init__(
        self, websocket: WebSocket, context: Context, fanout: Fanout, subscriber: Subscriber, seat: Seat
    ) -> None:
        self.subscriber = subscriber
        self.seat = seat
        self._websocket = websocket
        self._context = context
        self._fanout = fanout
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self, admission: Admission) -> None:
        """Accept, then send and receive until either side ends."""
        self._fanout.add(self)
        try:
            await self._websocket.accept(admission.subprotocol)
            async with asyncio.TaskGroup() as group:
                receiving = group.create_task(self._receive(), name="ws-receive")
                await self._send()
                receiving.cancel()
        except* WebSocketDisconnect:
            logger.debug("live: a client left")
        finally:
            self._fanout.remove(self)
            self.seat.leave()

    async def _send(self) -> None:
        while True:
            self._woken.clear()
            step = self.subscriber.next()
            if step is None:
                await self._woken.wait()
            elif await self._do(step):
                return

    async def _do(self, step: Step) -> bool:
        """Do one step; says whether it was the last."""
        match step:
            case Send(frames, _):
                await self._send_frames(frames)
            case End(code, reason):
                await self._websocket.close(code, close_reason(reason))
                return True
            case _:
                try:
                    await read_for(self.subscriber, step, self._context.journal)
                except Unavailable:
                    await asyncio.sleep(STORAGE_RETRY_SECONDS)
        return False

    async def _send_frames(self, frames: list[bytes]) -> None:
        try:
            for framed in frames:
                async with asyncio.timeout(STALL_SECONDS):
                    await self._websocket.send_text(text_of(framed))
        except TimeoutError:
            raise WebSocketDisconnect(Close.NO_PONG, "the client takes nothing") from None

    async def _receive(self) -> None:
        """Take what the client sends; one that sends too much is heard no more until `_send` has closed."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", Close.GOING_AWAY))
            if self.subscriber.may_send(monotonic()):
                token = hear(self.subscriber, message.get("text"))
                if token is not None:
                    await renew(self.subscriber, token, partial(identify, self._context, address=self.seat.address))
            self.wake()
