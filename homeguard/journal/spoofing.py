"""Tells who speaks in another's name: one alert for the first time, then at most one a minute with how many it were."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from homeguard.errors import Spoofed
from homeguard.events import JsonObject
from homeguard.journal.alerts import raise_alert
from homeguard.journal.models import SpoofingRow, execute, execute_many, tuples_of
from homeguard.journal.transaction import Transaction

SPOOFING: Final = "spoofing"  # the category of its alert
TELL_AGAIN: Final = timedelta(minutes=1)
MAX_CLAIMED: Final = (
    8  # devices that one sender is told of each by itself; the rest is one, or a list of ids makes a storm
)

_OTHERS: Final = ""  # no device has this id


def note_spoofing(transaction: Transaction, spoofed: Sequence[Spoofed]) -> None:
    """Count what a batch brought, and raise an alert for each pair that is new."""
    if not spoofed:
        return
    counted = Counter((one.sender, one.claimed) for one in spoofed)
    known = _known({sender for sender, _ in counted})
    rows = Counter[tuple[str, str]]()
    for (sender, claimed), count in counted.items():
        mine = known.setdefault(sender, set())
        if claimed not in mine and len(mine) >= MAX_CLAIMED:
            claimed = _OTHERS
        if claimed not in mine:
            mine.add(claimed)
            _raise(transaction, sender, claimed, count)
            rows[sender, claimed] = 0
        else:
            rows[sender, claimed] += count
    execute_many(
        'INSERT INTO "spoofings" ("sender", "claimed", "told_at", "untold") VALUES (?, ?, ?, ?) '
        'ON CONFLICT ("sender", "claimed") DO UPDATE SET "untold" = "spoofings"."untold" + excluded."untold"',
        [(sender, claimed, transaction.at, untold) for (sender, claimed), untold in rows.items()],
    )


def is_due(now: datetime) -> bool:
    """Say whether there is anything to do: as a rule nobody spoofs."""
    return bool(SpoofingRow.select().where(SpoofingRow.told_at <= now - TELL_AGAIN).exists())


def tell_spoofing(transaction: Transaction) -> int:
    """Raise the alerts that are due, a minute after the one before, and forget who has stopped; returns how many."""
    due = SpoofingRow.told_at <= transaction.now - TELL_AGAIN
    told: list[tuple[str, str]] = []
    rows = SpoofingRow.select(SpoofingRow.sender, SpoofingRow.claimed, SpoofingRow.untold).where(due)
    for sender, claimed, untold in tuples_of(rows):
        if untold:
            _raise(transaction, sender, claimed, untold)
            told.append((sender, claimed))
    SpoofingRow.delete().where(due, SpoofingRow.untold == 0).execute()
    execute_many(
        'UPDATE "spoofings" SET "told_at" = ?, "untold" = 0 WHERE "sender" = ? AND "claimed" = ?',
        [(transaction.at, sender, claimed) for sender, claimed in told],
    )
    return len(told)


def _known(senders: set[str]) -> dict[str, set[str]]:
    marks = ", ".join("?" * len(senders))
    rows = execute(f'SELECT "sender", "claimed" FROM "spoofings" WHERE "sender" IN ({marks})', *senders)  # noqa: S608
    known: dict[str, set[str]] = {}
    for sender, claimed in rows.fetchall():
        known.setdefault(sender, set()).add(claimed)
    return known


def _raise(transaction: Transaction, sender: str, claimed: str, count: int) -> None:
    whom = claimed or "several other devices"
    often = "once" if count == 1 else f"{count} times"
    details: JsonObject = {"claimed": claimed or None, "count": count}
    raise_alert(
        transaction,
        f"{sender} spoke in the name of {whom}, {often}",
        category=SPOOFING,
        details=details,
        device_id=sender,
    )
