"""The journal as the rest of HomeGuard holds it: one writer thread, readers apart, commits announced in order."""

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import peewee

from homeguard.clock import Clock, utc_now
from homeguard.errors import Unavailable
from homeguard.events import Channel, Event
from homeguard.journal.database import one_view, open_database, release, translated, write_lock
from homeguard.journal.faults import THE_JOURNAL, JournalDamaged, JournalReplaced
from homeguard.journal.models import ChannelHead, MetaRow, tuples_of
from homeguard.journal.sqlite_file import SqliteFile
from homeguard.journal.transaction import Transaction
from homeguard.journal.writer import Writer

logger = logging.getLogger(__name__)

READERS: Final = 3  # threads; reads are short, and SQLite's readers do not wait for the writer

T = TypeVar("T")
CommitListener = Callable[[Sequence[Event]], None]
HealthListener = Callable[[str | None], None]


class Journal:
    """The truth on disk. One is open per process; `open` blocks, everything else is for the event loop."""

    def __init__(self, opened: peewee.Database, clock: Clock) -> None:
        """Use `Journal.open`."""
        self._database = opened
        self._clock = clock
        self.epoch = self._read_epoch()  # which may fail: no thread has begun
        self._writer = Writer("journal-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="journal-reader")
        self._commit_listeners: list[CommitListener] = []
        self._outbox_listeners: list[Callable[[], None]] = []
        self._health_listeners: list[HealthListener] = []
        self._replaced_listeners: list[Callable[[], None]] = []
        self._is_damaged = False
        self._writing = 0
        self.fault: str | None = None

    @classmethod
    def open(cls, target: str, *, clock: Clock = utc_now, begin_anew: bool = False) -> "Journal":
        """Open a database URL or SQLite path, brought up to date. Blocks.

        Raises:
            Misconfigured: it cannot be opened, or was set aside and not `begin_anew`.
            Unavailable: somebody has locked it.
        """
        opened = open_database(target, begin_anew=begin_anew)
        try:
            return cls(opened, clock)
        except BaseException:
            opened.close()
            release(opened)
            raise

    def _read_epoch(self) -> str:
        """Read the name of this journal, given once when it was made."""
        with translated(self._database), write_lock(self._database):
            row = MetaRow.get_or_none(MetaRow.key == "epoch")
            epoch = str(row.value) if row else secrets.token_hex(4)
            if row is None:
                MetaRow.create(key="epoch", value=epoch)
        self._database.close()
        return epoch

    def on_commit(self, listener: CommitListener) -> None:
        """Call with the events of each commit, on the loop, in the order of `seq`, before `write` returns."""
        self._commit_listeners.append(listener)

    def on_outbox(self, listener: Callable[[], None]) -> None:
        """Call, on the loop, when a commit has put something into the outbox."""
        self._outbox_listeners.append(listener)

    def on_health(self, listener: HealthListener) -> None:
        """Call, on the loop, when storage fails (with the reason) or works again (with None)."""
        self._health_listeners.append(listener)

    def on_replaced(self, listener: Callable[[], None]) -> None:
        """Call, on the loop, when the journal turns out to be another one: nothing more can be written to this one."""
        self._replaced_listeners.append(listener)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction on the writer thread; it is on disk when this returns.

        Raises:
            Unavailable: the database is locked, full, gone, damaged or another one; nothing was written.
        """
        # While storage is away one tries; each in the queue would wait for a lock once more. Damage is for good.
        if self.fault is not None and (self._writing or self._is_damaged):
            raise Unavailable(THE_JOURNAL, self.fault)

        def run() -> tuple[T, Transaction]:
            transaction = Transaction(self.epoch, self._clock())
            with translated(self._database), write_lock(self._database):
                result = work(transaction)
                transaction.flush()
            return result, transaction

        self._writing += 1
        try:
            result, _ = await self._writer.run(run, self._announce)
        except Unavailable as error:
            self.note(error)
            raise
        finally:
            self._writing -= 1
        self._set_fault(None)
        return result

    async def read(self, work: Callable[[], T]) -> T:
        """Run `work` on a reader thread, on one consistent view of the journal.

        A connection to PostgreSQL that was cut while nobody used it is found out here; the reader tries once more, on a
        new one.

        Raises:
            Unavailable: the database is gone, damaged or another one.
        """

        def run() -> T:
            with translated(self._database), one_view(self._database):
                return work()

        def run_again() -> T:
            try:
                return run()
            except (JournalDamaged, JournalReplaced):
                raise
            except Unavailable:
                if isinstance(self._database, SqliteFile):
                    raise
                return run()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, run_again)
        except (JournalDamaged, JournalReplaced) as error:
            self.note(error)
            raise

    async def heads(self) -> dict[Channel, int]:
        """Read the newest `seq` of each channel."""
        return await self.read(
            lambda: {
                Channel(name): head for name, head in tuples_of(ChannelHead.select(ChannelHead.name, ChannelHead.head))
            }
        )

    def close(self) -> None:
        """Finish what was begun and close every connection. Blocks."""
        self._writer.close(self._database.close)
        # A connection belongs to its thread: all readers meet, so that each of them closes its own.
        meeting = threading.Barrier(READERS)
        for closing in [self._readers.submit(self._close_reader, meeting) for _ in range(READERS)]:
            closing.result()
        self._readers.shutdown()
        release(self._database)

    def _close_reader(self, meeting: threading.Barrier) -> None:
        meeting.wait()
        self._database.close()

    def _announce(self, written: tuple[object, Transaction]) -> None:
        _, transaction = written
        if transaction.events:
            for listener in self._commit_listeners:
                listener(transaction.events)
        if transaction.wishes_to_publish:
            for wake in self._outbox_listeners:
                wake()

    def note(self, error: Unavailable) -> None:
        """Say that storage is away, and remember damage: to try again would not mend it."""
        if isinstance(error, JournalDamaged) and not self._is_damaged:
            self._is_damaged = True
            if isinstance(self._database, SqliteFile):
                self._database.files.note_damage(error.why)
        self._set_fault(error.why)
        if isinstance(error, JournalReplaced):
            for listener in self._replaced_listeners:
                listener()

    def _set_fault(self, fault: str | None) -> None:
        if (fault is None) == (self.fault is None):
            self.fault = fault
            return
        self.fault = fault
        if fault is None:
            logger.warning("journal: storage is back")
        else:
            logger.error("journal: cannot store: %s", fault)
        for listener in self._health_listeners:
            listener(fault)
