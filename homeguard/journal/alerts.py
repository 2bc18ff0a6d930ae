"""Alerts as a list with filters, their acknowledgement, and the alerts that HomeGuard itself raises."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from peewee import JOIN

from homeguard.clock import to_rfc3339
from homeguard.errors import NotFound
from homeguard.events import RAISED_BY, Channel, Event, EventType, JsonObject, Severity, to_json
from homeguard.journal.models import Acknowledgement, EventRow, tuples_of
from homeguard.journal.moments import seq_from
from homeguard.journal.transaction import Transaction
from homeguard.topics import HOMEGUARD_ID

MAX_LOOKED_AT: Final = 20_000  # alerts whose text one request searches: about 0.1 s
_CHUNK: Final = 1_000  # of them in memory at once; each may have 64 KiB

_Row = tuple[int, str, str, str | None, object]


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts to list; None does not filter.

    `text` is a part of the reason, the category or the device id, in capitals or not.
    """

    severity: str | None = None
    device_id: str | None = None
    acknowledged: bool | None = None
    since_at: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Alerts as listed, newest first; behind `next` there may be more."""

    items: list[JsonObject]
    next: int | None


def page_of_alerts(epoch: str, wanted: AlertFilter, before: int | None, limit: int) -> AlertPage:
    """Read at most `limit` alerts older than the `seq` `before`, newest first.

    A search ends after `MAX_LOOKED_AT` alerts, with a page that may be short or empty and a `next` to go on from.
    """
    if wanted.text is not None:
        return _search(epoch, wanted, wanted.text.casefold(), before, limit)
    rows: list[_Row] = tuples_of(_select(wanted, before).limit(limit + 1))
    return AlertPage([_listed(epoch, *row) for row in rows[:limit]], rows[limit - 1][0] if len(rows) > limit else None)


def _search(epoch: str, wanted: AlertFilter, text: str, before: int | None, limit: int) -> AlertPage:
    found: list[JsonObject] = []
    for _ in range(MAX_LOOKED_AT // _CHUNK):
        rows: list[_Row] = tuples_of(_select(wanted, before).limit(_CHUNK))
        for row in rows:
            if len(found) == limit:
                return AlertPage(found, before)
            before = row[0]
            alert = _listed(epoch, *row)
            if _has(alert["data"], text):
                found.append(alert)
        if len(rows) < _CHUNK:
            return AlertPage(found, None)
    return AlertPage(found, before)


def _has(data: JsonObject, text: str) -> bool:
    values = [data.get(name) for name in ("reason", "category", "device_id")]
    return any(isinstance(value, str) and text in value.casefold() for value in values)


def _select(wanted: AlertFilter, before: int | None) -> Any:
    query = (
        EventRow.select(
            EventRow.seq,
            EventRow.at,
            EventRow.body,
            Acknowledgement.by.alias("ack_by"),
            Acknowledgement.at.alias("ack_at"),
        )
        .join(Acknowledgement, JOIN.LEFT_OUTER, on=(Acknowledgement.seq == EventRow.seq))
        .where(EventRow.channel == Channel.ALERTS.value, EventRow.type == EventType.NEW_ALERT.value)
        .order_by(EventRow.seq.desc())
    )
    if before is not None:
        query = query.where(EventRow.seq < before)
    if wanted.severity is not None:
        query = query.where(EventRow.severity == wanted.severity)
    if wanted.device_id is not None:
        query = query.where(EventRow.device_id == wanted.device_id)
    if wanted.acknowledged is not None:
        query = query.where(Acknowledgement.seq.is_null(not wanted.acknowledged))
    if wanted.since_at is not None:
        query = query.where(EventRow.seq >= seq_from(wanted.since_at))
    return query


def get_alert(epoch: str, alert_id: str) -> JsonObject:
    """Read one alert as listed.

    Raises:
        NotFound: there is no such alert.
    """
    for row in tuples_of(_select(AlertFilter(), None).where(EventRow.seq == _seq_of(epoch, alert_id))):
        return _listed(epoch, *row)
    raise NotFound(f"there is no alert {alert_id!r}", field="id")


def acknowledge(transaction: Transaction, alert_id: str, by: str) -> JsonObject:
    """Note that somebody has seen an alert; the first one counts. Returns the alert as listed.

    Raises:
        NotFound: there is no such alert.
    """
    for alert in acknowledge_all(transaction, [alert_id], by):
        return alert
    raise NotFound(f"there is no alert {alert_id!r}", field="id")


def acknowledge_all(transaction: Transaction, alert_ids: Collection[str], by: str) -> list[JsonObject]:
    """Note that somebody has seen these alerts (at most 500), each as `acknowledge` does.

    Returns the alerts as listed, newest first; those that are not there are left out.
    """
    seqs = {_seq_of(transaction.epoch, alert_id) for alert_id in alert_ids}
    query = _select(AlertFilter(), None).where(EventRow.seq << list(seqs))
    alerts = [_listed(transaction.epoch, *row) for row in tuples_of(query)]
    unseen = [alert for alert in alerts if alert["acknowledged"] is None]
    for alert in reversed(unseen):
        alert["acknowledged"] = {"by": by, "at": transaction.at}
        body = to_json({"alert_id": alert["id"], "by": by})
        transaction.append(EventType.ALERT_ACKNOWLEDGED, body, device_id=alert["data"]["device_id"])
    if unseen:
        seen = [{"seq": alert["seq"], "by": by, "at": transaction.now} for alert in unseen]
        Acknowledgement.insert_many(seen).execute()
    return alerts


def raise_alert(
    transaction: Transaction,
    reason: str,
    *,
    category: str,
    details: JsonObject,
    device_id: str = HOMEGUARD_ID,
    verified: bool = True,
    severity: Severity = Severity.HIGH,
) -> Event:
    """Append an alert of HomeGuard's own: something that it was trusted with may be lost, or is not as it should be."""
    data = {
        "device_id": device_id,
        "severity": severity.value,
        "reason": reason,
        "verified": verified,
        RAISED_BY: HOMEGUARD_ID,
        "category": category,
        "details": details,
    }
    return transaction.append(EventType.NEW_ALERT, to_json(data), device_id=device_id, severity=severity.value)


def _seq_of(epoch: str, alert_id: str) -> int:
    named_epoch, _, seq = alert_id.rpartition("-")
    if named_epoch != epoch or not seq.isascii() or not seq.isdigit() or len(seq) > 18 or seq != str(int(seq)):
        return -1
    return int(seq)


def _listed(epoch: str, seq: int, at: str, body: str, by: str | None, acknowledged_at: object) -> JsonObject:
    event_id = f"{epoch}-{seq}"
    acknowledged = None
    if by is not None:
        moment = to_rfc3339(acknowledged_at) if not isinstance(acknowledged_at, str) else acknowledged_at  # type: ignore[arg-type]
        acknowledged = {"by": by, "at": moment}
    return {"id": event_id, "seq": seq, "at": at, "data": orjson.loads(body), "acknowledged": acknowledged}
