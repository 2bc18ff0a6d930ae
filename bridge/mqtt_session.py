"""The client's side of MQTT 5 without I/O: bytes in, events out; commands in, bytes out.

Section numbers are those of MQTT 5.0. Not used, and so never offered: QoS 2, topic aliases, authentication exchanges.
"""

import math
from collections.abc import Iterable
from typing import Final

import mqtt5
from mqtt5 import DisconnectReasonCode, QoS

from bridge.link import KEEPALIVE_SECONDS, RECEIVE_MAXIMUM, SESSION_EXPIRY_SECONDS, TIMEOUT_SECONDS, Message, Will
from bridge.mqtt_events import (
    BrokerSilent,
    Connected,
    Disconnected,
    Forgotten,
    Misuse,
    Published,
    Refused,
    State,
    Subscribed,
    Violation,
)
from bridge.mqtt_flows import PacketIds, Receiving, Sending
from bridge.mqtt_keepalive import KeepAlive
from bridge.mqtt_limits import Limits
from bridge.mqtt_packets import FAILURE, Reader, Violated, hello, message_of, refusal_of, violated, words_of

Event = Message | Connected | Refused | Subscribed | Published | Forgotten | Disconnected | Violation | BrokerSilent

# Of theirs. Mosquitto 2.0 goes over the Receive Maximum that it was told (its issue 2301), without end while much is
# queued, and to hang up on it would be to take nothing in under load. So the caller stops reading at twice the limit,
# and only a broker that is beyond all reason is told that it breaks MQTT.
MAX_UNACKNOWLEDGED: Final = 20 * RECEIVE_MAXIMUM


