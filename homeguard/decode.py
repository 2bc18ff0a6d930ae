"""Reads what publishers send: strict where a field is known, whole where it is not (DESIGN 4.2)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NoReturn

from homeguard.clock import to_rfc3339
from homeguard.enforcement import read_neighbour, read_presence
from homeguard.errors import BadInput, Spoofed
from homeguard.events import (
    MAX_BOOT,
    MAX_DEVICE_ID,
    MAX_ID,
    MAX_NAME,
    MAX_NUMBER,
    MAX_PAYLOAD_BYTES,
    MAX_REASON,
    RAISED_BY,
    Alert,
    AlertNumber,
    Availability,
    BlockReport,
    Decoded,
    DeviceUpdate,
    EnforcerPresence,
    EventType,
    JsonObject,
    ReportState,
    Severity,
    Status,
    StatusReason,
    sender_of,
    to_json,
)
from homeguard.fields import (
    kind_of,
    read_choice,
    read_ip,
    read_json_object,
    read_mac,
    read_object,
    read_text,
    read_time,
    shown,
)
from homeguard.topics import (
    HOMEGUARD_ID,
    AlertsTopic,
    AvailabilityTopic,
    BlockReportTopic,
    DevicesTopic,
    EnforcerTopic,
    NeighboursTopic,
    checked_device_id,
    is_device_id,
)

PublisherTopic = AlertsTopic | DevicesTopic | AvailabilityTopic | BlockReportTopic | EnforcerTopic | NeighboursTopic


def decode(topic: PublisherTopic, payload: bytes) -> Decoded:
    """Read what a publisher sent to one of the topics that publishers use.

    Raises:
        BadInput: with the field that is wrong and what it should be.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BadInput(f"the payload has {len(payload)} bytes, more than {MAX_PAYLOAD_BYTES}")
    match topic:
        case AlertsTopic(device_id):
            return _alert(_unwrap(read_json_object(payload), EventType.NEW_ALERT), device_id)
        case DevicesTopic(device_id):
            return _device_update(_unwrap(read_json_object(payload), EventType.DEVICE_UPDATE), device_id)
        case AvailabilityTopic(device_id):
            return _availability(device_id, payload)
        case BlockReportTopic(device_id, enforcer):
            return _block_report(read_json_object(payload), device_id, enforcer)
        case EnforcerTopic(name):
            if not payload:  # cleared: whoever it was will not come back
                return EnforcerPresence(name, None)
            return read_presence(read_json_object(payload), name)
        case NeighboursTopic(name):
            return read_neighbour(read_json_object(payload), name)


def _unwrap(value: JsonObject, expected: EventType) -> JsonObject:
    """Take the inside of `{"type": …, "data": {…}}`, which is accepted too."""
    inner = value.get("data")
    if "type" not in value or not isinstance(inner, dict):
        return value
    if value["type"] != expected:
        raise BadInput(f"this topic takes {expected.value!r}, not {shown(value['type'])}", field="type")
    return inner


@lru_cache(4096)  # a home has some devices, and asks for each of them again and again
def _is_device_id(text: str) -> bool:
    return is_device_id(text) and text != HOMEGUARD_ID


def _sender(value: JsonObject, name: str, topic_device_id: str | None) -> str:
    """Tell whom a payload is about; where topic and payload both say so, they must agree."""
    if topic_device_id is None:
        if name not in value:
            raise BadInput(f"{name} is required on this topic", field=name)
        device_id = value[name]
        if isinstance(device_id, str) and len(device_id) <= MAX_DEVICE_ID and _is_device_id(device_id):
            return device_id
        if device_id == HOMEGUARD_ID:
            raise BadInput(f"{HOMEGUARD_ID!r} is HomeGuard itself; no device has this id", field=name)
        return checked_device_id(device_id, field=name)
    if value.get(name, topic_device_id) != topic_device_id:
        _refuse_other(value[name], name, topic_device_id)
    return topic_device_id


def _refuse_other(claimed: object, name: str, sender: str) -> NoReturn:
    """Refuse a payload that differs from its topic; only what can name a device makes it a spoofing."""
    message = f"{name} says {shown(claimed)}, the topic says {sender!r}"
    if isinstance(claimed, str) and is_device_id(claimed):
        raise Spoofed(message, field=name, sender=sender, claimed=claimed)
    raise BadInput(message, field=name)


