"""Keeps which numbered alerts have come, and raises a `gap` alert for those that never did (decision 16)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

import orjson

from homeguard.events import AlertNumber, JsonObject, sender_of
from homeguard.journal.alerts import raise_alert
from homeguard.journal.models import NumberingRow, execute, execute_many, tuples_of
from homeguard.journal.transaction import Transaction
from homeguard.numbering import Numbering, Range, count_of

MAX_BOOTS: Final = 16  # numberings kept of one sender; a device without memory begins one at each start
MAX_NUMBERINGS: Final = 10_000  # in all: hundreds of devices with all their boots, a few megabytes
MAX_HOLES: Final = 32  # that wait for late numbers in one numbering; with more, all of them are told at once
SHOWN_RANGES: Final = 5  # in a reason, which a toast must be able to show; `details` has all

_PROVEN: Final = sender_of("", verified=True)


class Hole(NamedTuple):
    """Numbers of one numbering that have not come, from `first` to `last`."""

    sender: str
    boot: str
    first: int
    last: int


def count(transaction: Transaction, numbers: Sequence[AlertNumber]) -> None:
    """Note the numbers of a batch, with one read and one write for all of them."""
    if numbers:
        book = _Book(transaction, {number.sender for number in numbers})
        for number in numbers:
            book.take(number)
        book.write()


def holes() -> list[Hole]:
    """Read what is missing now."""
    rows = execute('SELECT "sender", "boot", "missing" FROM "numberings" WHERE "missing" IS NOT NULL').fetchall()
    return [Hole(sender, boot, first, last) for sender, boot, text in rows for first, last in orjson.loads(text)]


def tell(transaction: Transaction, due: Collection[Hole]) -> int:
    """Raise one alert for each numbering of these holes, and forget them; returns how many alerts.

    A hole that has changed since it was read is left: a late number has come.
    """
    wanted = defaultdict[tuple[str, str], list[Range]](list)
    for hole in due:
        wanted[hole.sender, hole.boot].append((hole.first, hole.last))
    told, kept = 0, []
    for (sender, boot), missing in _missing_of({hole.sender for hole in due}).items():
        lost = [one for one in missing if one in wanted[sender, boot]]
        if lost:
            told += 1
            _raise(transaction, sender, boot, lost)
            kept.append((_to_text([one for one in missing if one not in lost]), sender, boot))
    execute_many('UPDATE "numberings" SET "missing" = ? WHERE "sender" = ? AND "boot" = ?', kept)
    return told


def forget_numberings(transaction: Transaction, max_age: timedelta) -> None:
    """Forget the numberings that nobody has used for so long; not one with something still to be told."""
    silent = NumberingRow.heard_at < transaction.now - max_age
    NumberingRow.delete().where(silent, NumberingRow.missing.is_null()).execute()


class _Book:
    """The numberings of some senders: read at once, changed in memory, written at once."""

    def __init__(self, transaction: Transaction, senders: Collection[str]) -> None:
        self._transaction = transaction
        self._known: dict[str, dict[str, Numbering]] = {sender: {} for sender in senders}  # by boot, last heard last
        self._changed: dict[tuple[str, str], Numbering] = {}
        self._dropped: list[tuple[str, str]] = []
        self._has_new = False
        for sender, boot, highest, text in _rows_of(senders):
            self._known[sender][boot] = Numbering(highest, _from_text(text))

    def take(self, number: AlertNumber) -> None:
        """Note one number, and keep within the limits."""
        boots = self._known[number.sender]
        numbering = boots.pop(number.boot, None)
        if numbering is None:
            # Somebody known begins at 1, so a higher number tells of a loss. From somebody new it does not:
            # HomeGuard may be younger than the device.
            numbering = Numbering(0 if boots else number.seq - 1)
            self._has_new = True
            if len(boots) >= MAX_BOOTS:
                self._drop(number.sender, next(iter(boots)))
        boots[number.boot] = self._changed[number.sender, number.boot] = numbering
        numbering.take(number.seq)
        if len(numbering.missing) > MAX_HOLES:
            _raise(self._transaction, number.sender, number.boot, numbering.missing)
            numbering.missing = []

    def _drop(self, sender: str, boot: str) -> None:
        numbering = self._known[sender].pop(boot)
        self._changed.pop((sender, boot), None)
        self._dropped.append((sender, boot))
        if numbering.missing:
            _raise(self._transaction, sender, boot, numbering.missing)

    def write(self) -> None:
        _delete(self._dropped)
        execute_many(
            'INSERT INTO "numberings" ("sender", "boot", "highest", "missing", "heard_at") VALUES (?, ?, ?, ?, ?) '
            'ON CONFLICT ("sender", "boot") DO UPDATE SET "highest" = excluded."highest", '
            '"missing" = excluded."missing", "heard_at" = excluded."heard_at"',
            [
                (sender, boot, numbering.highest, _to_text(numbering.missing), self._transaction.at)
                for (sender, boot), numbering in self._changed.items()
            ],
        )
        if self._has_new:
            _drop_surplus(self._transaction)


def _drop_surplus(transaction: Transaction) -> None:
    """Forget the numberings beyond the limit, those unheard for longest first, and tell what they still miss."""
    if NumberingRow.select().count() <= MAX_NUMBERINGS:
        return
    newest_first = NumberingRow.select(NumberingRow.sender, NumberingRow.boot, NumberingRow.missing).order_by(
        NumberingRow.heard_at.desc(), NumberingRow.sender, NumberingRow.boot
    )
    surplus = tuples_of(newest_first.offset(MAX_NUMBERINGS))
    for sender, boot, text in surplus:
        if text is not None:
            _raise(transaction, sender, boot, _from_text(text))
    _delete([(sender, boot) for sender, boot, _ in surplus])


def _delete(keys: Iterable[tuple[str, str]]) -> None:
    execute_many('DELETE FROM "numberings" WHERE "sender" = ? AND "boot" = ?', list(keys))


def _rows_of(senders: Collection[str]) -> list[tuple[str, str, int, str | None]]:
    marks = ", ".join("?" * len(senders))
    statement = f'SELECT "sender", "boot", "highest", "missing" FROM "numberings" WHERE "sender" IN ({marks})'  # noqa: S608
    rows: list[tuple[str, str, int, str | None]] = execute(
        f'{statement} ORDER BY "heard_at", "sender", "boot"', *senders
    ).fetchall()
    return rows


def _missing_of(senders: Collection[str]) -> dict[tuple[str, str], list[Range]]:
    return {(sender, boot): _from_text(text) for sender, boot, _, text in _rows_of(senders)}


def _to_text(missing: list[Range]) -> str | None:
    return orjson.dumps(missing).decode() if missing else None


def _from_text(text: str | None) -> list[Range]:
    return [(first, last) for first, last in orjson.loads(text)] if text else []


def _raise(transaction: Transaction, sender: str, boot: str, lost: list[Range]) -> None:
    """Say what never came; `verified` as the alerts that were counted."""
    device_id, many = sender.partition(":")[2], count_of(lost)
    shown = [str(first) if first == last else f"{first} to {last}" for first, last in lost[:SHOWN_RANGES]]
    if len(lost) > SHOWN_RANGES:
        shown.append(f"{count_of(lost[SHOWN_RANGES:])} more")
    numbers = " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
    words = ("alert", "number") if many == 1 else ("alerts", "numbers")
    details: JsonObject = {"boot": boot, "from": lost[0][0], "to": lost[-1][1], "count": many, "ranges": lost}
    raise_alert(
        transaction,
        f"{many} {words[0]} of {device_id} never arrived: {words[1]} {numbers}",
        category="gap",
        details=details,
        device_id=device_id,
        verified=sender.startswith(_PROVEN),
    )