class Session:
    """One client at one broker, over one connection or, by calling `connect` again, several.

    After each call the caller sends `data_to_send()`. `now` is any clock that only rises, in seconds.
    """

    def __init__(
        self,
        client_id: str,
        *,
        username: str | None = None,
        password: str | None = None,
        will: Will | None = None,
        keeps_session: bool = True,
        keepalive_seconds: float = KEEPALIVE_SECONDS,
        answer_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Take what a CONNECT says; with `keeps_session` the broker keeps what is on its way to us."""
        self.state = State.NEW
        self._client_id = client_id
        self._keepalive_seconds = keepalive_seconds
        self._answer_seconds = answer_seconds
        self._session_expiry = SESSION_EXPIRY_SECONDS if keeps_session else 0
        self._is_clean = not keeps_session
        self._hello = hello(
            client_id,
            username,
            password,
            will,
            is_clean=self._is_clean,
            keepalive_seconds=math.ceil(keepalive_seconds),
            session_expiry_seconds=self._session_expiry,
        )
        self._packet_ids = PacketIds()
        self._sending = Sending()
        self._begin()

    def _begin(self) -> None:
        """Forget what belongs to one connection only."""
        self._out: list[bytes] = []
        self._reader = Reader()
        self._limits = Limits()
        self._receiving = Receiving()
        self._subscribing: set[int] = set()
        self._keepalive = KeepAlive(self._keepalive_seconds, self._answer_seconds)

    # -- commands -----------------------------------------------------------------------------------------------

    def connect(self, now: float) -> None:
        """Begin a connection, the first or the next."""
        if self.state not in (State.NEW, State.CLOSED):
            raise Misuse("connect on a living connection")
        self._begin()
        self.state = State.CONNECTING
        self._out.append(self._hello)

    def connection_lost(self) -> None:
        """Take note that the bytes have ended."""
        self.state = State.CLOSED

    def subscribe(self, topic_filter: str) -> int:
        """Ask for what matches under QoS 1; `Subscribed` with the returned packet id answers.

        Retained messages come only where the subscription is new.
        """
        self._must_be_connected()
        packet_id = self._packet_ids.next(self._sending, self._subscribing)
        wanted = mqtt5.TopicFilter(
            topic_filter,
            max_qos=QoS.AT_LEAST_ONCE,
            retain_as_published=False,
            retain_handling=mqtt5.RetainHandling.SEND_IF_SUBSCRIPTION_NOT_EXISTS,
        )
        self._out.append(mqtt5.SubscribePacket(packet_id, [wanted]).write())
        self._subscribing.add(packet_id)
        return packet_id

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Publish under QoS 1; `Published` with the returned packet id answers. It stays ours until then.

        It is held back while the broker's Receive Maximum is used up, and sent again, with DUP, where a later
        connection resumes the session (section 4.4).

        Raises:
            PublishRefused: the broker has said that it takes nothing like it.
        """
        self._must_be_connected()
        self._limits.require_qos_1(topic)
        packet_id = self._packet_ids.next(self._sending, self._subscribing)
        packet = mqtt5.PublishPacket(topic, payload, qos=QoS.AT_LEAST_ONCE, retain=retain, packet_id=packet_id)
        self._sending.add(packet_id, self._limits.written(packet))
        self._send_what_may_be_sent()
        return packet_id

    def publish_unsafe(self, topic: str, payload: bytes, correlation_data: bytes | None = None) -> None:
        """Publish under QoS 0.

        Raises:
            PublishRefused: the broker has said that it takes nothing like it.
        """
        self._must_be_connected()
        packet = mqtt5.PublishPacket(topic, payload, correlation_data=correlation_data)
        self._out.append(self._limits.written(packet))

    def acknowledge(self, packet_ids: Iterable[int]) -> None:
        """Acknowledge messages; what was received before them and is not acknowledged holds them back (section 4.6)."""
        self._must_be_connected()
        ready = self._receiving.acknowledge(packet_ids)
        self._out += [mqtt5.PubAckPacket(packet_id).write() for packet_id in ready]

    def disconnect(self, *, with_will: bool = False) -> None:
        """Say goodbye; `with_will` lets the broker say our will nevertheless."""
        self._must_be_connected()
        code = DisconnectReasonCode
        self._close(code.DISCONNECT_WITH_WILL_MESSAGE if with_will else code.NORMAL_DISCONNECTION)

    def tick(self, now: float, *, is_reading: bool = True) -> list[Event]:
        """Send a ping where it is time; call again within `seconds_to_tick`.

        While the caller does not read (`is_reading` false) nothing can be heard, so nothing is held against the broker.
        """
        if self.state is not State.CONNECTED:
            return []
        if not is_reading:
            self._keepalive.heard(now)
        if self._keepalive.seconds_left(now) > 0:
            return []
        if self._keepalive.is_waiting:
            self._close(DisconnectReasonCode.KEEP_ALIVE_TIMEOUT)
            return [BrokerSilent(self._answer_seconds)]
        self._keepalive.pinged(now)
        self._out.append(mqtt5.PingReqPacket().write())
        return []

    def seconds_to_tick(self, now: float) -> float:
        """Tell when `tick` next has something to do."""
        return self._keepalive.seconds_left(now)

    def data_to_send(self, now: float) -> bytes:
        """Return what is to be sent, once."""
        if not self._out:
            return b""
        data = b"".join(self._out)
        self._out.clear()
        self._keepalive.spoke(now)
        return data

    # -- what the broker sends ----------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take bytes, cut anywhere. Each event is told once; after one that ends the connection nothing follows."""
        if not self._is_open():
            return []
        self._keepalive.heard(now)
        packets, wrong = self._reader.feed(data)
        events: list[Event] = []
        try:
            for packet in packets:
                if type(packet) is mqtt5.PublishPacket and self.state is State.CONNECTED:
                    events.append(self._message(packet, now))
                else:
                    events += self._take(packet)
                    if not self._is_open():
                        return events
            if wrong is not None:
                raise wrong
        except Violated as error:
            self._close(error.code)
            events.append(Violation(error.code.value, error.why))
        return events

    def _message(self, packet: mqtt5.PublishPacket, now: float) -> Message:
        message = message_of(packet, now)
        if message.qos:
            code = DisconnectReasonCode
            if message.mid in self._receiving:
                violated(code.PROTOCOL_ERROR, f"the packet id {message.mid} for two messages at once")
            if len(self._receiving) >= MAX_UNACKNOWLEDGED:
                violated(code.RECEIVE_MAX_EXCEEDED, f"more than {MAX_UNACKNOWLEDGED} unacknowledged messages")
            self._receiving.add(message.mid)
        return message

    def _take(self, packet: mqtt5.Packet) -> list[Event]:
        match packet:
            case mqtt5.ConnAckPacket() if self.state is State.CONNECTING:
                return self._connack(packet)
            case _ if self.state is State.CONNECTING:
                pass
            case mqtt5.PubAckPacket():
                return self._puback(packet)
            case mqtt5.SubAckPacket() if packet.packet_id in self._subscribing and len(packet.reason_codes) == 1:
                self._subscribing.remove(packet.packet_id)
                code = packet.reason_codes[0]
                return [Subscribed(packet.packet_id, code.value, refusal_of(code, packet.reason_str))]
            case mqtt5.PingRespPacket():
                return []
            case mqtt5.DisconnectPacket():
                self.state = State.CLOSED
                return [Disconnected(packet.reason_code.value, words_of(packet.reason_code, packet.reason_str))]
            case _:
                pass
        name = type(packet).__name__.removesuffix("Packet")
        return violated(
            DisconnectReasonCode.PROTOCOL_ERROR, f"an unexpected {name} packet while {self.state.name.lower()}"
        )

    def _connack(self, packet: mqtt5.ConnAckPacket) -> list[Event]:
        code = packet.reason_code
        if code.value >= FAILURE:
            self.state = State.CLOSED
            return [Refused(code.value, words_of(code, packet.reason_str))]
        if packet.session_present and self._is_clean:
            violated(DisconnectReasonCode.PROTOCOL_ERROR, "an old session where we asked for a new one")
        self.state = State.CONNECTED
        self._limits = limits = Limits(packet)
        self._keepalive.interval_seconds = limits.keepalive_seconds(self._keepalive_seconds)
        connected = Connected(
            packet.session_present,
            self._keepalive.interval_seconds,
            limits.client_id(self._client_id),
            limits.session_expiry_seconds(self._session_expiry),
        )
        return [connected, *self._resume(is_present=packet.session_present)]

    def _resume(self, *, is_present: bool) -> list[Event]:
        """Send again, in order, what the broker had not answered; with a lost session it is forgotten (section 4.1)."""
        if not self._sending:
            return []
        if not is_present:
            return [Forgotten(self._sending.forget())]
        self._sending.send_again()
        self._send_what_may_be_sent()
        return []

    def _puback(self, packet: mqtt5.PubAckPacket) -> list[Event]:
        packet_id, code = packet.packet_id, packet.reason_code
        if not self._sending.answered(packet_id):
            violated(DisconnectReasonCode.PROTOCOL_ERROR, f"a PubAck for {packet_id}, which we have not sent")
        self._send_what_may_be_sent()
        return [Published(packet_id, code.value, refusal_of(code, packet.reason_str))]

    # -- helpers ------------------------------------------------------------------------------------------------

    def _is_open(self) -> bool:
        return self.state in (State.CONNECTING, State.CONNECTED)

    def _must_be_connected(self) -> None:
        if self.state is not State.CONNECTED:
            raise Misuse(f"a command to a session that is {self.state.name.lower()}")

    def _send_what_may_be_sent(self) -> None:
        self._out += self._sending.sendable(self._limits.receive_maximum)

    def _close(self, code: DisconnectReasonCode) -> None:
        if self.state is State.CONNECTED:  # before CONNACK a client has nothing to say (section 4.13)
            self._out.append(mqtt5.DisconnectPacket(reason_code=code).write())
        self.state = State.CLOSED
