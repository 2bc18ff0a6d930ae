"""What the broker has said in its CONNACK (MQTT 5.0 section 3.2.2.3), held against what we wish and would send."""

import math

import mqtt5
from mqtt5 import QoS

from bridge.link import PublishRefused


class Limits:
    """The limits of one connection; without a CONNACK those that hold where the broker names none."""

    def __init__(self, connack: mqtt5.ConnAckPacket | None = None) -> None:
        """Take the broker's answer."""
        self._said = connack or mqtt5.ConnAckPacket()

    @property
    def receive_maximum(self) -> int:
        """How many PUBLISH packets of ours it takes before it has answered (section 4.9)."""
        return self._said.receive_max

    def keepalive_seconds(self, wished: float) -> float:
        """Return the seconds of silence that it allows, at most those wished for."""
        return min(wished, self._said.server_keep_alive or math.inf)

    def session_expiry_seconds(self, wished: int) -> int:
        """Return for how long it keeps our session."""
        said = self._said.session_expiry_interval
        return wished if said is None else said

    def client_id(self, ours: str) -> str:
        """Return what it calls us."""
        return self._said.assigned_client_id or ours

    def require_qos_1(self, topic: str) -> None:
        """Refuse what it would take under QoS 0 only.

        Raises:
            PublishRefused: it has said so.
        """
        if self._said.max_qos == QoS.AT_MOST_ONCE:
            raise PublishRefused(f"the broker takes QoS 0 only; {topic} needs QoS 1")

    def written(self, packet: mqtt5.PublishPacket) -> bytes:
        """Write a PUBLISH that it takes.

        Raises:
            PublishRefused: it has said that it takes nothing like it.
        """
        if packet.retain and not self._said.retain_available:
            raise PublishRefused(f"the broker keeps no retained messages; {packet.topic} needs it")
        data = packet.write()
        most = self._said.max_packet_size or math.inf
        if len(data) > most:
            raise PublishRefused(f"the broker takes packets of {most} bytes, {packet.topic} would have {len(data)}")
        return data
