"""Finds the place of a time in the journal: times rise with `seq`, so no index of them and no scan is needed."""

from datetime import datetime
from typing import Any

from homeguard.clock import to_rfc3339
from homeguard.journal.models import execute


def seq_from(moment: datetime, low: int = 0) -> int:
    """Tell the `seq` of the first event taken in at `moment` or later, and not before `low`.

    Where there is none yet, that is the `seq` which the next event gets at the earliest.
    """
    wanted = to_rfc3339(moment)
    # One by one: of both in one statement SQLite makes a scan.
    (oldest,) = _one('SELECT COALESCE(MIN("seq"), 1) FROM "events"')
    (newest,) = _one('SELECT COALESCE(MAX("seq"), 0) FROM "events"')
    low, high = max(low, oldest), newest + 1
    while low < high:
        seq, at = _one('SELECT "seq", "at" FROM "events" WHERE "seq" >= ? ORDER BY "seq" LIMIT 1', (low + high) // 2)
        if at < wanted:
            low = seq + 1
        else:
            high = (low + high) // 2
    return low


def _one(statement: str, *parameters: object) -> Any:
    return execute(statement, *parameters).fetchone()
