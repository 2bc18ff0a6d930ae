"""`/ws/alerts` and `/ws/devices`: admits, accepts, and drives a subscriber over one ASGI connection."""

import asyncio
import logging
from time import monotonic
from typing import Final

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.context import Context
from api.live import protocol
from api.live.admission import admit
from api.live.fanout import Fanout
from api.live.protocol import Close
from api.live.subscriber import End, ReadJournal, ReadSnapshot, ReadTail, Send, Start, Step, Subscriber
from api.problems import response_for
from api.services.sessions import identify
from homeguard.errors import BadInput, HomeGuardError, NotAllowed, Unavailable
from homeguard.events import Channel
from homeguard.journal.devices import snapshot
from homeguard.journal.feed import events_since, tail_start

logger = logging.getLogger(__name__)

STALL_SECONDS: Final = 60.0  # a client that takes nothing for this long is gone
STORAGE_RETRY_SECONDS: Final = 1.0  # a subscriber that must read while storage is away asks again

router = APIRouter()


@router.websocket("/ws/alerts")
async def alerts(websocket: WebSocket) -> None:
    """Serve the alerts: lossless, in order."""
    await _serve(websocket, Channel.ALERTS)


@router.websocket("/ws/devices")
async def devices(websocket: WebSocket) -> None:
    """Serve the devices: a snapshot, then what changes."""
    await _serve(websocket, Channel.DEVICES)


async def _serve(websocket: WebSocket, channel: Channel) -> None:
    context: Context = websocket.app.state.context
    fanout: Fanout = websocket.app.state.fanout
    try:
        admission = await admit(websocket, context)
        head = await _head(context, fanout, channel, admission.start)
    except HomeGuardError as refused:
        await websocket.send_denial_response(response_for(refused))
        return
    subscriber = Subscriber(
        channel,
        fanout.log[channel],
        admission.identity,
        admission.start,
        epoch=context.journal.epoch,
        head=head,
        heartbeat_seconds=fanout.heartbeat_seconds,
        status=fanout.status_frame(channel),
    )
    connection = _Connection(websocket, context, subscriber)
    # Kept from before the first await, so that no event falls between where it begins and its first wake.
    fanout.add(subscriber, connection.wake)
    try:
        await websocket.accept(admission.subprotocol)
        await connection.run()
    finally:
        fanout.remove(subscriber)


async def _head(context: Context, fanout: Fanout, channel: Channel, start: Start) -> int:
    """Tell where the channel stands; a client may have read from the journal what the log does not know yet."""
    head = fanout.log[channel].head
    if start.since is not None and start.since > head:
        head = max(head, (await context.journal.heads())[channel])
    return head


class _Connection:
    """One ASGI connection and its subscriber: what the subscriber asks for is done here."""

    def __init__(self, websocket: WebSocket, context: Context, subscriber: Subscriber) -> None:
        self._websocket = websocket
        self._context = context
        self._subscriber = subscriber
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Send and receive until either side ends."""
        try:
            async with asyncio.TaskGroup() as group:
                receiving = group.create_task(self._receive(), name="ws-receive")
                await self._send()
                receiving.cancel()
        except* WebSocketDisconnect:
            logger.debug("live: a client left")

    async def _send(self) -> None:
        while True:
            self._woken.clear()
            step = self._subscriber.next()
            if step is None:
                await self._woken.wait()
            elif await self._do(step):
                return

    async def _do(self, step: Step) -> bool:
        """Do one step; says whether it was the last."""
        journal, subscriber = self._context.journal, self._subscriber
        try:
            match step:
                case Send(frames):
                    await self._send_frames(frames)
                case ReadJournal(since, limit):
                    channels = [subscriber.channel]
                    backlog = await journal.read(lambda: events_since(journal.epoch, channels, since, limit))
                    subscriber.take_backlog(backlog.events, backlog.trimmed)
                case ReadTail(count):
                    subscriber.take_tail_start(await journal.read(lambda: tail_start(subscriber.channel, count)))
                case ReadSnapshot(since):
                    found = await journal.read(lambda: snapshot(since))
                    frame = protocol.snapshot(found.since, found.seq, found.devices, found.removed)
                    subscriber.take_snapshot(frame, found.seq)
                case End(code, reason):
                    await self._websocket.close(code, reason)
                    return True
        except Unavailable:
            await asyncio.sleep(STORAGE_RETRY_SECONDS)
        return False

    async def _send_frames(self, frames: list[str]) -> None:
        try:
            for frame in frames:
                async with asyncio.timeout(STALL_SECONDS):
                    await self._websocket.send_text(frame)
        except TimeoutError:
            raise WebSocketDisconnect(Close.NO_PONG, "the client takes nothing") from None

    async def _receive(self) -> None:
        """Take what the client sends; one that sends too much is heard no more until `_send` has closed."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", Close.GOING_AWAY))
            if self._subscriber.may_send(monotonic()):
                await self._answer(message.get("text"))
            self.wake()

    async def _answer(self, text: str | None) -> None:
        subscriber = self._subscriber
        try:
            token = protocol.read_client_frame(text)
            if token is None:
                subscriber.say(protocol.pong(subscriber.channel))
            else:
                subscriber.renew(await identify(self._context, token))
        except BadInput as error:
            subscriber.say(protocol.error(subscriber.channel, error.message))
        except NotAllowed as error:
            subscriber.end(Close.TOKEN_INVALID, str(error))
        except Unavailable as error:
            subscriber.say(protocol.error(subscriber.channel, str(error)))
