"""What a device says and hears, to and from bytes (DESIGN 4.2). No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from homeguard.client.outbox import Number
from homeguard.clock import to_rfc3339
from homeguard.decode import decode
from homeguard.errors import BadInput
from homeguard.events import JsonObject, Severity, to_json
from homeguard.topics import AlertsTopic, DevicesTopic


@dataclass(frozen=True, slots=True)
class Wish:
    """Whether HomeGuard wishes this device blocked, and why; times are RFC 3339."""

    desired: bool
    reason: str | None = None
    by: str | None = None
    since: str | None = None
    until: str | None = None
    command_id: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """What HomeGuard could not accept and never will; `payload` is what was sent, None for a device update."""

    error: str
    id: str | None = None
    payload: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """An alert of which HomeGuard proved that it is on disk; `seq` is its place in the journal, None where not told."""

    id: str
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The answer to one message: stored, as event `seq`, or rejected with the `error`."""

    id: str | None
    error: str | None = None
    seq: int | None = None


def write_alert(
    device_id: str,
    id: str,
    reason: str,
    severity: Severity | str,
    category: str | None,
    details: Mapping[str, Any] | None,
    occurred_at: datetime,
    number: Number,
) -> bytes:
    """Write an alert, checked as the bridge will check it.

    Raises:
        BadInput: the bridge would reject it.
    """
    value: JsonObject = {
        "id": id,
        "boot": number.boot,
        "seq": number.seq,
        "reason": reason,
        "severity": severity,
        "occurred_at": to_rfc3339(occurred_at),
    }
    if category is not None:
        value["category"] = category
    if details is not None:
        value["details"] = dict(details)
    return _checked(AlertsTopic(device_id), value)


def write_update(device_id: str, fields: Mapping[str, Any]) -> bytes:
    """Write a device update, checked as the bridge will check it.

    Raises:
        BadInput: the bridge would reject it.
    """
    return _checked(DevicesTopic(device_id), dict(fields))


def _checked(topic: AlertsTopic | DevicesTopic, value: JsonObject) -> bytes:
    payload = to_json(value).encode()
    decode(topic, payload)
    return payload


def read_proof(payload: bytes, correlation: bytes | None) -> Proof:
    """Read the answer on the Response Topic; it belongs to the message whose Correlation Data it carries.

    Raises:
        BadInput: it is no such answer.
    """
    value = _json(payload)
    id = correlation.decode(errors="replace") if correlation is not None else value.get("id")
    if id is not None and not isinstance(id, str):
        raise BadInput("the answer names no message")
    match value:
        case {"status": "stored"}:
            seq = value.get("seq")
            return Proof(id, seq=seq if type(seq) is int else None)
        case {"status": "rejected"}:
            error = value.get("error")
            return Proof(id, error if isinstance(error, str) else "no reason was given")
    raise BadInput("the answer says neither stored nor rejected")


def read_wish(payload: bytes) -> Wish:
    """Read a wished block; an empty payload means that nobody wishes one any more.

    Raises:
        BadInput: it is no such wish.
    """
    if not payload:
        return Wish(desired=False)
    value = _json(payload)
    if not isinstance(value.get("desired"), bool):
        raise BadInput("the wish needs desired, true or false", field="desired")
    texts = {name: value.get(name) for name in ("reason", "by", "since", "until", "command_id")}
    return Wish(value["desired"], **{name: text if isinstance(text, str) else None for name, text in texts.items()})


def _json(payload: bytes) -> JsonObject:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"not JSON: {error.msg}") from None
    if not isinstance(value, dict):
        raise BadInput("not a JSON object")
    return value
