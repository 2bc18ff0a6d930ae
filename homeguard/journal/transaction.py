"""One transaction of the journal: gives out `seq` in the order of commits and collects the events it appends."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import peewee

from homeguard.clock import to_rfc3339
from homeguard.events import Channel, Event, EventType
from homeguard.journal.faults import JournalReplaced
from homeguard.journal.models import EventRow, database, execute, execute_many

CHANNEL_OF: Final = {
    EventType.NEW_ALERT: Channel.ALERTS,
    EventType.ALERT_ACKNOWLEDGED: Channel.ALERTS,
    EventType.DEVICE_UPDATE: Channel.DEVICES,
    EventType.DEVICE_REMOVED: Channel.DEVICES,
}

# With the texts of both beside them: asking an enumeration for its value takes longer than all else in `append`.
_KIND_OF: Final = {type: (channel, str(channel), str(type)) for type, channel in CHANNEL_OF.items()}

_SELECT_EPOCH: Final = """SELECT "value" FROM "meta" WHERE "key" = 'epoch'"""
_SELECT_HEADS: Final = f'SELECT "name", "head", ({_SELECT_EPOCH}) FROM "channels" ORDER BY "name"'  # noqa: S608
_INSERT_OUTGOING: Final = 'INSERT INTO "outbox" ("topic", "payload", "retain", "created_at") VALUES (?, ?, ?, ?)'
_DELETE_REPLACED: Final = (
    'DELETE FROM "outbox" WHERE "topic" = ? AND "retain" AND "id" < (SELECT MAX("id") FROM "outbox" WHERE "topic" = ?)'
)
_COLUMNS: Final = ("seq", "channel", "type", "prev", "at", "device_id", "severity", "dedupe", "body")
_Row = tuple[int, str, str, int, str, str | None, str | None, bytes | None, str]


class Transaction:
    """What a function given to `Journal.write` works with; `flush` is called once, before the commit."""

    def __init__(self, epoch: str, now: datetime) -> None:
        """Begin with the journal's epoch and the one time at which everything in it happens."""
        self.epoch = epoch
        self.now = now
        self.at = to_rfc3339(now)
        self.events: list[Event] = []
        self.wishes_to_publish = False
        self._rows: list[_Row] = []
        self._heads: dict[Channel, int] | None = None
        self._seq = 0

    def append(
        self,
        type: EventType,
        body: str,
        *,
        device_id: str | None = None,
        severity: str | None = None,
        dedupe: bytes | None = None,
    ) -> Event:
        """Append one event; `body` is the JSON text of its `data`."""
        heads = self._heads or self._lock_heads()
        channel, channel_name, type_name = _KIND_OF[type]
        seq = self._seq = self._seq + 1
        prev = heads[channel]
        heads[channel] = seq
        event = Event(seq, prev, channel, type, f"{self.epoch}-{seq}", self.at, body)
        self.events.append(event)
        self._rows.append((seq, channel_name, type_name, prev, self.at, device_id, severity, dedupe, body))
        return event

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Decide that HomeGuard publishes this: it leaves when the transaction is committed, and never is forgotten.

        What is retained takes the place of what waits for the same topic. Else a message whose sending was not
        noted before a kill would be sent once more, and undo the newer one until that follows.
        """
        execute(_INSERT_OUTGOING, topic, payload, retain, self.at)
        if retain:  # after the insert: SQLite gives the highest id again, and somebody may be about to remove it
            execute(_DELETE_REPLACED, topic, topic)
        self.wishes_to_publish = True

    def flush(self) -> None:
        """Write the collected events and move the heads of their channels.

        Raises:
            JournalReplaced: this is not the journal that was opened; what was worked out belongs to the other.
        """
        if not self._rows or self._heads is None:
            self._require(execute(_SELECT_EPOCH).fetchone())
            return
        _insert_events(self._rows)
        for channel in {event.channel for event in self.events}:
            execute('UPDATE "channels" SET "head" = ? WHERE "name" = ?', self._heads[channel], channel.value)

    def _lock_heads(self) -> dict[Channel, int]:
        is_sqlite = isinstance(database.obj, peewee.SqliteDatabase)  # it has locked all when the transaction began
        rows = execute(_SELECT_HEADS if is_sqlite else f"{_SELECT_HEADS} FOR UPDATE")
        found = rows.fetchall()
        self._require(found[0][2:])
        self._heads = {Channel(name): head for name, head, _ in found}
        self._seq = max(self._heads.values())
        return self._heads

    def _require(self, epoch: tuple[str] | None) -> None:
        if epoch != (self.epoch,):
            raise JournalReplaced


def is_epoch(epoch: str) -> bool:
    """Say whether the open journal still is the one of this epoch: who writes is told by itself, who reads is not."""
    found: tuple[str] | None = execute(_SELECT_EPOCH).fetchone()
    return found == (epoch,)


def _insert_events(rows: Iterable[_Row]) -> None:
    """Insert by one call: building the same statement as a query takes most of the time."""
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    marks = ", ".join("?" * len(_COLUMNS))
    execute_many(f'INSERT INTO "{EventRow._meta.table_name}" ({columns}) VALUES ({marks})', rows)  # noqa: S608, SLF001
