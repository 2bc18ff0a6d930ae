"""What the two links to the broker share: the interface, the values, the errors and the limits."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from bridge.address import Address
from homeguard.errors import HomeGuardError, Unavailable

RECEIVE_MAXIMUM: Final = 500  # QoS 1 messages the broker may have in flight to us: what one batch can hold
SESSION_EXPIRY_SECONDS: Final = 7 * 24 * 3600  # the broker keeps our session over a week of absence
MAXIMUM_PACKET_BYTES: Final = 1024 * 1024  # beyond this the broker drops it; below, we can say what was wrong
KEEPALIVE_SECONDS: Final = 20  # a dead broker is noticed within one and a half times this
TIMEOUT_SECONDS: Final = 10  # for each answer of the broker


class BrokerUnavailable(Unavailable):
    """The broker cannot be reached, does not answer, or does not let us."""

    def __init__(self, why: str) -> None:
        super().__init__("the broker", why)


class PublishRefused(HomeGuardError):
    """A publish that the broker does not take: it said no (a reason code of 0x80 or more), or its limits say so."""


class Message(NamedTuple):
    """One MQTT message as it came; `mid` is its packet id (0 under QoS 0), `is_resend` its DUP flag.

    A named tuple and not a dataclass: one is made for every message, and it is made four times as fast.
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool
    is_resend: bool
    mid: int
    received_at: float
    response_topic: str | None = None
    correlation_data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us when we are gone, retained, under QoS 1."""

    topic: str
    payload: bytes


class Link(Protocol):
    """One living connection to the broker; nothing is acknowledged before `acknowledge`."""

    session_present: bool

    async def subscribe(self, topic_filter: str) -> None:
        """Subscribe under QoS 1; retained messages come only where the session is new.

        Raises:
            BrokerUnavailable: the broker refuses or does not answer.
        """

    async def receive(self, limit: int) -> list[Message]:
        """Wait for messages and take at most `limit` of them; none once `stop_receiving` was called.

        Raises:
            BrokerUnavailable: the connection is lost; what was not acknowledged will come again.
        """

    def stop_receiving(self) -> None:
        """Let `receive` return nothing more; the rest stays with the broker."""

    async def wait_lost(self) -> None:
        """Return when the connection is lost."""

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Acknowledge in order (MQTT 5.0 section 4.6). On a lost connection nothing happens: they come again."""

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish under QoS 1 and wait for the broker's acknowledgement.

        A publish whose connection ends before that is not sent again by the link: whoever published knows
        that it failed, and the outbox, which outlives this process too, is the one that repeats.

        Raises:
            PublishRefused: the broker said no.
            BrokerUnavailable: it said nothing.
        """

    def publish_unsafe(self, topic: str, payload: bytes, correlation_data: bytes | None = None) -> None:
        """Publish under QoS 0 without waiting: for answers whose asker asks again."""


Connect = Callable[[Address, Will | None], AbstractAsyncContextManager[Link]]
