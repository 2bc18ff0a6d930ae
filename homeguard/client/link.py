"""One connection of a device to its broker: the only module of the device side that knows aiomqtt and paho."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import Client as Paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from homeguard.errors import HomeGuardError, Unavailable

T = TypeVar("T")

CONNECT_SECONDS: Final = 4.0  # for TCP and TLS; a thread that cannot be cancelled waits for it
ANSWER_SECONDS: Final = 10.0  # for CONNACK, SUBACK and PUBACK
ENTER_SECONDS: Final = 15.0  # for both together, whatever a library waits for: then the next attempt is better
GOODBYE_SECONDS: Final = 2.0  # for a clean end; afterwards the socket is cut
POLL_SECONDS: Final = 0.02  # between two looks at what a thread has done
MAX_INCOMING: Final = 1000  # answers not looked at yet; more are dropped, and asked for again
QOS: Final = 1
UNSPECIFIED: Final = 0x80  # the reason code that paho puts where the broker said nothing


class Refused(HomeGuardError):
    """The broker said no: this account may not do that."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where a device connects and as whom; `client_id` is also the name that its session has."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    keepalive_seconds: int = 15


@dataclass(frozen=True, slots=True)
class Heard:
    """One message from the broker."""

    topic: str
    payload: bytes
    correlation: bytes | None = None


class Link(aiomqtt.Client):
    """One living connection.

    aiomqtt's private `_client`, `_connected` and `_on_publish` are guarded by tests/client/test_link.py.
    """

    def __init__(self, account: Account, will_topic: str, will: bytes) -> None:
        """Prepare a connection; `open` makes it."""
        super().__init__(
            account.host,
            account.port,
            identifier=account.client_id,
            username=account.username,
            password=account.password,
            tls_context=account.tls,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,  # nothing of the past is needed: wishes are retained, alerts are in the outbox
            keepalive=account.keepalive_seconds,
            timeout=ANSWER_SECONDS,
            will=aiomqtt.Will(will_topic, will, QOS, retain=True),
            max_queued_incoming_messages=MAX_INCOMING,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        self._client.connect_timeout = CONNECT_SECONDS
        self._said_no: ReasonCode | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Link"]:
        """Connect, and in the end disconnect cleanly unless the connection was cut.

        Raises:
            Unavailable: nobody answers.
            Refused: the broker knows us not.
        """
        try:
            async with asyncio.timeout(ENTER_SECONDS):
                await self._enter()
        except TimeoutError:
            raise Unavailable("the broker", "it does not let us in") from None
        except MqttConnectError as error:
            raise Refused(f"the broker refuses the connection: {error.rc}") from None
        except aiomqtt.MqttError as error:
            raise Unavailable("the broker", str(error)) from None
        try:
            yield self
        finally:
            await self._leave()

    async def say(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        response_topic: str | None = None,
        correlation: bytes | None = None,
    ) -> None:
        """Publish, and wait for the broker's acknowledgement. One at a time.

        Raises:
            Refused: the broker said no.
            Unavailable: the connection was lost, or the broker says nothing.
        """
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if response_topic is not None:
            properties.ResponseTopic = response_topic
        if correlation is not None:
            properties.CorrelationData = correlation
        self._said_no = None
        await _answered(self.publish(topic, payload, QOS, retain, properties))
        if self._said_no is not None:
            raise Refused(f"the broker refuses to take messages on {topic}: {self._said_no}")

    async def hear(self, topic_filter: str) -> None:
        """Subscribe.

        Raises:
            Refused: the broker said no.
            Unavailable: the connection was lost, or the broker says nothing.
        """
        for code in await _answered(self.subscribe(topic_filter, QOS)):
            if isinstance(code, ReasonCode) and code.is_failure:
                raise Refused(f"the broker refuses the subscription to {topic_filter}: {code}")

    async def heard(self) -> list[Heard]:
        """Wait for messages and return all that are there.

        Raises:
            Unavailable: the connection was lost.
        """
        messages = self.messages
        with _lost():
            taken = [await anext(messages)]
            while len(messages):
                taken.append(await anext(messages))
        return [_heard(message) for message in taken]

    async def heard_already(self) -> list[Heard]:
        """Return the messages that have come, without waiting."""
        return await self.heard() if len(self.messages) else []

    def cut(self) -> None:
        """Lose the connection as a power cut would: the broker sends the last will."""
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    async def _enter(self) -> None:
        entering = asyncio.create_task(self.__aenter__(), name="mqtt-connect")
        try:
            await asyncio.shield(entering)
        except asyncio.CancelledError:
            await self._abandon(entering)
            raise

    async def _abandon(self, entering: "asyncio.Task[aiomqtt.Client]") -> None:
        """Give a connection up that is being made: its thread cannot be stopped, but its socket must not outlive us."""
        now = asyncio.get_running_loop().time
        deadline = now() + CONNECT_SECONDS
        while not entering.done() and now() < deadline:
            await asyncio.wait({entering}, timeout=POLL_SECONDS)
            if self._client.socket() is not None:
                break
        if not self._connected.done():  # a cancelled one would break aiomqtt's callbacks
            self._connected.set_exception(aiomqtt.MqttError("given up"))
            self._connected.exception()
        await asyncio.wait({entering}, timeout=POLL_SECONDS)
        entering.cancel()
        await asyncio.gather(entering, return_exceptions=True)
        self._client.disconnect()

    async def _leave(self) -> None:
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self.__aexit__(None, None, None)
        except (TimeoutError, aiomqtt.MqttError):
            self.cut()

    def _on_publish(
        self, client: Paho, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        if reason_code.is_failure:
            self._said_no = reason_code
        super()._on_publish(client, userdata, mid, reason_code, properties)


def _heard(message: aiomqtt.Message) -> Heard:
    payload = message.payload if isinstance(message.payload, bytes | bytearray) else b""
    correlation = getattr(message.properties, "CorrelationData", None)
    return Heard(str(message.topic), bytes(payload), correlation)


async def _answered(asking: Awaitable[T]) -> T:
    """Wait for the broker's answer, through aiomqtt's `asyncio.wait_for`.

    Before Python 3.12 that swallows a cancellation that comes together with the answer (python/cpython#86296).
    """
    task = asyncio.current_task()
    cancelled_before = task.cancelling() if task else 0
    with _lost():
        answer = await asking
    if task and task.cancelling() > cancelled_before:
        raise asyncio.CancelledError
    return answer


@contextlib.contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except aiomqtt.MqttError as error:
        raise Unavailable("the broker", _why_lost(error)) from error


def _why_lost(error: aiomqtt.MqttError) -> str:
    """Find the broker's word in its DISCONNECT (MQTT 5.0 section 3.14.2.1), such as that another took the session."""
    code = getattr(error.__cause__, "rc", None)
    if isinstance(code, ReasonCode) and code.value > UNSPECIFIED:
        return f"it ended the connection: {code}"
    return "the connection was lost"
