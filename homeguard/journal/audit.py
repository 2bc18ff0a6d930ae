"""The audit: who did what, to what, from where. Each entry is written in the transaction that does the thing.

Nothing changes an entry, and only `prune` removes any: by age, and by number, so that no stranger can fill a disk.
"""

from datetime import timedelta
from typing import Final

import orjson

from homeguard.audit import Action
from homeguard.clock import to_rfc3339
from homeguard.events import JsonObject, to_json
from homeguard.journal.models import MAX_IDS_A_QUERY, tuples_of
from homeguard.journal.people import AuditRow
from homeguard.journal.transaction import Transaction

MAX_ENTRIES: Final = 1_000_000  # some 250 MB; a household makes some thousand a year
MAX_FAILED: Final = 10_000  # failed sign-ins, which strangers write: they must not push out what users did
MAX_TEXT: Final = 200  # characters of what an entry names
CHUNK: Final = 2_000  # entries a transaction; ingest waits no longer than one of them


def note(
    transaction: Transaction,
    action: Action,
    *,
    by: str | None,
    address: str | None = None,
    target: str | None = None,
    details: JsonObject | None = None,
) -> None:
    """Write that somebody did something: within the transaction that does it, so that there is both or neither.

    `by` is a user's name, or one of `homeguard.audit`; None where nobody has proved who they are. `target` is what it
    was done to: the id of a device or a session, the name of a user. No secret belongs into `details`.
    """
    AuditRow.insert(
        at=transaction.now,
        action=action.value,
        by=by,
        address=address,
        target=None if target is None else target.replace("\0", "\ufffd")[:MAX_TEXT],
        details=to_json(details or {}),
    ).execute()


def page_of_audit(
    before: int | None, limit: int, *, action: Action | None = None, by: str | None = None
) -> list[JsonObject]:
    """Read at most `limit` entries older than the id `before`, newest first."""
    query = AuditRow.select().order_by(AuditRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditRow.id < before)
    if action is not None:
        query = query.where(AuditRow.action == action.value)
    if by is not None:
        query = query.where(AuditRow.by == by)
    return [
        {
            "id": row.id,
            "at": to_rfc3339(row.at),
            "action": row.action,
            "by": row.by,
            "address": row.address,
            "target": row.target,
            "details": orjson.loads(row.details),
        }
        for row in query
    ]


def prune_audit(transaction: Transaction, max_age: timedelta) -> int:
    """Remove at most `CHUNK` of each kind of entry that is not kept; returns how many were: call it until none was."""
    removed = 0
    doomed = AuditRow.select(AuditRow.id).order_by(AuditRow.id).limit(CHUNK)
    failed = AuditRow.action == Action.LOGIN_FAILED.value
    for too_many in (
        doomed.where(AuditRow.at < transaction.now - max_age),
        doomed.where(AuditRow.id <= _last_beyond(MAX_ENTRIES, AuditRow.id > 0)),
        doomed.where(failed, AuditRow.id <= _last_beyond(MAX_FAILED, failed)),
    ):
        ids = [id for (id,) in tuples_of(too_many)]
        for start in range(0, len(ids), MAX_IDS_A_QUERY):
            removed += AuditRow.delete().where(AuditRow.id << ids[start : start + MAX_IDS_A_QUERY]).execute()
    return removed


def _last_beyond(kept: int, which: object) -> int:
    """Return the id of the newest entry that is beyond the `kept` newest of these, 0 where there is none."""
    beyond = AuditRow.select(AuditRow.id).where(which).order_by(AuditRow.id.desc()).limit(1).offset(kept)
    return next((id for (id,) in tuples_of(beyond)), 0)
