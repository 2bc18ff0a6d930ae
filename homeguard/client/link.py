"""What the two links of a device share: the values, the errors, the limits, and what they read of the MQTT library."""

import ssl
from dataclasses import dataclass
from typing import Final

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from homeguard.errors import HomeGuardError, Unavailable

CONNECT_SECONDS: Final = 4.0  # for TCP; a thread that cannot be interrupted waits for it
ANSWER_SECONDS: Final = 10.0  # for CONNACK, SUBACK and PUBACK
GOODBYE_SECONDS: Final = 2.0  # for a clean end; afterwards the socket is cut
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
class Said:
    """One message to the broker, under QoS 1."""

    topic: str
    payload: bytes
    retain: bool = False
    response_topic: str | None = None
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One message from the broker."""

    topic: str
    payload: bytes
    correlation: bytes | None = None


def publish_properties(said: Said) -> Properties:
    """Write what asks for the proof of storage as the MQTT library wants it."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if said.response_topic is not None:
        properties.ResponseTopic = said.response_topic
    if said.correlation is not None:
        properties.CorrelationData = said.correlation
    return properties


def read_message(topic: str, payload: object, properties: Properties | None) -> Heard:
    """Read a message of the MQTT library."""
    content = bytes(payload) if isinstance(payload, bytes | bytearray) else b""
    return Heard(topic, content, getattr(properties, "CorrelationData", None))


def let_in_refused(code: object) -> Refused:
    """Make the error of a connection that the broker does not want."""
    return Refused(f"the broker refuses the connection: {code}")


def publish_refused(topic: str, code: object) -> Refused:
    """Make the error of a message that the broker does not take."""
    return Refused(f"the broker refuses to take messages on {topic}: {code}")


def subscription_refused(topic_filter: str, code: object) -> Refused:
    """Make the error of a subscription that the broker does not grant."""
    return Refused(f"the broker refuses the subscription to {topic_filter}: {code}")


def lost(code: object) -> Unavailable:
    """Make the error of a lost connection, with the broker's farewell (MQTT 5.0 section 3.14.2.1) if it said one.

    Such a farewell is, for example, that another client took the session.
    """
    if isinstance(code, ReasonCode) and code.value > UNSPECIFIED:
        return Unavailable("the broker", f"it ended the connection: {code}")
    return Unavailable("the broker", "the connection was lost")
