"""The MQTT topics of HomeGuard: each is parsed to, and formatted from, one frozen value (DESIGN 4.1)."""

import re
from dataclasses import dataclass
from typing import Final

from homeguard.errors import BadInput

HOMEGUARD_ID: Final = "homeguard"  # who HomeGuard itself is in an alert; no device has this id
DEVICE_ID_PATTERN: Final = r"[a-z0-9][a-z0-9_-]{0,63}"
_DEVICE_ID: Final = re.compile(DEVICE_ID_PATTERN)
_PREFIX: Final = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


def is_device_id(text: str) -> bool:
    """Say whether a text may name a device: it is also one level of a topic, so no `/ + # %`, no upper case."""
    return _DEVICE_ID.fullmatch(text) is not None


def checked_device_id(text: object, *, field: str = "device_id") -> str:
    """Return the id as it is.

    Raises:
        BadInput: it is not 1 to 64 of a-z, 0-9, `_` and `-`, beginning with a letter or digit.
    """
    if not isinstance(text, str) or not is_device_id(text):
        shown = repr(text) if not isinstance(text, str) else repr(text[:80])
        shown = shown if len(shown) <= 100 else shown[:100] + "…"
        raise BadInput(
            f"{shown} is not a device id: 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter or digit",
            field=field,
        )
    return text


@dataclass(frozen=True, slots=True)
class AlertsTopic:
    """`alerts` (sender not proven) or `alerts/{device_id}` (that device only, by the broker's rules)."""

    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class DevicesTopic:
    """`devices` (sender not proven) or `devices/{device_id}` (that device only)."""

    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class AvailabilityTopic:
    """`devices/{device_id}/availability`: retained `online` or `offline`, also the device's last will."""

    device_id: str


@dataclass(frozen=True, slots=True)
class BlockTopic:
    """`blocks/{device_id}`: the wished block, retained, published by HomeGuard."""

    device_id: str


@dataclass(frozen=True, slots=True)
class BlockReportTopic:
    """`blocks/{device_id}/report/{enforcer}`: what an enforcer found really in force."""

    device_id: str
    enforcer: str


@dataclass(frozen=True, slots=True)
class WishesTopic:
    """`blocks`: retained, how many devices are wished blocked: an enforcer that has heard fewer has not heard all."""


@dataclass(frozen=True, slots=True)
class EnforcerTopic:
    """`enforcers/{name}`: retained, an enforcer's presence and last will."""

    name: str


@dataclass(frozen=True, slots=True)
class NeighboursTopic:
    """`neighbours/{name}`: whom an enforcer sees on the network."""

    name: str


@dataclass(frozen=True, slots=True)
class BridgeStateTopic:
    """`bridge/state`: retained, HomeGuard's own presence and last will."""


@dataclass(frozen=True, slots=True)
class RepliesTopic:
    """`replies/{name}`: where a publisher may ask to be told of the proof of storage."""

    name: str


Topic = (
    AlertsTopic
    | DevicesTopic
    | AvailabilityTopic
    | WishesTopic
    | BlockTopic
    | BlockReportTopic
    | EnforcerTopic
    | NeighboursTopic
    | BridgeStateTopic
    | RepliesTopic
)


class Topics:
    """The topics below one prefix; parse and format undo each other."""

    def __init__(self, prefix: str = "homeguard") -> None:
        """Take the prefix: one or more levels of letters, digits, `_` and `-`.

        Raises:
            BadInput: the prefix has another character, or an empty level.
        """
        if _PREFIX.fullmatch(prefix) is None:
            raise BadInput(f"{prefix!r} cannot begin a topic: levels of A-Z, a-z, 0-9, '_' and '-', joined by '/'")
        self.prefix = prefix

    @property
    def everything(self) -> str:
        """The filter that matches every topic of HomeGuard."""
        return f"{self.prefix}/#"

    def format(self, topic: Topic) -> str:
        """Write a topic as MQTT carries it."""
        match topic:
            case AlertsTopic(None):
                rest = "alerts"
            case AlertsTopic(device_id):
                rest = f"alerts/{device_id}"
            case DevicesTopic(None):
                rest = "devices"
            case DevicesTopic(device_id):
                rest = f"devices/{device_id}"
            case AvailabilityTopic(device_id):
                rest = f"devices/{device_id}/availability"
            case WishesTopic():
                rest = "blocks"
            case BlockTopic(device_id):
                rest = f"blocks/{device_id}"
            case BlockReportTopic(device_id, enforcer):
                rest = f"blocks/{device_id}/report/{enforcer}"
            case EnforcerTopic(name):
                rest = f"enforcers/{name}"
            case NeighboursTopic(name):
                rest = f"neighbours/{name}"
            case BridgeStateTopic():
                rest = "bridge/state"
            case RepliesTopic(name):
                rest = f"replies/{name}"
        return f"{self.prefix}/{rest}"

    def parse(self, text: str) -> Topic:
        """Read a topic as MQTT carried it.

        Raises:
            BadInput: it is none of HomeGuard's, or names no possible device.
        """
        below = text.removeprefix(self.prefix + "/")
        match below.split("/") if below != text else []:
            case ["alerts"]:
                return AlertsTopic()
            case ["alerts", device_id]:
                return AlertsTopic(_device_level(device_id, text))
            case ["devices"]:
                return DevicesTopic()
            case ["devices", device_id]:
                return DevicesTopic(_device_level(device_id, text))
            case ["devices", device_id, "availability"]:
                return AvailabilityTopic(_device_level(device_id, text))
            case ["blocks"]:
                return WishesTopic()
            case ["blocks", device_id]:
                return BlockTopic(_device_level(device_id, text))
            case ["blocks", device_id, "report", enforcer]:
                return BlockReportTopic(_device_level(device_id, text), _topic_level(enforcer, text))
            case ["enforcers", name]:
                return EnforcerTopic(_topic_level(name, text))
            case ["neighbours", name]:
                return NeighboursTopic(_topic_level(name, text))
            case ["bridge", "state"]:
                return BridgeStateTopic()
            case ["replies", *names] if names and all(names):
                return RepliesTopic("/".join(names))
        raise BadInput(f"unknown topic {text[:200]!r}", field="topic")

    def reply_target(self, text: str) -> str:
        """Return a Response Topic (MQTT 5.0 section 4.10) that the bridge may answer to.

        The bridge publishes with more rights than its publishers have, so it must not be talked into
        publishing where they may not: below the prefix only `replies/…`, and never to `$…`.

        Raises:
            BadInput: the topic is not one that a publisher may choose.
        """
        own = text == self.prefix or text.startswith(self.prefix + "/")
        is_reply = text.startswith(f"{self.prefix}/replies/") and len(text) > len(self.prefix) + len("/replies/")
        if not text or text.startswith("$") or (own and not is_reply) or any(c in text for c in "+#\0"):
            raise BadInput(
                f"the Response Topic must lie below {self.prefix}/replies/ or outside {self.prefix}/: {text[:200]!r}",
                field="response_topic",
            )
        return text


def _device_level(level: str, topic: str) -> str:
    if level == HOMEGUARD_ID:
        raise BadInput(f"{level!r} in topic {topic[:200]!r} is HomeGuard itself; no device has this id", field="topic")
    return _topic_level(level, topic)


def _topic_level(level: str, topic: str) -> str:
    if not is_device_id(level):
        raise BadInput(f"{level[:80]!r} in topic {topic[:200]!r} is not a device id", field="topic")
    return level
