"""What HomeGuard has decided to publish, oldest first; a row goes when the broker has acknowledged it."""

from collections.abc import Collection
from dataclasses import dataclass

from homeguard.journal.models import OutboxRow, tuples_of


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message that waits to be published."""

    id: int
    topic: str
    payload: bytes
    retain: bool


def waiting(limit: int) -> list[Outgoing]:
    """Read the oldest messages that wait, in the order in which they were decided."""
    rows = OutboxRow.select(OutboxRow.id, OutboxRow.topic, OutboxRow.payload, OutboxRow.retain)
    return [
        Outgoing(id, topic, bytes(payload), retain)
        for id, topic, payload, retain in tuples_of(rows.order_by(OutboxRow.id).limit(limit))
    ]


def remove(ids: Collection[int]) -> None:
    """Forget messages that the broker has acknowledged."""
    OutboxRow.delete().where(OutboxRow.id << list(ids)).execute()
