"""What happens in a home, as frozen values, and how an event is written for a screen (DESIGN 4.3)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson

from homeguard.errors import BadInput

MAX_PAYLOAD_BYTES: Final = 64 * 1024  # the limit of one WebSocket frame too, so what is stored can be shown
MAX_REASON: Final = 500  # characters; what a toast and a push message can still show
MAX_NAME: Final = 100  # characters, of a name, kind or firmware version
MAX_ID: Final = 128  # characters, of a publisher's own id
MAX_DEVICE_ID: Final = 64  # characters; see homeguard.topics
MAX_BOOT: Final = 64  # characters, of the name of a numbering: room for a UUID and more
MAX_NUMBER: Final = 2**53 - 1  # the largest integer that every JSON reader keeps exactly (RFC 8259 section 6)
RAISED_BY: Final = "raised_by"  # set in an alert that HomeGuard itself raises; not believed in a payload

JsonObject = dict[str, Any]


class Channel(StrEnum):
    """What a subscriber chooses between."""

    ALERTS = "alerts"
    DEVICES = "devices"


def listed(channels: Collection[Channel]) -> list[Channel]:
    """Return the channels in the one order in which they are written."""
    return [channel for channel in Channel if channel in channels]


class EventType(StrEnum):
    """The journalled frames of DESIGN 4.3."""

    NEW_ALERT = "new_alert"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    DEVICE_UPDATE = "device_update"
    DEVICE_REMOVED = "device_removed"


class Severity(StrEnum):
    """How bad an alert is, rising."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Status(StrEnum):
    """Whether a device is there."""

    ONLINE = "online"
    OFFLINE = "offline"


class StatusReason(StrEnum):
    """Why a device is offline."""

    SAID = "said"
    LAST_WILL = "last_will"
    SILENT = "silent"
    KICKED = "kicked"
    BLOCKED = "blocked"


class ReportState(StrEnum):
    """What an enforcer says of a block (DESIGN 4.1)."""

    ENFORCED = "enforced"
    RELEASED = "released"
    FAILED = "failed"
    NOT_IN_PATH = "not_in_path"
    UNAVAILABLE = "unavailable"


class Event(NamedTuple):
    """One line of the journal, ready to be shown.

    `seq` rises over all channels and is never reused; `prev` is the `seq` before it on the same channel;
    `body` is the JSON text of `data`.
    """

    seq: int
    prev: int
    channel: Channel
    type: EventType
    id: str
    at: str
    body: str

    def to_json(self) -> str:
        """Write the envelope that the WebSocket, `GET /api/events` and replay share."""
        return (
            f'{{"type":"{self.type}","channel":"{self.channel}","seq":{self.seq},"prev":{self.prev},'
            f'"id":"{self.id}","at":"{self.at}","data":{self.body}}}'
        )


class AlertNumber(NamedTuple):
    """The place that a publisher gave an alert: the `seq`-th of its numbering `boot`."""

    sender: str
    boot: str
    seq: int


class Alert(NamedTuple):
    """An alert as decoded; `message_id` is the publisher's own id, `verified` says that the topic proves the sender.

    `body` is `data` as JSON text, where it is written already; `number` is set where the publisher counts its alerts.
    """

    device_id: str
    reason: str
    severity: Severity
    verified: bool
    data: JsonObject
    message_id: str | None = None
    body: str | None = None
    number: AlertNumber | None = None

    @property
    def sender(self) -> str:
        """Tell whose `message_id` it is."""
        return sender_of(self.device_id, verified=self.verified)


def sender_of(device_id: str, *, verified: bool) -> str:
    """Name who owns ids and numbers: a claimed sender shares neither with the proven one."""
    return f"{'device' if verified else 'claimed'}:{device_id}"


@dataclass(frozen=True, slots=True)
class DeviceUpdate:
    """Changes of one device; `changes` holds only the fields that were sent."""

    device_id: str
    changes: JsonObject
    verified: bool


@dataclass(frozen=True, slots=True)
class Availability:
    """A device came or went, by its own word, its last will or an enforcer's; `reason` where that was said too."""

    device_id: str
    status: Status
    reason: StatusReason | None = None


@dataclass(frozen=True, slots=True)
class BlockReport:
    """What one enforcer found really in force for one device; `command_id` names the wish it answers.

    `drifted` says what it found otherwise than wished, by somebody else's hand, before it repaired it.
    """

    device_id: str
    enforcer: str
    state: ReportState
    took_ms: float | None = None
    detail: str | None = None
    command_id: str | None = None
    drifted: str | None = None


@dataclass(frozen=True, slots=True)
class EnforcerPresence:
    """An enforcer came or went, by its own word or its last will; `is_online` is None where it is to be forgotten."""

    enforcer: str
    is_online: bool | None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody on the network, whether or not they speak MQTT, as the enforcer on the gateway sees them."""

    seen_by: str
    mac: str
    ips: tuple[str, ...]
    vendor: str | None = None
    is_randomised: bool = False


Decoded = Alert | DeviceUpdate | Availability | BlockReport | EnforcerPresence | Neighbour


def to_json(value: Mapping[str, Any] | list[Any]) -> str:
    """Write JSON text, compact; what cannot be written is the sender's.

    Raises:
        BadInput: nested deeper than can be written again.
    """
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        raise BadInput(f"cannot be kept: {error}") from error
