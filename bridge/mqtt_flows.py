"""The two flows of QoS 1 in an MQTT session: what we have sent, and what we have received (MQTT 5.0 section 4.3.2)."""

from collections import deque
from collections.abc import Container, Iterable
from typing import Final

from bridge.mqtt_events import Misuse

DUP: Final = 0x08  # the flag of a PUBLISH that is sent again (section 3.3.1.1)
MAX_PACKET_ID: Final = 65_535
MAX_SENDING: Final = 1_000  # of ours, sent or held back: the outbox has one under way, so more is a mistake


class PacketIds:
    """Packet ids of ours, given out in turn (section 2.2.1)."""

    def __init__(self) -> None:
        """Begin with 1."""
        self._last = 0

    def next(self, *in_use: Container[int]) -> int:
        """Return the next one that is not in use."""
        while True:
            self._last = self._last % MAX_PACKET_ID + 1
            if not any(self._last in used for used in in_use):
                return self._last


class Sending:
    """PUBLISH packets of ours until they are answered, in their order, as many at once as the broker allows."""

    def __init__(self) -> None:
        """Begin with none."""
        self._packets: dict[int, bytes] = {}
        self._held: deque[int] = deque()

    def __contains__(self, packet_id: object) -> bool:
        """Say whether this packet id is in use."""
        return packet_id in self._packets

    def __len__(self) -> int:
        """Tell how many are not answered, sent or not."""
        return len(self._packets)

    def add(self, packet_id: int, packet: bytes) -> None:
        """Take one more; `sendable` returns it when its turn has come.

        Raises:
            Misuse: too many wait.
        """
        if len(self._packets) >= MAX_SENDING:
            raise Misuse(f"{MAX_SENDING} publishes wait for the broker already")
        self._packets[packet_id] = packet
        self._held.append(packet_id)

    def sendable(self, receive_maximum: int) -> list[bytes]:
        """Return, once, those that may be sent now (section 4.9)."""
        room = receive_maximum - (len(self._packets) - len(self._held))
        return [self._packets[self._held.popleft()] for _ in range(min(room, len(self._held)))]

    def answered(self, packet_id: int) -> bool:
        """Forget one; says whether it was sent at all."""
        if packet_id not in self._packets or packet_id in self._held:
            return False
        del self._packets[packet_id]
        return True

    def send_again(self) -> None:
        """Begin again on a new connection of the same session: what was sent is marked so (section 4.4)."""
        held = set(self._held)
        for packet_id, packet in self._packets.items():
            if packet_id not in held:
                self._packets[packet_id] = bytes([packet[0] | DUP]) + packet[1:]
        self._held = deque(self._packets)

    def forget(self) -> list[int]:
        """Forget all; returns their packet ids."""
        forgotten = list(self._packets)
        self._packets.clear()
        self._held.clear()
        return forgotten


class Receiving:
    """Packet ids of theirs until they are acknowledged, which happens in the order of their arrival (section 4.6)."""

    def __init__(self) -> None:
        """Begin with none, as every connection does."""
        self._is_told: dict[int, bool] = {}

    def __contains__(self, packet_id: int) -> bool:
        """Say whether this packet id waits for us."""
        return packet_id in self._is_told

    def __len__(self) -> int:
        """Tell how many wait for us."""
        return len(self._is_told)

    def add(self, packet_id: int) -> None:
        """Take one more."""
        self._is_told[packet_id] = False

    def acknowledge(self, packet_ids: Iterable[int]) -> list[int]:
        """Note that these may be acknowledged; returns those whose turn it is.

        Raises:
            Misuse: one does not wait.
        """
        is_told = self._is_told
        for packet_id in packet_ids:
            if packet_id not in is_told:
                raise Misuse(f"acknowledge of {packet_id}, which does not wait for it")
            is_told[packet_id] = True
        ready = []
        for packet_id, told in is_told.items():
            if not told:
                break
            ready.append(packet_id)
        for packet_id in ready:
            del is_told[packet_id]
        return ready
