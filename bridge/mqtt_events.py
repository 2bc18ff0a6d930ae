"""What an MQTT session can report, as values, and the two kinds of mistake: the broker's and ours. Imports nothing."""

from enum import Enum, auto
from typing import NamedTuple


class State(Enum):
    """Where a session is."""

    NEW = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    CLOSED = auto()


class Connected(NamedTuple):
    """The broker has accepted us."""

    session_present: bool
    keepalive_seconds: float
    client_id: str
    session_expiry_seconds: int


class Refused(NamedTuple):
    """The broker has refused us (CONNACK of 0x80 or more); the connection is over."""

    code: int
    why: str


class Subscribed(NamedTuple):
    """The answer to a SUBSCRIBE; `why` is None where it was granted."""

    packet_id: int
    code: int
    why: str | None


class Published(NamedTuple):
    """The answer to a PUBLISH of ours; `why` is None where the broker took it."""

    packet_id: int
    code: int
    why: str | None


class Forgotten(NamedTuple):
    """The broker has lost our session, and with it these publishes of ours that it had not answered."""

    packet_ids: list[int]


class Disconnected(NamedTuple):
    """The broker has said goodbye; the connection is over."""

    code: int
    why: str


class Violation(NamedTuple):
    """The broker has broken MQTT: it is told so by a DISCONNECT with this code, and the connection is over."""

    code: int
    why: str


class BrokerSilent(NamedTuple):
    """The broker has not answered a ping in time; the connection is over."""

    seconds: float


class Misuse(RuntimeError):  # not a HomeGuardError: nobody but a developer can act
    """We asked a session for what its state does not allow: a mistake of ours."""
