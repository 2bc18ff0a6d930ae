"""Reads one JSON object and its fields, and says in a publisher's own words what is wrong with them."""

import ipaddress
import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import orjson

from homeguard.clock import from_rfc3339
from homeguard.errors import BadInput
from homeguard.events import JsonObject

_Choice = TypeVar("_Choice", bound=StrEnum)

# Levels of one payload. A page and a snapshot put it three deeper, and there are JSON readers that stop at 128
# (Rust's serde); orjson, which writes to every screen, stops at 254, and would show none of the others either.
MAX_DEPTH: Final = 100
_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
MAX_SHOWN: Final = 80  # characters of a wrong value that an error repeats; it is stored, logged and sent back


def read_json_object(payload: bytes) -> JsonObject:
    """Read a payload that must be one JSON object, nested no deeper than `MAX_DEPTH`.

    Raises:
        BadInput: it is not.
    """
    if not payload:
        raise BadInput("the payload is empty; a JSON object is needed")
    try:
        value = orjson.loads(payload)  # which takes UTF-8 only
    except orjson.JSONDecodeError as error:
        raise BadInput(_what_is_wrong(payload, error)) from error
    if not isinstance(value, dict):
        raise BadInput(f"the payload must be a JSON object, not {kind_of(value)}")
    if payload.count(b"{") + payload.count(b"[") > MAX_DEPTH:  # so that nearly no message is walked through
        _check_depth(value)
    return value


def _check_depth(value: JsonObject) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        inner = [one for outer in level for one in (outer.values() if isinstance(outer, dict) else outer)]
        level = [one for one in inner if isinstance(one, dict | list)]
        if not level:
            return
    raise BadInput(f"the payload is nested deeper than {MAX_DEPTH} levels")


def shown(value: object) -> str:
    """Repeat a wrong value in an error, as much of it as helps."""
    text = value if isinstance(value, str) else str(value)
    return repr(text[:MAX_SHOWN])


def _what_is_wrong(payload: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        payload.decode()
    except UnicodeDecodeError as broken:
        return f"the payload is not UTF-8: {broken.reason} at byte {broken.start}"
    return f"the payload is not JSON: {error.msg} at line {error.lineno} column {error.colno}"


def kind_of(value: object) -> str:
    """Name what a JSON value is, for an error."""
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null")


def read_text(value: JsonObject, name: str, limit: int) -> str:
    """Return a field that must be a text of 1 to `limit` characters.

    Raises:
        BadInput: it is not, as from every function here.
    """
    text = value[name]
    if not isinstance(text, str):
        raise BadInput(f"{name} must be a text, not {kind_of(text)}", field=name)
    if not 1 <= len(text) <= limit:
        raise BadInput(f"{name} must have 1 to {limit} characters, not {len(text)}", field=name)
    if "\0" in text:
        raise BadInput(f"{name} must not contain the character NUL", field=name)
    return text


def read_choice(value: JsonObject, name: str, choices: type[_Choice]) -> _Choice:
    """Return a field that must be one of some words."""
    try:
        return choices(value[name])
    except ValueError:
        allowed = ", ".join(choices)
        raise BadInput(f"{name} must be one of {allowed}, not {shown(value[name])}", field=name) from None


def read_object(value: JsonObject, name: str) -> JsonObject:
    """Return a field that must be an object."""
    inner = value[name]
    if not isinstance(inner, dict):
        raise BadInput(f"{name} must be an object, not {kind_of(inner)}", field=name)
    return inner


def read_time(value: JsonObject, name: str) -> datetime:
    """Return a field that must be an RFC 3339 time."""
    text = read_text(value, name, 64)
    try:
        return from_rfc3339(text)
    except ValueError as error:
        raise BadInput(f"{name} must be an RFC 3339 time: {error}", field=name) from None


def read_ip(value: JsonObject, name: str) -> str:
    """Return a field that must be an IPv4 or IPv6 address, in its usual spelling."""
    try:
        return str(ipaddress.ip_address(read_text(value, name, 64)))
    except ValueError:
        raise BadInput(f"{name} must be an IPv4 or IPv6 address, not {value[name][:64]!r}", field=name) from None


def read_or_none(read: Callable[[JsonObject, str], str], value: object) -> str | None:
    """Read one value by one of these functions; None where it is not what it should be."""
    try:
        return read({"value": value}, "value")
    except BadInput:
        return None


def read_mac(value: JsonObject, name: str) -> str:
    """Return a field that must be a MAC address, in lower case and with colons."""
    mac = read_text(value, name, 17).lower().replace("-", ":")
    if _MAC.fullmatch(mac) is None:
        raise BadInput(f"{name} must be a MAC address such as 02:00:5e:10:00:01, not {value[name]!r}", field=name)
    return mac
