"""The journal beside its writer: whole or damaged, and what waits in it, on SQLite and on PostgreSQL."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cli.doctor import journal as checks
from cli.doctor.finding import State
from cli.doctor.home import Home
from cli.running import Running
from homeguard.clock import utc_now
from homeguard.journal import Journal
from homeguard.journal.blocks import wish
from homeguard.topics import Topics
from tests.clock import ManualClock
from tests.doctor.conftest import Look
from tests.doctor.findings import only, states
from tests.journal.damage import MANY
from tests.journal.intake import Desk

ALERT = ("alerts", {"device_id": "cam-1", "reason": "Port scan"})


@pytest.fixture
def clock() -> ManualClock:
    clock = ManualClock()
    clock.now = utc_now()
    return clock


@pytest.fixture
def home(request: pytest.FixtureRequest, look: Look, tmp_path: Path) -> Home:
    """A home whose journal is in SQLite, or, where the test asks for `journal_url`, on both."""
    url = request.getfixturevalue("journal_url") if "journal_url" in request.fixturenames else ""
    return look(database_url=url) if url.startswith("postgres") else look(data_dir=tmp_path / "data")


@pytest.fixture
def desk(home: Home, clock: ManualClock) -> Iterator[Desk]:
    journal = Journal.open(home.settings.database, clock=clock)
    yield Desk(journal)
    journal.close()


def write_and_close(home: Home, *messages: tuple[str, object]) -> None:
    async def write() -> None:
        journal = Journal.open(home.settings.database)
        await Desk(journal).take(*messages)
        journal.close()

    asyncio.run(write())


def running(home: Home) -> Home:
    return replace(home, running=Running(os.getpid(), "http://127.0.0.1:1", 0))


@pytest.mark.usefixtures("journal_url")
async def test_journal_in_use_is_fine_in_every_way(home: Home, desk: Desk) -> None:
    await desk.take(ALERT)
    for check in (checks.integrity, checks.size, checks.newest, checks.rejects, checks.outbox):
        assert states(check, running(home)) == [State.FINE], check.__name__
    assert states(checks.write_ahead, home) == []
    assert "holds 1 event" in only(checks.size, home, State.FINE).what


@pytest.mark.usefixtures("journal_url", "desk")
def test_journal_without_an_event_is_fine(home: Home) -> None:
    assert "no event yet" in only(checks.newest, home, State.FINE).what
    assert "holds 0 events" in only(checks.size, home, State.FINE).what


@pytest.mark.usefixtures("journal_url")
async def test_clock_before_the_newest_event_is_found(home: Home, desk: Desk, clock: ManualClock) -> None:
    clock.advance(3600)
    await desk.take(ALERT)
    assert "before the newest event" in only(checks.newest, home, State.LOSS).what


@pytest.mark.usefixtures("journal_url")
async def test_rejects_of_the_last_day_are_counted_and_the_newest_is_named(
    home: Home, desk: Desk, clock: ManualClock
) -> None:
    clock.advance(-2 * 86_400)
    await desk.take(("alerts", b"long ago"))
    assert states(checks.rejects, home) == [State.FINE]
    clock.advance(2 * 86_400)
    await desk.take(("alerts", b"not JSON"), ("alerts", {"device_id": "cam-1"}))
    finding = only(checks.rejects, home, State.WARNING)
    assert finding.what.startswith("2 messages of the last day could not be read; the newest on homeguard/alerts: ")


@pytest.mark.usefixtures("journal_url")
async def test_outbox_that_does_not_empty_is_found(home: Home, desk: Desk, clock: ManualClock) -> None:
    clock.advance(-300)
    await desk.journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="admin"))
    assert only(checks.outbox, home, State.LOSS).what.startswith("3 messages in the outbox")


@pytest.mark.usefixtures("journal_url")
async def test_retention_that_is_behind_is_found_while_homeguard_runs(
    home: Home, desk: Desk, clock: ManualClock
) -> None:
    clock.advance(-timedelta(days=92).total_seconds())
    await desk.take(ALERT)
    assert State.WARNING not in states(checks.size, home)
    assert "1 event," in only(checks.size, running(home), State.WARNING).what


def test_damaged_journal_is_found(home: Home) -> None:
    write_and_close(home, *[("alerts", {"device_id": "cam-1", "reason": "x" * 400, "n": n}) for n in range(400)])
    path = Path(home.settings.database)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * 8192)
    assert "the journal is damaged: " in only(checks.integrity, home, State.LOSS).what
    path.write_bytes(b"this was a database once" * 1000)
    assert "not a database" in only(checks.integrity, home, State.LOSS).what
    assert states(checks.size, home) == []  # said once


async def test_journal_too_large_to_be_checked_is_left_alone(
    home: Home, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.take(ALERT)
    with closing(sqlite3.connect(home.settings.database)) as filling, filling:
        filling.execute(MANY)  # more than it takes to be interrupted
    monkeypatch.setattr(checks, "CHECK_SECONDS", 0.0)
    finding = only(checks.integrity, home, State.UNSEEN)
    assert "too large" in finding.what
    assert "quick_check" in (finding.mend or "")


async def test_log_that_a_reader_holds_open_is_found(home: Home, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MAX_WAL_BYTES", 100_000)
    await desk.take(ALERT)
    reader = sqlite3.connect(home.settings.database, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM events").fetchall()
    await desk.take(*[("alerts", {"device_id": "cam-1", "reason": "x" * 400, "n": n}) for n in range(400)])
    assert "somebody holds an old view" in only(checks.write_ahead, home, State.WARNING).what
    reader.close()


def test_missing_journal_is_not_made(home: Home) -> None:
    assert "none at" in only(checks.integrity, home, State.UNSEEN).what
    assert all(states(check, home) == [] for check in checks.CHECKS[1:])
    assert not home.data_dir.exists()


def test_looking_leaves_no_file_behind(home: Home) -> None:
    write_and_close(home, ALERT)
    before = sorted(path.name for path in home.data_dir.iterdir())
    for check in checks.CHECKS:
        list(check(home))
    assert sorted(path.name for path in home.data_dir.iterdir()) == before


def test_database_server_that_is_not_there_cannot_be_seen(look: Look) -> None:
    home = look(database_url="postgresql://homeguard:a-secret@127.0.0.1:1/homeguard")
    finding = only(checks.integrity, home, State.UNSEEN)
    assert "refused" in finding.what
    assert "a-secret" not in str(finding)
