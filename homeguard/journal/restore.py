"""Puts a backup in the place of the journal, in use or not; the present one is kept, and the epoch is a new one.

Events behind the backup are gone from the history, and their `seq` will be given to others: only another epoch tells
clients so. Sign-ins end, for one that was revoked behind the backup must not stand again.
"""

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from homeguard.audit import CLI, Action
from homeguard.clock import Clock, utc_now
from homeguard.errors import Misconfigured
from homeguard.events import EventType
from homeguard.journal.audit import note
from homeguard.journal.backup import Contents, Progress, contents_of, copy_journal, draft_of, put_in_place
from homeguard.journal.blocks import blocked_devices, due_blocks, tell_released, wish
from homeguard.journal.database import open_database, release, write_lock
from homeguard.journal.files import DAMAGED, REPLACED, JournalFiles
from homeguard.journal.integrity import CHECK_SECONDS, find_damage, quick_check
from homeguard.journal.models import MetaRow, database, execute
from homeguard.journal.people import SessionRow
from homeguard.journal.transaction import Transaction
from homeguard.topics import Topics

# Fewer than the smallest journal has, so that the first step is not the last: it holds the lock and commits nothing.
PAGES_A_STEP: Final = 16
LOCK_SECONDS: Final = 30.0  # ingest commits every few milliseconds; a lock this long is somebody's by mistake
BY: Final = "restore"  # who is said to have released a block that the backup does not know


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: what the journal holds now, where the one before lies, whose wished block changed."""

    contents: Contents
    aside: Path | None
    blocked: list[str]
    released: list[str]


def restore(backup: Path, journal: Path, topics: Topics, *, progress: Progress, clock: Clock = utc_now) -> Restored:
    """Replace the journal by what a backup holds. A HomeGuard that has it open takes it up by itself. Blocks.

    Raises:
        Misconfigured: the backup is none, is damaged or newer than this program; the journal stays as it was.
    """
    files = JournalFiles(journal)
    if not backup.is_file():
        raise Misconfigured(f"there is no backup {backup}")
    if journal.exists() and backup.samefile(journal):
        raise Misconfigured(f"{backup} is the journal itself")
    alone = files.hold_alone()
    with alone or files.share(), draft_of(journal) as draft:
        damage = find_damage(files) if alone else quick_check(journal, CHECK_SECONDS)
        if damage is not None and alone is None:
            raise Misconfigured(f"the journal {journal} is damaged ({damage}) and in use: stop HomeGuard first")
        blocked_now = _blocked_in(journal) if damage is None else set()
        blocked = _prepare(backup, draft, blocked_now, topics, progress, clock())
        contents = contents_of(draft)
        if alone:
            aside = _move_aside(files, damage, clock())
            put_in_place(draft, journal)
        else:
            aside = _replace_in_use(draft, files, clock())
    return Restored(contents, aside, sorted(blocked - blocked_now), sorted(blocked_now - blocked))


def _blocked_in(journal: Path) -> set[str]:
    """Read whose block is wished, from a file of whatever version."""
    if not journal.exists():
        return set()
    with closing(sqlite3.connect(journal)) as reading, suppress(sqlite3.DatabaseError):
        return {id for (id,) in reading.execute("SELECT device_id FROM blocks WHERE desired")}
    return set()  # a database of another program lies there


def _prepare(
    backup: Path, draft: Path, blocked_now: set[str], topics: Topics, progress: Progress, now: datetime
) -> set[str]:
    """Make the journal that is to be from a backup; returns whose block is wished in it.

    Raises:
        Misconfigured: the backup is none, is damaged or newer than this program.
    """
    old_epoch = contents_of(backup).epoch
    copy_journal(backup, draft, progress)
    damage = quick_check(draft)
    if damage is not None:
        raise Misconfigured(f"the backup {backup} is damaged: {damage}")
    present = database.obj  # the tables are bound to one journal a process, and the draft is it for a moment
    try:
        opened = open_database(str(draft))
        try:
            with opened, write_lock(opened):
                return _renew(old_epoch, blocked_now, topics, now)
        finally:
            opened.close()
            release(opened)
    finally:
        database.initialize(present)


def _renew(old_epoch: str, blocked_now: set[str], topics: Topics, now: datetime) -> set[str]:
    """Give the journal a new epoch, end all sign-ins, and decide to tell the home what is blocked by it."""
    epoch = secrets.token_hex(4)
    MetaRow.update(value=epoch).where(MetaRow.key == "epoch").execute()
    names = [f'"alert_id":"{name}-' for name in (old_epoch, epoch)]  # the ids of alerts begin with the epoch
    acknowledged = EventType.ALERT_ACKNOWLEDGED.value
    execute('UPDATE "events" SET "body" = REPLACE("body", ?, ?) WHERE "type" = ?', *names, acknowledged)
    SessionRow.delete().execute()
    transaction = Transaction(epoch, now)
    note(transaction, Action.RESTORED, by=CLI, details={"epoch_before": old_epoch})
    for device_id in due_blocks(now):
        wish(transaction, topics, device_id, desired=False, by="timer")
    blocked = blocked_devices()
    for device_id in sorted(blocked_now - blocked):
        tell_released(transaction, topics, device_id, by=BY)
        note(transaction, Action.UNBLOCKED, by=CLI, target=device_id, details={"reason": "restore"})
    return blocked


def _move_aside(files: JournalFiles, damage: str | None, now: datetime) -> Path | None:
    """Set aside what is there, nobody having it open."""
    if damage is None and not files.path.exists():
        return None
    return files.set_aside(DAMAGED if damage else REPLACED, now)


def _replace_in_use(draft: Path, files: JournalFiles, now: datetime) -> Path:
    """Write a journal over one that is in use, in one transaction; the one before is copied under the same lock.

    Whoever has it open sees one more commit, finds another epoch in it, and opens it again.

    Raises:
        Misconfigured: there is no room, or somebody holds the journal's lock; the journal stays as it was.
    """
    aside = files.aside_name(REPLACED, now)
    _require_room(files.path.parent, files.path.stat().st_size + 2 * draft.stat().st_size)

    def keep(status: int, *_: int) -> None:
        if status == sqlite3.SQLITE_BUSY:
            raise Misconfigured(f"the journal {files.path} was locked for {LOCK_SECONDS:.0f} s: nothing was changed")
        if not aside.exists():
            with draft_of(aside) as copy:
                copy_journal(files.path, copy, lambda _: None)
                put_in_place(copy, aside)

    with closing(sqlite3.connect(draft)) as source, closing(sqlite3.connect(files.path, timeout=LOCK_SECONDS)) as live:
        try:
            source.backup(live, pages=PAGES_A_STEP, progress=keep)
        except sqlite3.DatabaseError as error:
            aside.unlink(missing_ok=True)  # a copy of what is there still
            raise Misconfigured(f"cannot restore: {error}; the journal {files.path} stays as it was") from error
        with suppress(sqlite3.OperationalError):  # it is restored; a log that is not emptied now will be by the next
            live.execute("PRAGMA busy_timeout = 1000")
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return aside


def _require_room(directory: Path, needed: int) -> None:
    found = os.statvfs(directory)
    free = found.f_bavail * found.f_frsize
    if free < needed:
        raise Misconfigured(f"to restore takes {needed >> 20} MiB in {directory}, and {free >> 20} MiB are free")
