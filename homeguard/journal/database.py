"""Opens the database of the journal, brings its tables up to date, and translates its faults."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import peewee
from playhouse.migrations import MigrationError, Runner

from homeguard.errors import Misconfigured, Unavailable
from homeguard.journal.models import database

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_SECONDS = 5  # how long SQLite waits for another process's lock before it is our `Unavailable`

MIGRATIONS = Path(__file__).parent / "migrations"

SQLITE_PRAGMAS = {
    "journal_mode": "wal",  # readers go on while the writer writes
    "synchronous": "full",  # a commit is on the disk: what was acknowledged survives a power cut
    "foreign_keys": 1,
    "cache_size": -32 * 1024,  # KiB; the recent pages of a busy journal stay in memory
    "temp_store": "memory",
}


def open_database(target: str) -> peewee.Database:
    """Open `postgresql://…`, or a path as SQLite, and bring its tables up to date. Blocks.

    Raises:
        Misconfigured: it cannot be opened, or is newer than this program.
    """
    is_postgres = target.startswith(("postgresql://", "postgres://"))
    opened = _postgres(target) if is_postgres else _sqlite(Path(target))
    database.initialize(opened)
    try:
        opened.connect(reuse_if_open=True)
        applied = Runner(opened, directory=str(MIGRATIONS)).up()  # type: ignore[no-untyped-call]
    except (peewee.PeeweeException, MigrationError) as error:
        opened.close()
        raise Misconfigured(f"cannot open the journal {_shown(target)}: {error}") from error
    for name in applied:
        logger.info("journal: applied migration %s", name)
    opened.close()
    return opened


def _postgres(url: str) -> peewee.Database:
    try:
        return peewee.PostgresqlDatabase(url.replace("postgres://", "postgresql://", 1), prefer_psycopg3=True)
    except peewee.ImproperlyConfigured as error:
        raise Misconfigured(f"PostgreSQL needs its driver: pip install 'homeguard[postgres]' ({error})") from error


def _sqlite(path: Path) -> peewee.Database:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"cannot make the journal {path}: {error.strerror}") from error
    return peewee.SqliteDatabase(str(path), pragmas=SQLITE_PRAGMAS, timeout=BUSY_TIMEOUT_SECONDS)


def _shown(target: str) -> str:
    """Name a database without the password that its URL may carry."""
    scheme, separator, rest = target.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else target


def write_lock(opened: peewee.Database) -> AbstractContextManager[Any]:
    """Begin a transaction that may write; SQLite takes its lock at once, so that it never fails half-way."""
    return opened.atomic("IMMEDIATE") if isinstance(opened, peewee.SqliteDatabase) else opened.atomic()


def one_view(opened: peewee.Database) -> AbstractContextManager[Any]:
    """Begin a transaction whose reads all see the same moment."""
    return opened.atomic() if isinstance(opened, peewee.SqliteDatabase) else opened.atomic("REPEATABLE READ")


@contextmanager
def translated(opened: peewee.Database) -> Iterator[None]:
    """Turn a fault of the database into `Unavailable`, and drop the thread's connection so that the next is new."""
    try:
        opened.connect(reuse_if_open=True)
        yield
    except (peewee.OperationalError, peewee.InterfaceError) as error:
        opened.close()
        raise Unavailable("the journal", str(error).strip() or type(error).__name__) from error
