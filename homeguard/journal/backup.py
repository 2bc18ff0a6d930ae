"""Copies a SQLite journal while it is in use: one moment of it, whole, checked, and never half-written."""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homeguard.errors import Misconfigured
from homeguard.journal.files import JournalFiles, sync_directory
from homeguard.journal.integrity import quick_check

PAGES_A_STEP: Final = 2_000  # 8 MiB: often enough for progress, and rarely enough to cost nothing

Progress = Callable[[float], None]  # hears which part of the whole is done, from 0 to 1


@dataclass(frozen=True, slots=True)
class Contents:
    """What a journal holds; `newest_at` is RFC 3339, None where it has no event."""

    epoch: str
    events: int
    devices: int
    users: int
    newest_at: str | None


def back_up(journal: Path, target: Path, *, overwrite: bool, progress: Progress) -> Contents:
    """Copy the journal to `target`, and tell what the copy holds. Blocks nobody but the caller.

    The copy appears when it is complete, checked and on the disk; it is one file, for its owner alone.

    Raises:
        Misconfigured: there is no journal, the target exists or cannot be written, or the copy is damaged.
    """
    if not journal.exists():
        raise Misconfigured(f"there is no journal {journal} to back up")
    _require_free(target, overwrite=overwrite)
    with JournalFiles(journal).share(), draft_of(target) as draft:
        copy_journal(journal, draft, progress)
        damage = quick_check(draft)
        if damage is not None:
            raise Misconfigured(f"the journal {journal} is damaged: {damage}. No backup was made")
        contents = contents_of(draft)
        _require_free(target, overwrite=overwrite)
        put_in_place(draft, target)
    return contents


def _require_free(target: Path, *, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise Misconfigured(f"{target} exists: choose another name, or overwrite it with --force")


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """Make an empty file beside `target` for its owner alone; what is left of it at the end is removed.

    Raises:
        Misconfigured: it cannot be made.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise Misconfigured(f"cannot write {target}: {error.strerror}") from error
    try:
        yield draft
    finally:
        for suffix in ("", "-wal", "-shm", ".lock"):  # what opening it as a journal leaves beside it
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def copy_journal(source: Path, target: Path, progress: Progress) -> None:
    """Copy a journal's present moment into an empty file, as one file without a log of its own.

    The source is read in one transaction, so its writers go on and the copy never begins again because of them.

    Raises:
        Misconfigured: the source cannot be read, or the target cannot be written.
    """
    try:
        with closing(_open_to_read(source)) as reading, closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA synchronous = OFF")  # the file is synced once, when it is complete
            reading.execute("BEGIN")
            reading.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
            reading.backup(copy, pages=PAGES_A_STEP, progress=lambda _, left, of: progress(1 - left / of if of else 0))
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        raise Misconfigured(f"cannot copy {source} to {target.parent}: {error}") from error


def _open_to_read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def contents_of(path: Path) -> Contents:
    """Tell what a journal holds.

    Raises:
        Misconfigured: it is none.
    """
    try:
        with closing(_open_to_read(path)) as reading:
            (epoch,) = reading.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
            events, newest_at = reading.execute("SELECT COUNT(*), MAX(at) FROM events").fetchone()
            (devices,) = reading.execute("SELECT COUNT(*) FROM devices WHERE NOT removed").fetchone()
            (users,) = reading.execute("SELECT COUNT(*) FROM users").fetchone()
    except (sqlite3.DatabaseError, TypeError) as error:
        raise Misconfigured(f"{path} is no journal of HomeGuard ({error})") from error
    return Contents(epoch, events, devices, users, newest_at)


def put_in_place(draft: Path, target: Path) -> None:
    """Put a complete file on the disk, then give it its name."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(target)
    sync_directory(target.parent)
