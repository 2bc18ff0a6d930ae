"""Alerts as a list with filters, their acknowledgement, and the alerts that HomeGuard itself raises."""

from dataclasses import dataclass

import orjson
from peewee import JOIN

from homeguard.clock import to_rfc3339
from homeguard.errors import NotFound
from homeguard.events import RAISED_BY, Event, EventType, JsonObject, Severity, to_json
from homeguard.journal.models import Acknowledgement, EventRow, tuples_of
from homeguard.journal.transaction import Transaction
from homeguard.topics import HOMEGUARD_ID


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts to list; None does not filter."""

    severity: str | None = None
    device_id: str | None = None
    acknowledged: bool | None = None


def page_of_alerts(epoch: str, wanted: AlertFilter, before: int | None, limit: int) -> list[JsonObject]:
    """Read at most `limit` alerts older than the `seq` `before`, newest first."""
    query = (
        EventRow.select(
            EventRow.seq,
            EventRow.at,
            EventRow.body,
            Acknowledgement.by.alias("ack_by"),
            Acknowledgement.at.alias("ack_at"),
        )
        .join(Acknowledgement, JOIN.LEFT_OUTER, on=(Acknowledgement.seq == EventRow.seq))
        .where(EventRow.type == EventType.NEW_ALERT.value)
        .order_by(EventRow.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(EventRow.seq < before)
    if wanted.severity is not None:
        query = query.where(EventRow.severity == wanted.severity)
    if wanted.device_id is not None:
        query = query.where(EventRow.device_id == wanted.device_id)
    if wanted.acknowledged is not None:
        query = query.where(Acknowledgement.seq.is_null(not wanted.acknowledged))
    return [_listed(epoch, *row) for row in tuples_of(query)]


def acknowledge(transaction: Transaction, alert_id: str, by: str) -> JsonObject:
    """Note that somebody has seen an alert; the first one counts. Returns the alert as listed.

    Raises:
        NotFound: there is no such alert.
    """
    seq = _seq_of(transaction.epoch, alert_id)
    row = EventRow.get_or_none(EventRow.seq == seq, EventRow.type == EventType.NEW_ALERT.value)
    if row is None:
        raise NotFound(f"there is no alert {alert_id!r}", field="id")
    seen = Acknowledgement.get_or_none(Acknowledgement.seq == seq)
    if seen is None:
        seen = Acknowledgement.create(seq=seq, by=by, at=transaction.now)
        transaction.append(
            EventType.ALERT_ACKNOWLEDGED, to_json({"alert_id": alert_id, "by": by}), device_id=row.device_id
        )
    return _listed(transaction.epoch, row.seq, row.at, row.body, seen.by, seen.at)


def raise_alert(
    transaction: Transaction,
    reason: str,
    *,
    category: str,
    details: JsonObject,
    device_id: str = HOMEGUARD_ID,
    verified: bool = True,
) -> Event:
    """Append an alert of HomeGuard's own: something that it was trusted with may be lost."""
    severity = Severity.HIGH.value
    data = {
        "device_id": device_id,
        "severity": severity,
        "reason": reason,
        "verified": verified,
        RAISED_BY: HOMEGUARD_ID,
        "category": category,
        "details": details,
    }
    return transaction.append(EventType.NEW_ALERT, to_json(data), device_id=device_id, severity=severity)


def _seq_of(epoch: str, alert_id: str) -> int:
    named_epoch, _, seq = alert_id.rpartition("-")
    if named_epoch != epoch or not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        return -1
    return int(seq)


def _listed(epoch: str, seq: int, at: str, body: str, by: str | None, acknowledged_at: object) -> JsonObject:
    event_id = f"{epoch}-{seq}"
    acknowledged = None
    if by is not None:
        moment = to_rfc3339(acknowledged_at) if not isinstance(acknowledged_at, str) else acknowledged_at  # type: ignore[arg-type]
        acknowledged = {"by": by, "at": moment}
    return {"id": event_id, "seq": seq, "at": at, "data": orjson.loads(body), "acknowledged": acknowledged}
