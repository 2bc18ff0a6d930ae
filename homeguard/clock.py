"""The time as HomeGuard reads and writes it: aware UTC, RFC 3339 with milliseconds."""

from datetime import UTC, datetime
from typing import Protocol


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
        ValueError: it is not a time, or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, such as Z or +01:00")
    return moment.astimezone(UTC)
