"""MQTT packets as bytes (MQTT 5.0 section 2): where one ends, what is in it, and what is wrong with it."""

from typing import Final, NoReturn

import mqtt5
from mqtt5 import ConnAckReasonCode, DisconnectReasonCode, PubAckReasonCode, QoS, SubAckReasonCode

from bridge.link import MAXIMUM_PACKET_BYTES, RECEIVE_MAXIMUM, Message, Will

SHORT_HEADER: Final = 2  # bytes: type and flags, and a remaining length below 128
LONGEST_LENGTH: Final = 4  # bytes that a remaining length may take
FAILURE: Final = 0x80  # reason codes from here on say no (section 2.4)

# The codec's enumerations are no IntEnum, whatever its stubs say: no order, no hash, and every one of them is true.
# Compare them with `==`, and take `.value` for the number.


class Violated(Exception):
    """Carries a violation from where it is found to where the connection ends."""

    def __init__(self, code: DisconnectReasonCode, why: str) -> None:
        """Take what the broker is told, and what we are told."""
        super().__init__(why)
        self.code = code
        self.why = why


def violated(code: DisconnectReasonCode, what: str) -> NoReturn:
    """End the connection for what the broker has done.

    Raises:
        Violated: always.
    """
    raise Violated(code, f"it breaks MQTT: {what}")


def hello(
    client_id: str,
    username: str | None,
    password: str | None,
    will: Will | None,
    *,
    is_clean: bool,
    keepalive_seconds: int,
    session_expiry_seconds: int,
) -> bytes:
    """Write our CONNECT: who we are and what we can take (section 3.1)."""
    return mqtt5.ConnectPacket(
        client_id,
        username=username,
        password=None if password is None else password.encode(),
        clean_start=is_clean,
        will=mqtt5.Will(will.topic, payload=will.payload, qos=QoS.AT_LEAST_ONCE, retain=True) if will else None,
        keep_alive=keepalive_seconds,
        session_expiry_interval=session_expiry_seconds,
        receive_max=RECEIVE_MAXIMUM,
        topic_alias_max=0,
        max_packet_size=MAXIMUM_PACKET_BYTES,
    ).write()


def message_of(packet: mqtt5.PublishPacket, now: float) -> Message:
    """Make a message of a PUBLISH as we allow it: under QoS 0 or 1, without a topic alias.

    Raises:
        Violated: it is another.
    """
    packet_id = packet.packet_id
    if packet_id is not None and packet.qos == QoS.EXACTLY_ONCE:
        violated(DisconnectReasonCode.PROTOCOL_ERROR, "a message under QoS 2, and we subscribe under QoS 1")
    if packet_id == 0:
        violated(DisconnectReasonCode.PROTOCOL_ERROR, "a message under QoS 1 with the packet id 0")
    topic = packet.topic
    if not topic or packet.topic_alias is not None:
        violated(DisconnectReasonCode.TOPIC_ALIAS_INVALID, "a topic alias, and we allow none")
    return Message(
        topic,
        packet.payload,
        0 if packet_id is None else 1,
        packet.retain,
        packet.duplicate,
        packet_id or 0,
        now,
        packet.response_topic,
        packet.correlation_data,
    )


class Reader:
    """Cuts the bytes of one connection into packets."""

    def __init__(self) -> None:
        """Begin where the connection begins."""
        self._partial = bytearray()
        self._needed = SHORT_HEADER  # bytes that must be there before it is worth looking again

    def feed(self, data: bytes) -> tuple[list[mqtt5.Packet], Violated | None]:
        """Take bytes, cut anywhere; returns the packets that are whole now, and what is wrong after them."""
        if self._partial:
            self._partial += data
            if len(self._partial) < self._needed:
                return [], None
            data = bytes(self._partial)
        packets: list[mqtt5.Packet] = []
        try:
            used = self._read(data, packets)
        except Violated as error:
            return packets, error
        self._partial = bytearray(data[used:])
        return packets, None

    def _read(self, data: bytes, packets: list[mqtt5.Packet]) -> int:
        """Read every whole packet; returns the bytes of them."""
        view = memoryview(data)
        end = len(data)
        at = 0
        self._needed = SHORT_HEADER
        while end - at >= SHORT_HEADER:
            size = SHORT_HEADER + data[at + 1]
            if size >= SHORT_HEADER + 0x80:
                size = _long_size(data, at)
            if size == 0 or at + size > end:
                self._needed = size
                break
            packets.append(_decoded(view[at : at + size]))
            at += size
        return at


def _long_size(data: bytes, at: int) -> int:
    """Tell the bytes of the packet at `at`, whose length takes more than one; 0 where that is not all there yet."""
    length = 0
    for place in range(LONGEST_LENGTH):
        if at + 1 + place >= len(data):
            return 0
        byte = data[at + 1 + place]
        length |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return _checked_size(SHORT_HEADER + place + length)
    violated(DisconnectReasonCode.MALFORMED_PACKET, "a packet whose length takes more than four bytes")


def _checked_size(size: int) -> int:
    if size > MAXIMUM_PACKET_BYTES:
        what = f"a packet of {size} bytes, more than {MAXIMUM_PACKET_BYTES}"
        violated(DisconnectReasonCode.PACKET_TOO_LARGE, what)
    return size


def _decoded(packet: memoryview) -> mqtt5.Packet:
    """Read one whole packet.

    The codec is given no byte more, so that what it says cannot depend on how the bytes were cut. On text that is
    not UTF-8 it panics (0.8.0), which is no `Exception` and has no name to import.
    """
    try:
        return mqtt5.read(packet)[0]
    except (ValueError, IndexError) as error:
        what = str(error)
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        what = "text that is not UTF-8"
    violated(DisconnectReasonCode.MALFORMED_PACKET, f"a malformed packet of type {packet[0] >> 4}: {what}")


def words_of(
    code: ConnAckReasonCode | DisconnectReasonCode | SubAckReasonCode | PubAckReasonCode, more: str | None
) -> str:
    """Say a reason code in words, with what the broker added."""
    words = code.name.replace("_", " ").capitalize()
    return f"{words} ({more})" if more else words


def refusal_of(code: SubAckReasonCode | PubAckReasonCode, more: str | None) -> str | None:
    """Say it in words where the code says no."""
    return words_of(code, more) if code.value >= FAILURE else None
