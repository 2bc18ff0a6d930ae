"""Fills a journal with alerts, as if they had come in over months, while HomeGuard is not running."""

import contextlib
import sqlite3
import time
from pathlib import Path
from typing import Final

CHUNK: Final = 500_000  # rows a transaction

_BODY: Final = (
    '{"device_id":"cam-1","severity":"high","reason":"Unknown phone at the back door, third time this hour",'
    '"verified":false,"id":"0000000000000000","t":"0000000000000000"}'
)
_FILL: Final = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
INSERT INTO events (seq, channel, type, prev, at, device_id, severity, dedupe, body)
SELECT :seq + n, 'alerts', 'new_alert', CASE n WHEN 1 THEN :head ELSE :seq + n - 1 END, :at, 'cam-1', 'high',
       randomblob(16), :body
FROM numbers
"""


def grow_journal(path: Path, events: int) -> float:
    """Append alerts until there are so many events; returns the seconds that took."""
    began = time.monotonic()
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as journal:
        journal.execute("PRAGMA synchronous = OFF")
        journal.execute("PRAGMA cache_size = -1000000")
        (there,) = journal.execute("SELECT COUNT(*) FROM events").fetchone()
        while there < events:
            count = min(CHUNK, events - there)
            (seq,) = journal.execute("SELECT MAX(head) FROM channels").fetchone()
            (head,) = journal.execute("SELECT head FROM channels WHERE name = 'alerts'").fetchone()
            journal.execute("BEGIN IMMEDIATE")
            journal.execute(_FILL, {"count": count, "seq": seq, "head": head, "at": at, "body": _BODY})
            journal.execute("UPDATE channels SET head = ? WHERE name = 'alerts'", (seq + count,))
            journal.execute("COMMIT")
            there += count
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return time.monotonic() - began
