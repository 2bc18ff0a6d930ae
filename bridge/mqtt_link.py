"""The fast link: moves bytes between a socket and a `Session`, and waits, with limits, for what it reports."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import ClassVar, Final, TypeVar, cast

from bridge.address import Address
from bridge.inbox import Inbox
from bridge.link import KEEPALIVE_SECONDS, TIMEOUT_SECONDS, BrokerUnavailable, Message, PublishRefused, Will
from bridge.mqtt_answers import Answer, Answers
from bridge.mqtt_events import (
    BrokerSilent,
    Connected,
    Disconnected,
    Forgotten,
    Published,
    Refused,
    State,
    Subscribed,
    Violation,
)
from bridge.mqtt_session import Event, Session

T = TypeVar("T")

GOODBYE_SECONDS: Final = 2  # for our last bytes; a broker that does not take them is cut off


class MqttLink(asyncio.Protocol):
    """A `bridge.link.Link` on a `Session` of ours. Use `connect`."""

    keepalive_seconds: ClassVar[float] = KEEPALIVE_SECONDS
    timeout_seconds: ClassVar[float] = TIMEOUT_SECONDS

    def __init__(self, session: Session) -> None:
        """Take a session that has not begun: it lives as long as this one connection.

        So what was published and not acknowledged is not sent again by the session, but by who published it.
        """
        self.session_present = False
        self._session = session
        self._transport: asyncio.Transport | None = None
        self._inbox = Inbox()
        self._is_reading = True
        self._is_receiving = True
        self._lost: str | None = None  # why
        self._answers = Answers()
        self._arrived = asyncio.Event()  # a message, or the end
        self._ended = asyncio.Event()
        self._closed = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, address: Address, will: Will | None = None, *, keeps_session: bool = True
    ) -> AsyncIterator["MqttLink"]:
        """Open a connection that resumes our session where it keeps one, and close it in the end.

        Left by an exception, it lets the broker say our will.

        Raises:
            BrokerUnavailable: the broker cannot be reached, or refuses us.
        """
        session = Session(
            address.client_id,
            username=address.username,
            password=address.password,
            will=will,
            keeps_session=keeps_session,
            keepalive_seconds=cls.keepalive_seconds,
            answer_seconds=cls.timeout_seconds,
        )
        link = cls(session)
        with_will = True
        try:
            await link._open(address)
            yield link
            with_will = False
        finally:
            await link._close(with_will=with_will)

    async def subscribe(self, topic_filter: str) -> None:
        """Subscribe under QoS 1; see `Link`."""
        await self._until_writable()
        answer = await self._answer(self._session.subscribe(topic_filter))
        if answer.why is not None:
            raise BrokerUnavailable(f"it refuses the subscription to {topic_filter}: {answer.why}")

    async def receive(self, limit: int) -> list[Message]:
        """Wait for messages and take at most `limit`; see `Link`. The keep-alive bounds the wait."""
        while not self._inbox or not self._is_receiving:
            if not self._is_receiving:
                return []
            if self._lost is not None:
                raise BrokerUnavailable(self._lost)
            self._arrived.clear()
            await self._arrived.wait()
        taken = self._inbox.take(limit)
        if not self._is_reading and self._inbox.is_small_again:
            self._set_reading(is_reading=True)
        return taken

    def stop_receiving(self) -> None:
        """Let `receive` return nothing more; see `Link`."""
        self._is_receiving = False
        self._arrived.set()

    async def wait_lost(self) -> None:
        """Return when the connection is lost."""
        await self._ended.wait()

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Acknowledge in order, all in one write; see `Link`."""
        if self._lost is None:
            self._session.acknowledge([message.mid for message in messages if message.qos])
            self._flush()

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish under QoS 1 and wait for the acknowledgement; see `Link`."""
        await self._until_writable()
        answer = await self._answer(self._session.publish(topic, payload, retain=retain))
        if answer.why is not None:
            raise PublishRefused(f"the broker refuses to publish on {topic}: {answer.why}")

    def publish_unsafe(self, topic: str, payload: bytes, correlation_data: bytes | None = None) -> None:
        """Publish under QoS 0; nothing where the connection is lost or its buffer is full."""
        if self._lost is None and self._may_write.is_set():
            with suppress(PublishRefused):
                self._session.publish_unsafe(topic, payload, correlation_data)
            self._flush()

    # -- opening and closing ------------------------------------------------------------------------------------

    async def _open(self, address: Address) -> None:
        where = f"{address.host}:{address.port}"
        loop = asyncio.get_running_loop()
        try:
            connecting = loop.create_connection(lambda: self, address.host, address.port, ssl=address.tls)
            await self._within(connecting)
        except OSError as error:
            raise BrokerUnavailable(f"cannot connect to {where}: {_cause(error)}") from error
        self._session.connect(monotonic())
        self._flush()
        connected = await self._within(self._answers.connected)
        self.session_present = connected.session_present
        self._tick()

    async def _close(self, *, with_will: bool) -> None:
        """Say goodbye where the broker still listens, and wait, not for long, until the socket is closed."""
        if self._transport is None:
            return
        if self._lost is None and self._session.state is State.CONNECTED:
            self._session.disconnect(with_will=with_will)
        self._end("we have closed the connection")
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._closed.wait()
        except TimeoutError:
            self._transport.abort()

    async def _until_writable(self) -> None:
        await self._within(self._may_write.wait())
        if self._lost is not None:
            raise BrokerUnavailable(self._lost)

    async def _answer(self, packet_id: int) -> Answer:
        """Send what was asked of the session, and wait for the answer to this packet id."""
        with self._answers.expected(packet_id) as answer:
            self._flush()
            return await self._within(answer)

    async def _within(self, awaited: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await awaited
        except TimeoutError:
            raise BrokerUnavailable(f"it does not answer within {self.timeout_seconds:g} s") from None

    def _end(self, why: str) -> None:
        """Make the connection lost, for the first reason there is, and wake all who wait for anything."""
        if self._lost is not None:
            return
        self._flush()
        self._lost = why
        if self._timer is not None:
            self._timer.cancel()
        self._answers.fail(BrokerUnavailable(why))
        for event in (self._arrived, self._ended, self._may_write):
            event.set()
        if self._transport is not None:
            self._transport.close()

    # -- what the event loop calls ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes; messages wait for `receive`, answers wake who asked."""
        for event in self._session.receive(data, monotonic()):
            if type(event) is Message:
                self._inbox.put(event)
            else:
                self._handle(event)
        self._flush()
        if self._inbox:
            self._arrived.set()
            if self._is_reading and self._inbox.is_too_large:
                self._set_reading(is_reading=False)

    def connection_lost(self, error: Exception | None) -> None:
        """Take note of the end."""
        self._end(_cause(error) if error else "it has closed the connection")
        self._session.connection_lost()
        self._closed.set()

    def pause_writing(self) -> None:
        """Publish no more for now: the broker does not take it."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """Publish on."""
        self._may_write.set()

    # -- between the two ----------------------------------------------------------------------------------------

    def _handle(self, event: Event) -> None:
        match event:
            case Connected() | Subscribed() | Published():
                self._answers.take(event)
            case Refused():
                self._end(f"it refuses us: {event.why}")
            case Disconnected():
                self._end(f"it has ended the connection: {event.why}")
            case Violation():
                self._end(event.why)
            case BrokerSilent():
                self._end(f"it has not answered a ping within {event.seconds:g} s")
            case Message() | Forgotten():  # messages go straight to the inbox; with one connection nothing is forgotten
                pass

    def _flush(self) -> None:
        data = self._session.data_to_send(monotonic())
        if data and self._transport is not None:
            self._transport.write(data)

    def _tick(self) -> None:
        for event in self._session.tick(monotonic(), is_reading=self._is_reading):
            self._handle(event)
        self._flush()
        if self._lost is None:
            seconds = max(0.0, self._session.seconds_to_tick(monotonic()))
            self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _set_reading(self, *, is_reading: bool) -> None:
        """Read, or let what the broker sends wait in the sockets and then in the broker."""
        self._is_reading = is_reading
        if self._transport is not None and self._lost is None:
            if is_reading:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()


def _cause(error: Exception) -> str:
    """Say what went wrong on a socket, in the system's words and without its numbers."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not believed ({error.verify_message}): HOMEGUARD_MQTT_CA_FILE names the authority"
    if (
        isinstance(error, OSError)
        and error.errno is not None
        and error.errno > 0
        and not isinstance(error, ssl.SSLError)
    ):
        return os.strerror(error.errno)
    return str(error)
