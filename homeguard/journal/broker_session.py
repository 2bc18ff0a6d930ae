"""Remembers the session at the broker, and until when it lost nothing; raises a `bridge` alert when it is gone."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import orjson

from homeguard.clock import from_rfc3339, to_rfc3339
from homeguard.journal.alerts import raise_alert
from homeguard.journal.models import MetaRow
from homeguard.journal.transaction import Transaction

_KEY = "broker_session"


class Began(StrEnum):
    """What a new session at the broker means."""

    FIRST = "first"  # this journal never had one
    ELSEWHERE = "elsewhere"  # the last one was at another broker, or under another client id
    EXPIRED = "session_expired"  # HomeGuard stayed away longer than the broker keeps a session
    LOST = "session_lost"  # the broker should have it, and has not
    NOTED = "noted"  # it was noted before


@dataclass(frozen=True, slots=True)
class _Remembered:
    """`name` says whose session it is at which broker, `id` which one; nothing from before `heard_at` is missing."""

    name: str
    id: str
    heard_at: str


def note_heard(name: str, at: datetime) -> None:
    """Note that whatever the broker had for this session at that time is stored."""
    before = _read()
    is_same = before is not None and before.name == name
    _write(_Remembered(name, before.id if before and is_same else "", to_rfc3339(at)))


def begin_session(transaction: Transaction, name: str, id: str, began_at: datetime, kept_for: timedelta) -> Began:
    """Note that the broker has made a new session, and raise the alert where one should have been there.

    Safe to call again with the same `id`: there is one alert for each session that is gone.
    """
    before = _read()
    if before is not None and before.name == name and before.id == id:
        return Began.NOTED
    _write(_Remembered(name, id, to_rfc3339(began_at)))
    if before is None:
        return Began.FIRST
    if before.name != name:
        return Began.ELSEWHERE
    cause = Began.EXPIRED if began_at - from_rfc3339(before.heard_at) >= kept_for else Began.LOST
    _raise(transaction, before.heard_at, to_rfc3339(began_at), cause)
    return cause


def _raise(transaction: Transaction, heard_at: str, began_at: str, cause: Began) -> None:
    begin, end = sorted((heard_at, began_at))  # a clock may have been set back
    raise_alert(
        transaction,
        f"events between {begin} and {end} may be missing: the broker has lost what it kept for HomeGuard",
        category="bridge",
        details={"from": begin, "to": end, "cause": cause.value},
    )


def _read() -> _Remembered | None:
    row = MetaRow.get_or_none(MetaRow.key == _KEY)
    return None if row is None else _Remembered(**orjson.loads(row.value))


def _write(session: _Remembered) -> None:
    row = {"key": _KEY, "value": orjson.dumps(asdict(session)).decode()}
    MetaRow.insert(row).on_conflict(conflict_target=[MetaRow.key], preserve=[MetaRow.value]).execute()
