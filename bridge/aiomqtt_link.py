"""The link on aiomqtt, for where speed does not matter: acknowledges only what it is told to. Alone in knowing it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import aiomqtt
from paho.mqtt.client import MQTT_ERR_SUCCESS, Client, ConnectFlags, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from bridge.address import Address
from bridge.inbox import Inbox
from bridge.link import (
    KEEPALIVE_SECONDS,
    MAXIMUM_PACKET_BYTES,
    RECEIVE_MAXIMUM,
    SESSION_EXPIRY_SECONDS,
    TIMEOUT_SECONDS,
    BrokerUnavailable,
    Message,
    PublishRefused,
    Will,
)
from homeguard.errors import Misconfigured


class AiomqttLink:
    """A `bridge.link.Link` on aiomqtt, and paho below it. Use `connect`."""

    def __init__(self, client: aiomqtt.Client) -> None:
        """Take over the callbacks of the paho client below aiomqtt's."""
        self._client = client
        self._paho = _paho_below(client)
        self._inbox = Inbox()
        self._arrived = asyncio.Event()
        self._lost: BaseException | None = None
        self._is_receiving = True
        self._publishing: dict[int, asyncio.Future[ReasonCode]] = {}
        self.session_present = False
        self._paho.manual_ack_set(True)
        self._paho.on_message = self._on_message
        self._paho.on_publish = self._on_publish
        self._on_connected = self._paho.on_connect
        self._paho.on_connect = self._on_connect

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, address: Address, will: Will | None = None, *, keeps_session: bool = True
    ) -> AsyncIterator["AiomqttLink"]:
        """Open a connection that resumes our session where it keeps one, and close it in the end.

        Raises:
            BrokerUnavailable: the broker cannot be reached, or refuses us.
        """
        client = aiomqtt.Client(
            address.host,
            address.port,
            username=address.username,
            password=address.password,
            identifier=address.client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=not keeps_session,  # aiomqtt's default would wipe the session
            properties=_connect_properties(keeps_session=keeps_session),
            will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=True) if will else None,
            keepalive=KEEPALIVE_SECONDS,
            timeout=TIMEOUT_SECONDS,
            tls_context=address.tls,
        )
        link = cls(client)
        try:
            async with client:
                watch = asyncio.create_task(link._watch(), name="link-watch")
                try:
                    yield link
                finally:
                    watch.cancel()
                    await asyncio.wait({watch})
        except aiomqtt.MqttError as error:
            raise BrokerUnavailable(str(error)) from error

    async def subscribe(self, topic_filter: str) -> None:
        """Subscribe under QoS 1; retained messages come only where the session is new.

        Raises:
            BrokerUnavailable: the broker refuses or does not answer.
        """
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        for code in await self._client.subscribe(topic_filter, options=options):
            if isinstance(code, ReasonCode) and code.is_failure:
                raise BrokerUnavailable(f"it refuses the subscription to {topic_filter}: {code}")

    async def receive(self, limit: int) -> list[Message]:
        """Wait for messages and take at most `limit` of them; none once `stop_receiving` was called.

        Raises:
            BrokerUnavailable: the connection is lost; what was not acknowledged will come again.
        """
        while not self._inbox or not self._is_receiving:
            if not self._is_receiving:
                return []
            if self._lost is not None:
                raise BrokerUnavailable(str(self._lost)) from self._lost
            self._arrived.clear()
            await self._arrived.wait()
        return self._inbox.take(limit)

    def stop_receiving(self) -> None:
        """Let `receive` return nothing more; the rest stays with the broker."""
        self._is_receiving = False
        self._arrived.set()

    async def wait_lost(self) -> None:
        """Return when the connection is lost."""
        while self._lost is None:
            self._arrived.clear()
            await self._arrived.wait()

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Acknowledge in order (MQTT 5.0 section 4.6). On a lost connection nothing happens: they come again."""
        for message in messages:
            if message.qos:
                self._paho.ack(message.mid, message.qos)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish under QoS 1 and wait for the broker's acknowledgement.

        Raises:
            PublishRefused: the broker said no.
            BrokerUnavailable: it said nothing.
        """
        info = self._paho.publish(topic, payload, qos=1, retain=retain)
        if info.rc != MQTT_ERR_SUCCESS:
            raise BrokerUnavailable(f"cannot publish: error {info.rc}")
        code = await self._acknowledgement(info.mid)
        if code.is_failure:
            raise PublishRefused(f"the broker refuses to publish on {topic}: {code}")

    def publish_unsafe(self, topic: str, payload: bytes, correlation_data: bytes | None = None) -> None:
        """Publish under QoS 0 without waiting: for answers whose asker asks again."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if correlation_data is not None:
            properties.CorrelationData = correlation_data
        self._paho.publish(topic, payload, qos=0, properties=properties)

    async def _acknowledgement(self, mid: int) -> ReasonCode:
        answer: asyncio.Future[ReasonCode] = asyncio.get_running_loop().create_future()
        self._publishing[mid] = answer
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await answer
        except TimeoutError:
            raise BrokerUnavailable("it does not acknowledge a publish") from None
        finally:
            self._publishing.pop(mid, None)

    async def _watch(self) -> None:
        """Wait for the end of the connection: our messages go past aiomqtt's queue, so that is all it can report."""
        try:
            async for _ in self._client.messages:
                pass
        except aiomqtt.MqttError as error:
            self._lost = error
            self._arrived.set()
            self._fail_publishing()

    def _fail_publishing(self) -> None:
        for answer in self._publishing.values():
            if not answer.done():
                answer.set_exception(BrokerUnavailable("the connection was lost"))

    def _on_connect(
        self, client: Client, userdata: Any, flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        self.session_present = flags.session_present
        self._on_connected(client, userdata, flags, code, properties)  # type: ignore[misc, call-arg, arg-type]

    def _on_publish(self, client: Client, userdata: Any, mid: int, code: ReasonCode, properties: Properties) -> None:
        answer = self._publishing.get(mid)
        if answer is not None and not answer.done():
            answer.set_result(code)

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        properties = message.properties
        self._inbox.put(
            Message(
                message.topic,
                bytes(message.payload),
                message.qos,
                message.retain,
                message.dup,
                message.mid,
                monotonic(),
                getattr(properties, "ResponseTopic", None),
                getattr(properties, "CorrelationData", None),
            )
        )
        self._arrived.set()


def _paho_below(client: aiomqtt.Client) -> Client:
    """Return the paho client inside aiomqtt's: the one private name used, checked here and in a test."""
    below = getattr(client, "_client", None)
    if not isinstance(below, Client):
        raise Misconfigured("this version of aiomqtt does not wrap paho-mqtt as expected; install the pinned one")
    return below


def _connect_properties(*, keeps_session: bool) -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_EXPIRY_SECONDS if keeps_session else 0
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    properties.MaximumPacketSize = MAXIMUM_PACKET_BYTES
    return properties
