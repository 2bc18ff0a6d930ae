"""Alerts that are not proved stored yet, in a file that a power cut cannot take."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from homeguard.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

MEMORY: Final = ":memory:"
MAX_ALERTS: Final = 10_000  # about 2 MB; a day without HomeGuard at an alert every nine seconds

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS outbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    payload BLOB NOT NULL
)
"""


class OutboxFull(Unavailable):
    """The outbox has its most alerts; this one was not taken, and none of the others was dropped."""

    def __init__(self, limit: int) -> None:
        super().__init__("the outbox", f"it has {limit} alerts that HomeGuard has not proved stored")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Entry:
    """One kept alert; `n` rises and is never reused."""

    n: int
    id: str
    payload: bytes


class Outbox:
    """The kept alerts of one device, in their order. Blocks; use it from one thread.

    When it is full it refuses the newest: what was once taken is never dropped.
    """

    def __init__(self, path: str | Path, max_alerts: int = MAX_ALERTS) -> None:
        """Take the file, made on first use; `:memory:` keeps nothing over the end of the process."""
        self.is_in_memory = str(path) == MEMORY
        self._path = Path(path)
        self._max_alerts = max_alerts
        self._connection: sqlite3.Connection | None = None
        self._count = 0

    def add(self, id: str, payload: bytes) -> None:
        """Keep an alert; on return it is on disk.

        Raises:
            OutboxFull: there are too many already.
            Unavailable: the file cannot be written.
        """
        with self._transaction() as connection:
            if self._count >= self._max_alerts:
                raise OutboxFull(self._max_alerts)
            connection.execute("INSERT INTO outbox (id, payload) VALUES (?, ?)", (id, payload))
        self._count += 1

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
        self._count -= len(removed)
        return removed

    def count(self) -> int:
        """Return how many alerts are kept."""
        with self._transaction():
            return self._count

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._connection is None:
                self._connection = self._open()
            with self._connection:
                yield self._connection
        except (sqlite3.Error, OSError) as error:
            raise Unavailable("the outbox", f"{self._path}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        if not self.is_in_memory:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
        connection = sqlite3.connect(MEMORY if self.is_in_memory else self._path)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(_SCHEMA)
            (self._count,) = connection.execute("SELECT COUNT(*) FROM outbox").fetchone()
        except sqlite3.Error:
            connection.close()
            raise
        return connection


class OutboxThread:
    """An outbox for a loop: its file is touched by one thread of its own, a memory one by the loop itself."""

    def __init__(self, outbox: Outbox, name: str) -> None:
        """Take the outbox; the thread starts on first use."""
        self._outbox = outbox
        self._executor = None if outbox.is_in_memory else ThreadPoolExecutor(1, thread_name_prefix=f"outbox-{name}")

    async def add(self, id: str, payload: bytes) -> None:
        """See `Outbox.add`."""
        await self._run(self._outbox.add, id, payload)

    async def after(self, n: int, limit: int) -> list[Entry]:
        """See `Outbox.after`."""
        return await self._run(self._outbox.after, n, limit)

    async def remove(self, ids: Sequence[str]) -> list[Entry]:
        """See `Outbox.remove`."""
        return await self._run(self._outbox.remove, ids)

    async def count(self) -> int:
        """See `Outbox.count`."""
        return await self._run(self._outbox.count)

    async def close(self) -> None:
        """Close the file and end the thread; it cannot be used again."""
        await self._run(self._outbox.close)
        if self._executor is not None:
            self._executor.shutdown(wait=False)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._executor is None:
            return work(*args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(work, *args, **kwargs))
