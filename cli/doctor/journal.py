"""The journal, read beside the HomeGuard that writes it: whether it is whole, how large, and what waits in it."""

import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import peewee

from cli.doctor.finding import Check, Finding, counted, fine, loss, unseen, warning
from cli.doctor.home import Home
from cli.errors import printable
from homeguard.clock import from_rfc3339, to_rfc3339, utc_now
from homeguard.journal.integrity import cut_short

CHECK_SECONDS: Final = 20.0  # for quick_check, about 1 GB where the disk is fast; a larger journal is left alone
MAX_WAL_BYTES: Final = 64 * 1024 * 1024  # SQLite folds it in at 4 MB, unless a reader holds it open
STUCK_SECONDS: Final = 60  # the outbox sends at once where the broker answers
CLOCK_SECONDS: Final = 5  # two machines with NTP differ by less


class NoJournalError(Exception):
    """There is none to look at, or it does not let us; says why."""


@contextmanager
def opened(home: Home) -> Iterator[peewee.Database]:
    """Open the journal for reading alone; nothing is made, migrated or locked.

    Raises:
        NoJournalError: there is none, or it cannot be reached.
    """
    if home.settings.database_url is not None:
        database = _postgres(home.settings.database_url.get_secret_value())
    else:
        database = _sqlite(Path(home.settings.database))
    try:
        yield database
    except (peewee.OperationalError, peewee.InterfaceError) as error:
        raise NoJournalError(str(error).strip()) from error
    finally:
        database.close()


def _sqlite(path: Path) -> peewee.Database:
    if not path.exists():
        raise NoJournalError(f"there is none at {path} yet")
    # Without a WAL nobody writes; then a read-only connection would still leave its two files behind.
    is_still = not path.with_name(f"{path.name}-wal").exists()
    return peewee.SqliteDatabase(f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_still else ''}", uri=True)


def _postgres(url: str) -> peewee.Database:
    return peewee.PostgresqlDatabase(
        url.replace("postgres://", "postgresql://", 1),
        prefer_psycopg3=True,
        options="-c default_transaction_read_only=on",
        connect_timeout=5,
    )


