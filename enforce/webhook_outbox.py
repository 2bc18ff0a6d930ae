"""What a webhook is still to be told, on disk: the newest state alone, for an older one is worth nothing then."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homeguard.errors import Misconfigured

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS deliveries (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, wishes TEXT NOT NULL, delivered INTEGER NOT NULL DEFAULT 0
)
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A state to be told; `sequence` rises with each other state, and is the same however often it is sent."""

    sequence: int
    wishes: str
    is_delivered: bool


class WebhookOutbox:
    """A file of its own, not the journal: a webhook may run on another box, where there is none. Everything blocks."""

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises:
            Misconfigured: it cannot be used.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(self._open()) as file:
                file.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise Misconfigured(f"cannot keep the webhook's outbox in {path}: {error}") from error

    def newest(self) -> Delivery | None:
        """Read the newest state, delivered or not."""
        with closing(self._open()) as file:
            row = file.execute(
                "SELECT sequence, wishes, delivered FROM deliveries ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
        return None if row is None else Delivery(row[0], row[1], bool(row[2]))

    def put(self, wishes: str) -> Delivery:
        """Keep a state; the same as the newest is that one."""
        newest = self.newest()
        if newest is not None and newest.wishes == wishes:
            return newest
        with closing(self._open()) as file:
            sequence = file.execute("INSERT INTO deliveries (wishes) VALUES (?)", (wishes,)).lastrowid
            file.execute("DELETE FROM deliveries WHERE sequence < ?", (sequence,))
        return Delivery(int(sequence or 0), wishes, is_delivered=False)

    def delivered(self, delivery: Delivery) -> None:
        """Note that it has arrived."""
        with closing(self._open()) as file:
            file.execute("UPDATE deliveries SET delivered = 1 WHERE sequence = ?", (delivery.sequence,))

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, isolation_level=None, timeout=5)
