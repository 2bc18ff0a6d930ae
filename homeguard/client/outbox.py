"""Alerts that are not proved stored yet, in a file that a power cut cannot take."""

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from homeguard.errors import Unavailable

MEMORY: Final = ":memory:"
MAX_ALERTS: Final = 10_000  # about 2 MB; a day without HomeGuard at an alert every nine seconds
BUSY_SECONDS: Final = 5.0  # for another process that holds the file; longer is worth telling

_OUTBOX: Final = """
CREATE TABLE IF NOT EXISTS outbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    payload BLOB NOT NULL
)
"""
# One row. A file of before there were numbers gets it now; the alerts that it keeps already stay as they were written.
_NUMBERING: Final = "CREATE TABLE IF NOT EXISTS numbering (boot TEXT NOT NULL, seq INTEGER NOT NULL)"


class OutboxFull(Unavailable):
    """The outbox has its most alerts; this one was not taken, and none of the others was dropped."""

    def __init__(self, limit: int) -> None:
        super().__init__("the outbox", f"it has {limit} alerts that HomeGuard has not proved stored")
        self.limit = limit


class Number(NamedTuple):
    """The place of an alert among all of its outbox: `seq` rises from 1 by one, `boot` names the numbering."""

    boot: str
    seq: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One kept alert; `n` rises and is never reused."""

    n: int
    id: str
    payload: bytes


class Outbox:
    """The kept alerts of one device, in their order, and their numbering. Blocks; any thread may use it.

    When it is full it refuses the newest: what was once taken is never dropped. The numbering lives as long as the
    file; a number is given in the transaction that keeps the alert, so none is used twice and none is left out.
    """

    def __init__(self, path: str | Path, max_alerts: int = MAX_ALERTS) -> None:
        """Take the file, made on first use; `:memory:` keeps nothing over the end of the process."""
        self.is_in_memory = str(path) == MEMORY
        self._path = Path(path)
        self._max_alerts = max_alerts
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def add(self, id: str, write: Callable[[Number], bytes]) -> None:
        """Number an alert, let it be written, and keep it; on return it is on disk. What `write` raises undoes it.

        Raises:
            OutboxFull: there are too many already.
            Unavailable: the file cannot be written.
        """
        with self._transaction() as connection:
            if _count(connection) >= self._max_alerts:
                raise OutboxFull(self._max_alerts)
            (row,) = connection.execute("UPDATE numbering SET seq = seq + 1 RETURNING boot, seq").fetchall()
            connection.execute("INSERT INTO outbox (id, payload) VALUES (?, ?)", (id, write(Number(*row))))

    def after(self, n: int, limit: int) -> list[Entry]:
        """Return at most `limit` entries behind `n`, oldest first."""
        with self._transaction() as connection:
            rows = connection.execute("SELECT n, id, payload FROM outbox WHERE n > ? ORDER BY n LIMIT ?", (n, limit))
            return [Entry(*row) for row in rows]

    def remove(self, ids: Sequence[str]) -> list[Entry]:
        """Forget these alerts and return those that were there."""
        removed: list[Entry] = []
        with self._transaction() as connection:
            for id in ids:
                removed += [
                    Entry(*row)
                    for row in connection.execute("DELETE FROM outbox WHERE id = ? RETURNING n, id, payload", (id,))
                ]
        return removed

    def count(self) -> int:
        """Return how many alerts are kept."""
        with self._transaction() as connection:
            return _count(connection)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._turn():
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._turn():
            try:
                if self._connection is None:
                    self._connection = self._open()
                with self._connection:
                    yield self._connection
            except (sqlite3.Error, OSError) as error:
                raise Unavailable("the outbox", f"{self._path}: {error}") from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=2 * BUSY_SECONDS):
            raise Unavailable("the outbox", f"{self._path}: another thread waits for the disk")
        try:
            yield
        finally:
            self._lock.release()

    def _open(self) -> sqlite3.Connection:
        if not self.is_in_memory:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
        connection = sqlite3.connect(
            MEMORY if self.is_in_memory else self._path,
            timeout=BUSY_SECONDS,
            check_same_thread=False,  # `_turn` lets in one thread at a time
        )
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            with connection:
                connection.execute(_OUTBOX)
                connection.execute(_NUMBERING)
                # One statement, so that of two processes that open a new file one names the numbering.
                connection.execute(
                    "INSERT INTO numbering SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM numbering)", (uuid.uuid4().hex,)
                )
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _count(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT COUNT(*) FROM outbox").fetchone()
    return int(count)
