"""Journals as a crash or a failing disk leaves them, for tests."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from homeguard.journal.wal import FRAME_HEADER_BYTES, HEADER_BYTES

PAGE_BYTES = 4096

# 300,000 rows beside the journal's, for a check that takes a while.
MANY = """CREATE TABLE many AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
SELECT i, randomblob(200) FROM n"""

# A process that commits one alert after the other and is killed: its log stays, with as many commits in it.
_WRITER = """
import asyncio, os, signal, sys
from homeguard.journal import Journal
from tests.journal.intake import Desk

async def write():
    desk = Desk(Journal.open(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        await desk.take(("alerts", {"device_id": "cam-1", "reason": str(number)}))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(write())
"""


def journal_of_a_killed_process(path: Path, alerts: int) -> Path:
    """Make a journal with so many alerts, each a commit, that nobody has closed; returns its log."""
    subprocess.run([sys.executable, "-c", _WRITER, str(path), str(alerts)], check=False, timeout=60)
    return path.with_name(path.name + "-wal")


def overwrite(path: Path, at: int, data: bytes) -> None:
    """Write over a part of a file, as a failing disk does."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def frames(log: Path) -> list[tuple[int, bool]]:
    """List where each page of a log begins, and whether it ends a commit."""
    raw = log.read_bytes()
    starts = range(HEADER_BYTES, len(raw), FRAME_HEADER_BYTES + PAGE_BYTES)
    return [(start, raw[start + 4 : start + 8] != bytes(4)) for start in starts]


def overwrite_pages(path: Path, keep: int = 1) -> None:
    """Write over every page of a database behind the first few, without a lock."""
    size = path.stat().st_size
    overwrite(path, keep * PAGE_BYTES, os.urandom(size - keep * PAGE_BYTES))


def is_whole(path: Path) -> bool:
    with sqlite3.connect(path) as looking:
        (found,) = looking.execute("PRAGMA integrity_check").fetchone()
    looking.close()
    return bool(found == "ok")
