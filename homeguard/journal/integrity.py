"""Looks at a SQLite journal before it is opened: what is damaged is set aside, and nothing begins anew by itself."""

import logging
import shlex
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from homeguard.clock import Clock, utc_now
from homeguard.errors import Misconfigured
from homeguard.journal.faults import is_damage
from homeguard.journal.files import DAMAGED, JournalFiles
from homeguard.journal.wal import find_log_damage
from homeguard.places import default_data_dir

logger = logging.getLogger(__name__)

# Reading a whole journal takes 0.3 s a million events from memory, and ten times that and more from a slow disk.
CHECK_SECONDS: Final = 5.0
COMMAND_SECONDS: Final = 1.0  # a command such as `homeguard token` has it open for less than this
NO_LIMIT: Final = threading.TIMEOUT_MAX
_AGAIN_SECONDS: Final = 0.01  # an interruption that comes before the statement has begun is lost


def check_at_start(path: Path, *, begin_anew: bool, clock: Clock = utc_now) -> None:
    """Set a damaged journal aside; only `begin_anew` lets an empty one take its place. Blocks for some seconds at most.

    Raises:
        Misconfigured: it is or was damaged; the message says where it lies and how to go on.
    """
    files = JournalFiles(path)
    hold = files.hold_alone(COMMAND_SECONDS)
    if hold is None:
        return  # another HomeGuard has it open, and has looked
    with hold:
        damage = find_damage(files)
        if damage is None:
            files.forget_damage()
            if not begin_anew:
                require_not_aside(files)
            return
        aside = files.set_aside(DAMAGED, clock())
        logger.error("journal: %s is damaged (%s); it is kept as %s", path, damage, aside)
        if not begin_anew:
            raise Misconfigured(
                f"the journal {path} is damaged: {damage}. Nothing was deleted: it is kept as {aside}. {_ways_on(path)}"
            )


def require_not_aside(files: JournalFiles) -> None:
    """Refuse to make an empty journal in the place of one that was set aside.

    Raises:
        Misconfigured: there is none, and there was one.
    """
    if files.path.exists():
        return
    aside = files.last_aside()
    if aside is not None:
        raise Misconfigured(f"there is no journal {files.path}: it was set aside as {aside}. {_ways_on(files.path)}")


def _ways_on(path: Path) -> str:
    where = "" if path.parent == default_data_dir() else f" --data-dir {shlex.quote(str(path.parent))}"
    return (
        f"Restore a backup with `homeguard restore FILE{where}`, "
        f"or begin with an empty journal: `homeguard up --new-journal{where}`"
    )


def find_damage(files: JournalFiles) -> str | None:
    """Tell what is wrong with a journal that nobody has open, None where nothing was found. Changes nothing.

    Where a process has seen damage before, the look is as long as it takes.
    """
    if not files.path.exists():
        has_log = files.log.exists() and files.log.stat().st_size > 0
        return "the database file is gone, but its write-ahead log is there" if has_log else None
    if files.path.stat().st_size == 0:
        return "the database file is empty"
    seconds = NO_LIMIT if files.seen_damage else CHECK_SECONDS
    return find_log_damage(files.log, seconds) or quick_check(files.path, seconds)


def quick_check(path: Path, seconds: float = NO_LIMIT) -> str | None:
    """Let SQLite look at every page for some seconds, without changing a file; tells the first damage it finds.

    Raises:
        Misconfigured: the file cannot be read.
    """
    try:
        # Opened to read only, the last one to close does not empty the log into a database that may be broken.
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, check_same_thread=False)) as looking, cut_short(looking, seconds):
            (found,) = looking.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            logger.info("journal: looked for damage for %.0f s and found none; a backup looks at all of it", seconds)
            return None
        if not is_damage(error):
            raise Misconfigured(f"cannot read the journal {path}: {error}") from error
        return str(error)
    return None if found == "ok" else str(found).replace("\n", ": ")


@contextmanager
def cut_short(looking: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Interrupt what a connection does after some seconds; SQLite's progress handler is not asked within a check."""
    is_done = threading.Event()

    def cut() -> None:
        if is_done.wait(seconds):
            return
        looking.interrupt()
        while not is_done.wait(_AGAIN_SECONDS):
            looking.interrupt()

    cutting = threading.Thread(target=cut, name="cut-short")
    cutting.start()
    try:
        yield
    finally:
        is_done.set()
        cutting.join()
