"""MQTT packets as bytes (MQTT 5.0 section 2): where one ends, what is in it, and what is wrong with it."""

from typing import Final, NoReturn

import mqtt5
from mqtt5 import ConnAckReasonCode, DisconnectReasonCode, PubAckReasonCode, SubAckReasonCode

from bridge.link import MAXIMUM_PACKET_BYTES

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


def long_size(data: bytes, at: int) -> int:
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


def decoded(packet: memoryview) -> mqtt5.Packet:
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
