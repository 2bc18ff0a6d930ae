"""The messages that could not be read, kept with the reason, so that whoever sent them can be helped."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final

from peewee import fn

from homeguard.clock import to_rfc3339
from homeguard.errors import BadInput
from homeguard.events import JsonObject
from homeguard.journal.models import RejectRow, tuples_of

MAX_REJECTS: Final = 1_000  # the newest; enough to see a pattern, too few to fill a disk
KEPT_BYTES: Final = 1024  # of the payload; enough to recognise it


def keep_rejects(now: datetime, rejects: Sequence[tuple[str, bytes, BadInput]]) -> None:
    """Keep (topic, payload, error) of messages that could not be read, and only the newest of all."""
    if not rejects:
        return
    RejectRow.insert_many(
        [
            {
                "at": now,
                "topic": topic.replace("\0", "\ufffd"),  # a broker may let NUL pass; PostgreSQL keeps none
                "reason": error.message,
                "field": error.field,
                "payload": payload[:KEPT_BYTES],
                "payload_bytes": len(payload),
            }
            for topic, payload, error in rejects
        ]
    ).execute()
    newest = RejectRow.select(RejectRow.id).order_by(RejectRow.id.desc()).limit(1).offset(MAX_REJECTS)
    for (last_too_many,) in tuples_of(newest):
        RejectRow.delete().where(RejectRow.id <= last_too_many).execute()


def page_of_rejects(before: int | None, limit: int, topics: Sequence[str] | None = None) -> list[JsonObject]:
    """Read at most `limit` rejects older than the id `before`, newest first; payloads as text, broken bytes marked.

    With `topics` only those that came on one of them, or below it.
    """
    query = RejectRow.select().order_by(RejectRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(RejectRow.id < before)
    if topics is not None:
        if not topics:
            return []
        belongs = [
            (RejectRow.topic == topic) | (fn.SUBSTR(RejectRow.topic, 1, len(topic) + 1) == f"{topic}/")
            for topic in topics
        ]
        query = query.where(reduce(or_, belongs))
    return [
        {
            "id": row.id,
            "at": to_rfc3339(row.at),
            "topic": row.topic,
            "reason": row.reason,
            "field": row.field,
            "payload": bytes(row.payload).decode(errors="backslashreplace"),
            "payload_bytes": row.payload_bytes,
        }
        for row in query
    ]
