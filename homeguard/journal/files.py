"""The files of a SQLite journal: who has them open, how they are set aside, what was set aside. Deletes none."""

import contextlib
import fcntl
import os
from datetime import datetime
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Final

from homeguard.errors import Misconfigured

LOG_SUFFIX: Final = "-wal"  # SQLite's own names for what belongs to a database in WAL mode
INDEX_SUFFIX: Final = "-shm"
SHARE_SECONDS: Final = 10.0  # a start that looks for damage has the files alone for half as long
_TRY_SECONDS: Final = 0.05
DAMAGED: Final = "damaged"
REPLACED: Final = "replaced"


class Hold:
    """A lock on a journal's files; the kernel lets go of it also when the process is killed."""

    def __init__(self, descriptor: int) -> None:
        """Take the open lock file."""
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others have the files."""
        os.close(self._descriptor)

    def __enter__(self) -> "Hold":
        """Hold for a block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go at its end."""
        self.release()


class JournalFiles:
    """One journal on disk. Whoever has it open shares a lock, so that files are moved only when nobody has."""

    def __init__(self, path: Path) -> None:
        """Take the path of the database file."""
        self.path = path
        self.log = path.with_name(path.name + LOG_SUFFIX)
        self._index = path.with_name(path.name + INDEX_SUFFIX)
        self._lock = path.with_name(path.name + ".lock")

    def share(self) -> Hold:
        """Hold the files as one of many, for as long as the journal is open.

        Raises:
            Misconfigured: another process moves them now, or the directory cannot be written.
        """
        hold = self._hold(fcntl.LOCK_SH, SHARE_SECONDS)
        if hold is None:
            raise Misconfigured(f"another process restores or checks the journal {self.path}: try again in a moment")
        return hold

    def hold_alone(self, seconds: float = 0) -> Hold | None:
        """Hold the files with nobody else on them, None where somebody has them open for so long. Blocks."""
        return self._hold(fcntl.LOCK_EX, seconds)

    def _hold(self, kind: int, seconds: float) -> Hold | None:
        deadline = monotonic() + seconds
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Misconfigured(f"cannot make the journal {self.path}: {error.strerror}") from error
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if monotonic() >= deadline:
                    os.close(descriptor)
                    return None
                sleep(_TRY_SECONDS)
            else:
                return Hold(descriptor)

    @property
    def seen_damage(self) -> str | None:
        """What a process found damaged while it ran, None where none did."""
        try:
            return self._lock.read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def note_damage(self, damage: str) -> None:
        """Leave word of damage for the next start, in the lock file."""
        with contextlib.suppress(OSError):  # a disk that fails may well refuse this, too
            self._lock.write_text(damage + "\n", encoding="utf-8")

    def forget_damage(self) -> None:
        """Take the word away: a look at all of it has found nothing, or the files lie elsewhere."""
        if self.seen_damage:
            self._lock.write_bytes(b"")

    def aside_name(self, why: str, now: datetime) -> Path:
        """Make a name with a word and the time that no other file has."""
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        names = (f"{why}-{stamp}{f'-{number}' if number else ''}" for number in count())
        paths = (self.path.with_name(f"{self.path.stem}.{name}{self.path.suffix}") for name in names)
        return next(path for path in paths if not path.exists())

    def set_aside(self, why: str, now: datetime) -> Path:
        """Rename all files together, and return the database's new name; the caller holds them alone."""
        aside = self.aside_name(why, now)
        for file, suffix in ((self._index, INDEX_SUFFIX), (self.log, LOG_SUFFIX), (self.path, "")):
            if file.exists():
                file.rename(aside.with_name(aside.name + suffix))
        self.forget_damage()
        sync_directory(self.path.parent)
        return aside

    def last_aside(self) -> Path | None:
        """Find the newest that was set aside, None where none was."""
        found = [
            file
            for why in (DAMAGED, REPLACED)
            for file in self.path.parent.glob(f"{self.path.stem}.{why}-*")
            if not file.name.endswith(INDEX_SUFFIX)
        ]
        return max(found, key=lambda file: file.stat().st_ctime, default=None)

    def identity(self) -> tuple[int, int] | None:
        """Tell which file lies at the path now, None where none does."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def sync_directory(directory: Path) -> None:
    """Put renamed files on the disk: a name is on it only when its directory is."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
