"""What a fault of the database means for whoever waits: full, locked, gone, damaged, or another journal by now."""

import os
import sqlite3
from pathlib import Path
from typing import Final

import peewee

from homeguard.errors import Unavailable

THE_JOURNAL: Final = "the journal"
FULL: Final = "the disk is full"
FULL_BELOW_BYTES: Final = 256 * 1024  # SQLite cannot make its smaller files below this, and names another reason

_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_MAY_BE_FULL: Final = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
_ENDS_TRANSACTION: Final = {sqlite3.SQLITE_FULL, *_DAMAGE, *_MAY_BE_FULL}
_PASSING: Final = (peewee.OperationalError, peewee.InterfaceError, sqlite3.OperationalError, sqlite3.InterfaceError)
_POSTGRES_DAMAGE: Final = {"XX001", "XX002"}  # data_corrupted, index_corrupted


class JournalDamaged(Unavailable):
    """A page of the journal cannot be read; waiting helps as little as trying again, an admin must act."""


class JournalReplaced(Unavailable):
    """The journal is another one than was opened: somebody has restored a backup. To open it again helps."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(THE_JOURNAL, "it was replaced, and is being opened again")


def is_damage(error: BaseException | None) -> bool:
    """Say whether the driver tells of damage."""
    code = getattr(error, "sqlite_errorcode", None)
    return (code is not None and code & 0xFF in _DAMAGE) or getattr(error, "sqlstate", None) in _POSTGRES_DAMAGE


def fault_of(error: Exception, directory: Path | None) -> Unavailable | None:
    """Tell what a fault is in our words, None where it is a mistake in a statement; `directory` is SQLite's."""
    cause = _cause(error)
    said = str(cause).strip() or type(cause).__name__
    if is_damage(cause):
        return JournalDamaged(THE_JOURNAL, f"it is damaged ({said}): stop HomeGuard and start it again to go on")
    if not isinstance(error, _PASSING):
        return None
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code in _MAY_BE_FULL and directory is not None and _is_full(directory)):
        return Unavailable(THE_JOURNAL, f"{FULL} ({said})")
    return Unavailable(THE_JOURNAL, said)


def _cause(error: BaseException) -> BaseException:
    """Find the driver's error; on some faults SQLite ends the transaction, and the last to fail is the rollback."""
    causes = [error]
    while causes[-1].__context__ is not None:
        causes.append(causes[-1].__context__)
    ending = [cause for cause in causes if getattr(cause, "sqlite_errorcode", 0) & 0xFF in _ENDS_TRANSACTION]
    return (ending or causes[1:2] or causes)[0]


def _is_full(directory: Path) -> bool:
    try:
        found = os.statvfs(directory)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < FULL_BELOW_BYTES
