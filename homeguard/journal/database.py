"""Opens the database of the journal, brings its tables up to date, and translates its faults."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import peewee
from playhouse.migrations import MigrationError, Runner

from homeguard.errors import Misconfigured
from homeguard.journal.faults import fault_of
from homeguard.journal.models import database
from homeguard.journal.sqlite_file import SqliteFile

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"


def is_postgres(target: str) -> bool:
    """Say whether a journal's target is a URL of PostgreSQL, not a path for SQLite."""
    return target.startswith(("postgresql://", "postgres://"))


def open_database(target: str, *, begin_anew: bool = False) -> peewee.Database:
    """Open `postgresql://…`, or a path as SQLite, and bring its tables up to date. Blocks.

    Raises:
        Misconfigured: it cannot be opened, is newer than this program, or was set aside and not `begin_anew`.
    """
    opened = _postgres(target) if is_postgres(target) else SqliteFile(Path(target), begin_anew=begin_anew)
    database.initialize(opened)
    try:
        opened.connect(reuse_if_open=True)
        applied = _migrate(opened)
    except (peewee.PeeweeException, MigrationError) as error:
        opened.close()
        release(opened)
        raise Misconfigured(f"cannot open the journal {_shown(target)}: {error}") from error
    for name in applied:
        logger.info("journal: applied migration %s", name)
    opened.close()
    return opened


def release(opened: peewee.Database) -> None:
    """Let go of what was held beside the connections, which are closed by now."""
    if isinstance(opened, SqliteFile):
        opened.release()


def _migrate(opened: peewee.Database) -> list[str]:
    runner = Runner(opened, directory=str(MIGRATIONS))
    newer = [migration.name for migration in runner.status() if migration.path is None]
    if newer:
        raise MigrationError(f"a newer HomeGuard has changed it ({', '.join(newer)}): use that one")
    return list(runner.up())


def _postgres(url: str) -> peewee.Database:
    try:
        return peewee.PostgresqlDatabase(url.replace("postgres://", "postgresql://", 1), prefer_psycopg3=True)
    except peewee.ImproperlyConfigured as error:
        raise Misconfigured(f"PostgreSQL needs its driver: pip install 'homeguard[postgres]' ({error})") from error


def _shown(target: str) -> str:
    """Name a database without the password that its URL may carry."""
    scheme, separator, rest = target.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else target


def describe() -> str:
    """Tell which database the journal is in, with its version."""
    if isinstance(database.obj, peewee.SqliteDatabase):
        return f"SQLite {sqlite3.sqlite_version}"
    (version,) = database.obj.execute_sql("SHOW server_version").fetchone()
    return f"PostgreSQL {version.split()[0]}"


def write_lock(opened: peewee.Database) -> AbstractContextManager[Any]:
    """Begin a transaction that may write; SQLite takes its lock at once, so that it never fails half-way."""
    return opened.atomic("IMMEDIATE") if isinstance(opened, peewee.SqliteDatabase) else opened.atomic()


def one_view(opened: peewee.Database) -> AbstractContextManager[Any]:
    """Begin a transaction whose reads all see the same moment."""
    return opened.atomic() if isinstance(opened, peewee.SqliteDatabase) else opened.atomic("REPEATABLE READ")


@contextmanager
def translated(opened: peewee.Database) -> Iterator[None]:
    """Turn a fault of the database into `Unavailable`, and drop the thread's connection so that the next is new."""
    file = opened if isinstance(opened, SqliteFile) else None
    try:
        if file is not None:
            file.require_same_file()
        opened.connect(reuse_if_open=True)
        yield
    except (peewee.PeeweeException, sqlite3.Error) as error:  # SQLite's own where a cursor meets it on its later rows
        fault = fault_of(error, file.files.path.parent if file is not None else None)
        if fault is None:
            raise
        opened.close()
        raise fault from error
