"""A SQLite database that notices when its file is gone or is another: SQLite itself would write on, into nothing."""

import os
from pathlib import Path
from typing import Final

import peewee

from homeguard.errors import Misconfigured, Unavailable
from homeguard.journal.faults import THE_JOURNAL, JournalReplaced
from homeguard.journal.files import JournalFiles
from homeguard.journal.integrity import require_not_aside

BUSY_TIMEOUT_SECONDS = 5  # how long SQLite waits for another process's lock before it is our `Unavailable`

PRAGMAS: Final = {
    "journal_mode": "wal",  # readers go on while the writer writes
    "synchronous": "full",  # a commit is on the disk: what was acknowledged survives a power cut
    "foreign_keys": 1,
    "cache_size": -32 * 1024,  # KiB; the recent pages of a busy journal stay in memory
    "temp_store": "memory",
}


class SqliteFile(peewee.SqliteDatabase):
    """The journal in a file, held against being moved until `release`."""

    def __init__(self, path: Path, *, begin_anew: bool = False) -> None:
        """Make the file where there is none yet; `begin_anew`: also where one was set aside.

        Raises:
            Misconfigured: it cannot be made, or must not be.
        """
        self.files = JournalFiles(path)
        self._hold = self.files.share()
        try:
            if not begin_anew:
                require_not_aside(self.files)
            path.touch(mode=0o600, exist_ok=True)
        except (OSError, Misconfigured) as error:
            self._hold.release()
            if isinstance(error, OSError):
                raise Misconfigured(f"cannot make the journal {path}: {error.strerror}") from error
            raise
        self._identity = self.files.identity()
        # Never made by opening it: one that vanished must not come back empty.
        uri = f"{path.absolute().as_uri()}?mode=rw"
        super().__init__(uri, uri=True, pragmas=PRAGMAS, timeout=BUSY_TIMEOUT_SECONDS)

    def require_same_file(self) -> None:
        """Look whether the file that was opened still lies at its path; takes two microseconds.

        Raises:
            Unavailable: it is gone.
            JournalReplaced: another one lies there.
        """
        present = self.files.identity()
        if present is None:
            raise Unavailable(THE_JOURNAL, f"{os.fspath(self.files.path)} is gone")
        if present != self._identity:
            raise JournalReplaced

    def release(self) -> None:
        """Let others move the file; every connection is closed by now."""
        self._hold.release()