def _rows(database: peewee.Database, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # damage may show only when the rows are fetched
        return list(database.execute_sql(sql.replace("?", database.param), parameters).fetchall())  # type: ignore[no-untyped-call]


def integrity(home: Home) -> Iterator[Finding]:
    """See whether the journal is whole, for as long as that may take."""
    try:
        with opened(home) as database:
            yield _quick_check(database, home) if isinstance(database, peewee.SqliteDatabase) else _answering(database)
    except NoJournalError as error:
        yield unseen(f"the journal: {error}", mend=home.start_command)
    except peewee.DatabaseError as error:
        yield _broken(home, str(error))


def _answering(database: peewee.Database) -> Finding:
    _rows(database, "SELECT 1")
    return fine("the journal is in PostgreSQL, which answers and looks after its own files")


def _quick_check(database: peewee.SqliteDatabase, home: Home) -> Finding:
    connection: sqlite3.Connection = database.connection()  # type: ignore[no-untyped-call]
    try:
        with cut_short(connection, CHECK_SECONDS):
            said = _rows(database, "PRAGMA quick_check(3)")
    except peewee.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        return unseen(
            f"the journal is too large to be checked in {CHECK_SECONDS:g} s",
            mend=f"sqlite3 -readonly {_path(home)} 'PRAGMA quick_check'",
        )
    if said == [("ok",)]:
        return fine("the journal is whole (quick_check)")
    return _broken(home, "; ".join(str(row[0]) for row in said))


def _broken(home: Home, why: str) -> Finding:
    return loss(
        f"the journal is damaged: {printable(why)}",
        would_lose="what lies in the damaged pages, and soon the rest",
        mend=f"cp -p {_path(home)} /var/tmp/ && homeguard up  # it sets a damaged journal aside and says so",
    )


def _path(home: Home) -> str:
    return shlex.quote(home.settings.database)


def size(home: Home) -> Iterator[Finding]:
    """See how large the journal is, and whether retention keeps up."""
    try:
        with opened(home) as database:
            ((oldest, newest),) = _rows(database, "SELECT MIN(seq), MAX(seq) FROM events")
            first = _rows(database, "SELECT at FROM events WHERE seq = ?", oldest)
    except (NoJournalError, peewee.DatabaseError):
        return  # said by `integrity`
    count = newest - oldest + 1 if newest is not None else 0
    settings = home.settings
    yield fine(
        f"the journal holds {counted(count, 'event')}{_megabytes(home)}; "
        f"kept: {settings.retention_days} days, {settings.retention_events:,} events"
    )
    cutoff = utc_now() - timedelta(days=settings.retention_days + 1)
    too_old = any(from_rfc3339(at) < cutoff for (at,) in first)
    if home.running is not None and (too_old or count > settings.retention_events * 1.1):
        yield warning(
            f"retention is behind: {counted(count, 'event')}, the oldest of {first[0][0]}",
            would_lose="nothing yet; the disk fills",
            mend=f"{home.curl('/readyz')}  # then look into the log for `housekeeping`",
        )


def _megabytes(home: Home) -> str:
    if home.settings.database_url is not None:
        return ""
    return f", {Path(home.settings.database).stat().st_size / 1e6:,.1f} MB"


def write_ahead(home: Home) -> Iterator[Finding]:
    """See whether SQLite's write-ahead log grows without being folded in."""
    if home.settings.database_url is not None:
        return
    path = Path(f"{home.settings.database}-wal")
    length = path.stat().st_size if path.exists() else 0
    if length > MAX_WAL_BYTES:
        yield warning(
            f"the write-ahead log of the journal has {length / 1e6:,.0f} MB: somebody holds an old view of it open",
            would_lose="nothing; reading becomes slow and the disk fills",
            mend=f"sudo fuser -v {_path(home)}  # end what is not HomeGuard",
        )


def newest(home: Home) -> Iterator[Finding]:
    """Compare the clock with the newest event: time must not run backwards."""
    try:
        with opened(home) as database:
            found = _rows(database, "SELECT at FROM events ORDER BY seq DESC LIMIT 1")
    except (NoJournalError, peewee.DatabaseError):
        return  # said by `integrity`
    if not found:
        yield fine("the journal has no event yet")
        return
    age = (utc_now() - from_rfc3339(found[0][0])).total_seconds()
    if age >= -CLOCK_SECONDS:
        yield fine(f"the newest event came {_ago(age)}")
    else:
        yield loss(
            f"the clock of this machine is {-age:,.0f} s before the newest event",
            would_lose="the order of times: new alerts look older than they are, timed blocks last longer",
            mend="sudo timedatectl set-ntp true && timedatectl timesync-status",
        )


def _ago(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "within the last minute"


def rejects(home: Home) -> Iterator[Finding]:
    """See what could not be read in the last day."""
    since = to_rfc3339(utc_now() - timedelta(days=1))
    try:
        with opened(home) as database:
            ((count,),) = _rows(database, "SELECT COUNT(*) FROM rejects WHERE at >= ?", since)
            newest_one = _rows(database, "SELECT topic, reason FROM rejects ORDER BY id DESC LIMIT 1")
    except (NoJournalError, peewee.DatabaseError):
        return  # said by `integrity`
    if not count:
        yield fine("every message of the last day could be read")
        return
    topic, reason = (printable(text)[:80] for text in newest_one[0])
    yield warning(
        f"{counted(count, 'message')} of the last day could not be read; the newest on {topic}: {reason}",
        would_lose="what their senders wanted to say: each is kept with the reason, none is shown as an event",
        mend=f'{home.curl("/api/rejects")} -H "Authorization: Bearer $(homeguard token)"',
    )


def outbox(home: Home) -> Iterator[Finding]:
    """See whether what HomeGuard decided to publish gets out."""
    try:
        with opened(home) as database:
            ((count, oldest),) = _rows(database, "SELECT COUNT(*), MIN(created_at) FROM outbox")
    except (NoJournalError, peewee.DatabaseError):
        return  # said by `integrity`
    waits = (utc_now() - from_rfc3339(oldest)).total_seconds() if oldest else 0.0
    if waits <= STUCK_SECONDS:
        yield fine("nothing waits in the outbox")
    else:
        yield loss(
            f"{counted(count, 'message')} in the outbox, the oldest since {oldest}",
            would_lose="nothing for good; but blocks that were wished do not reach devices and enforcers",
            mend=home.start_command if home.running is None else home.curl("/readyz"),
        )


CHECKS: Final[tuple[Check, ...]] = (integrity, size, write_ahead, newest, rejects, outbox)
