"""The time as HomeGuard reads and writes it: aware UTC, RFC 3339 with milliseconds."""

import re
from datetime import UTC, datetime
from typing import Final, Protocol

# RFC 3339 section 5.6; `datetime.fromisoformat` alone would take much of ISO 8601 too.
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Clock(Protocol):
    """Where the time comes from; tests give their own."""

    def __call__(self) -> datetime:
        """Tell the time now, aware and in UTC."""


def utc_now() -> datetime:
    """Tell the time now, aware and in UTC."""
    return datetime.now(UTC)


def to_rfc3339(moment: datetime) -> str:
    """Write an aware time as `2026-11-23T20:31:22.123Z`: fixed width, so that texts sort as times do."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_rfc3339(text: str) -> datetime:
    """Read an RFC 3339 time with its offset as aware UTC.

    Raises:
        ValueError: it is not one, has no offset, or its offset takes it out of the years 1 to 9999.
    """
    if _RFC3339.fullmatch(text) is None:
        raise ValueError(f"{text[:80]!r} is not like 2026-11-23T20:31:22Z, with its offset")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from None
