"""Counts what the overview of a home shows, in time that does not grow with the journal."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson

from homeguard.clock import to_rfc3339
from homeguard.events import Channel, JsonObject, Severity, Status
from homeguard.journal.models import Acknowledgement, BlockRow, DeviceRow, EventRow, tuples_of
from homeguard.journal.moments import seq_from

MINUTES: Final = 60
ALERTS_FOR: Final = timedelta(hours=24)
_MINUTE: Final = timedelta(minutes=1)
# A transaction takes its time when it begins, so a minute may still grow when it is over.
_SETTLED_AFTER: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Minute:
    """How many events each channel took in within the minute that began `at`."""

    at: datetime
    alerts: int
    devices: int

    def to_json(self, channels: Collection[Channel]) -> JsonObject:
        """Write it as REST does for who may read these channels."""
        return {
            "at": to_rfc3339(self.at),
            "alerts": self.alerts if Channel.ALERTS in channels else None,
            "devices": self.devices if Channel.DEVICES in channels else None,
        }

    def is_settled(self, now: datetime) -> bool:
        """Say whether it stays as it is."""
        return now - self.at >= _MINUTE + _SETTLED_AFTER


def count_alerts(now: datetime) -> JsonObject:
    """Count the alerts of the last 24 hours."""
    first = seq_from(now - ALERTS_FOR)
    by_severity = {
        severity.value: EventRow.select().where(EventRow.severity == severity.value, EventRow.seq >= first).count()
        for severity in Severity
    }
    total = sum(by_severity.values())
    seen = Acknowledgement.select().where(Acknowledgement.seq >= first).count()
    return {"total": total, "unacknowledged": total - seen, "by_severity": by_severity}


def count_devices() -> JsonObject:
    """Count the devices, those that are online, and those whose block is wished."""
    known = [
        orjson.loads(fields) for (fields,) in tuples_of(DeviceRow.select(DeviceRow.fields).where(~DeviceRow.removed))
    ]
    blocked = (
        BlockRow.select()
        .join(DeviceRow, on=(DeviceRow.id == BlockRow.device_id))
        .where(BlockRow.desired, ~DeviceRow.removed)
        .count()
    )
    online = sum(fields.get("status") == Status.ONLINE.value for fields in known)
    return {"known": len(known), "online": online, "blocked": blocked}


def count_minutes(now: datetime, known: Mapping[datetime, Minute]) -> list[Minute]:
    """Count the events of the last `MINUTES` minutes, ascending; the last one runs. What is `known` is not counted."""
    running = now.replace(second=0, microsecond=0)
    minutes: list[Minute] = []
    first: int | None = None
    for start in [running - _MINUTE * back for back in reversed(range(MINUTES))]:
        if start in known:
            minutes.append(known[start])
            first = None
            continue
        if first is None:
            first = seq_from(start)
        following = seq_from(start + _MINUTE, first)
        minutes.append(
            Minute(start, *(_count(channel, first, following) for channel in (Channel.ALERTS, Channel.DEVICES)))
        )
        first = following
    return minutes


def _count(channel: Channel, first: int, following: int) -> int:
    """Count the events of a channel from `first` on, before `following`; a channel at a time, for the index is so."""
    of_channel = EventRow.select().where(EventRow.channel == channel.value)
    return int(of_channel.where(EventRow.seq >= first, EventRow.seq < following).count())