def _alert(value: JsonObject, topic_device_id: str | None) -> Alert:
    device_id = _sender(value, "device_id", topic_device_id)
    if "reason" not in value:
        raise BadInput("reason is required", field="reason")
    reason = read_text(value, "reason", MAX_REASON)
    severity = read_choice(value, "severity", Severity) if "severity" in value else Severity.MEDIUM
    message_id = read_text(value, "id", MAX_ID) if "id" in value else None
    if "category" in value:
        read_text(value, "category", MAX_NAME)
    if "details" in value:
        read_object(value, "details")
    verified = topic_device_id is not None
    number = _number(value, device_id, verified=verified) if "seq" in value or "boot" in value else None
    known = {"device_id": device_id, "severity": severity.value, "reason": reason, "verified": verified}
    data = {**known, **value, **known}  # ours first, and ours where both have it
    if "occurred_at" in value:
        data["occurred_at"] = to_rfc3339(read_time(value, "occurred_at"))
    if RAISED_BY in value:
        data.pop(RAISED_BY)  # not believed
    return Alert(device_id, reason, severity, verified, data, message_id, to_json(data), number)


def _number(value: JsonObject, device_id: str, *, verified: bool) -> AlertNumber:
    """Read the place of an alert in its publisher's count."""
    for name, other in (("boot", "seq"), ("seq", "boot")):
        if name not in value:
            raise BadInput(f"{other} needs {name} beside it: the two number an alert together", field=name)
    seq = value["seq"]
    if type(seq) is not int or not 1 <= seq <= MAX_NUMBER:  # a bool is an int too
        raise BadInput(f"seq must be a whole number from 1 to {MAX_NUMBER}, not {str(seq)[:40]!r}", field="seq")
    return AlertNumber(sender_of(device_id, verified=verified), read_text(value, "boot", MAX_BOOT), seq)


def number_in(topic: AlertsTopic, payload: bytes) -> AlertNumber | None:
    """Find the number of an alert that is refused for another reason: it has come, and is not missing."""
    try:
        value = _unwrap(read_json_object(payload), EventType.NEW_ALERT)
        device_id = topic.device_id or _sender(value, "device_id", None)
        return _number(value, device_id, verified=topic.device_id is not None)
    except BadInput:
        return None


# Why a device is offline, as whoever says so may tell; its silence HomeGuard alone can notice.
_TOLD_REASONS: Final = tuple(reason.value for reason in StatusReason if reason is not StatusReason.SILENT)

# What HomeGuard alone knows of a device; a payload that brings it is not believed.
RESERVED_DEVICE_FIELDS: Final = frozenset(
    {"id", "block", "first_seen_at", "last_seen_at", "verified", "status_reason", "has_account"}
)


_DEVICE_FIELDS: Final[dict[str, Callable[[JsonObject, str], Any]]] = {
    "name": lambda value, name: read_text(value, name, MAX_NAME),
    "kind": lambda value, name: read_text(value, name, MAX_NAME),
    "status": lambda value, name: read_choice(value, name, Status).value,
    "ip": read_ip,
    "mac": read_mac,
    "firmware": lambda value, name: read_text(value, name, MAX_NAME),
    "telemetry": read_object,
}


def device_changes(value: JsonObject) -> JsonObject:
    """Check the fields of a device update, known ones strictly; unknown ones are kept as they are.

    Raises:
        BadInput: a known field is not what it should be.
    """
    changes = {
        name: _DEVICE_FIELDS[name](value, name) if name in _DEVICE_FIELDS else value[name]
        for name in value
        if name not in RESERVED_DEVICE_FIELDS
    }
    to_json(changes)
    return changes


def _device_update(value: JsonObject, topic_device_id: str | None) -> DeviceUpdate:
    device_id = _sender(value, "id", topic_device_id)
    return DeviceUpdate(device_id, device_changes(value), verified=topic_device_id is not None)


def _availability(device_id: str, payload: bytes) -> Availability:
    """Read `online`, `offline`, or `offline` and why, which alone tells a last will from a goodbye."""
    try:
        word, _, reason = payload.decode().partition(" ")
        status = Status(word)
        if not reason:
            return Availability(device_id, status)
        if status is Status.OFFLINE and reason in _TOLD_REASONS:
            return Availability(device_id, status, StatusReason(reason))
    except ValueError:
        pass
    raise BadInput(
        f"availability must be the bare word online or offline, not {payload[:80]!r}; "
        f"behind offline may stand one of {', '.join(_TOLD_REASONS)}"
    )


def _block_report(value: JsonObject, device_id: str, enforcer: str) -> BlockReport:
    if "state" not in value:
        raise BadInput("state is required", field="state")
    took_ms = value.get("took_ms")
    if took_ms is not None and (isinstance(took_ms, bool) or not isinstance(took_ms, int | float) or took_ms < 0):
        raise BadInput(f"took_ms must be a number of milliseconds, not {kind_of(took_ms)}", field="took_ms")
    return BlockReport(
        device_id,
        enforcer,
        read_choice(value, "state", ReportState),
        took_ms,
        read_text(value, "detail", MAX_REASON) if value.get("detail") is not None else None,
        read_text(value, "command_id", MAX_ID) if value.get("command_id") is not None else None,
        read_text(value, "drifted", MAX_REASON) if value.get("drifted") is not None else None,
    )
