"""Damage is found before the journal is opened; nothing is deleted, and nothing begins anew by itself."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeguard.errors import Misconfigured
from homeguard.journal import Journal
from homeguard.journal.files import JournalFiles
from homeguard.journal.integrity import check_at_start, find_damage, quick_check
from homeguard.journal.wal import find_log_damage
from tests.journal.damage import MANY, PAGE_BYTES, frames, journal_of_a_killed_process, overwrite, overwrite_pages
from tests.journal.intake import Desk

ALERTS = 6


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """The files of a journal whose process was killed, by suffix."""
    path = tmp_path_factory.mktemp("crashed") / "journal.db"
    log = journal_of_a_killed_process(path, ALERTS)
    return {"": path.read_bytes(), "-wal": log.read_bytes()}


@pytest.fixture
def path(tmp_path, crashed):
    """Its files, for a test to damage."""
    path = tmp_path / "journal.db"
    for suffix, content in crashed.items():
        path.with_name(path.name + suffix).write_bytes(content)
    return path


@pytest.fixture
def log(path):
    return path.with_name(path.name + "-wal")


def count_events(path):
    with sqlite3.connect(path) as reading:
        (count,) = reading.execute("SELECT COUNT(*) FROM events").fetchone()
    reading.close()
    return count


def test_journal_of_a_killed_process_is_whole_and_looking_changes_nothing(path, log, crashed):
    assert find_damage(JournalFiles(path)) is None
    assert (path.read_bytes(), log.read_bytes()) == (crashed[""], crashed["-wal"])
    assert count_events(path) == ALERTS


def test_end_that_a_power_cut_has_torn_is_no_damage(path, log):
    last_page = frames(log)[-1][0]
    log.write_bytes(log.read_bytes()[: last_page + 1000])
    assert find_damage(JournalFiles(path)) is None
    assert count_events(path) == ALERTS - 1


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_commits_that_sqlite_would_drop_without_a_word_are_found(tmp_path_factory, crashed, data):
    log = tmp_path_factory.mktemp("log") / "journal.db-wal"
    log.write_bytes(crashed["-wal"])
    starts = [start for start, _ in frames(log)]
    at = data.draw(st.integers(0, starts[-1] - 1))
    was = crashed["-wal"][at]
    overwrite(log, at, bytes([data.draw(st.integers(0, 255).filter(lambda byte: byte != was))]))
    broken = max((number for number, start in enumerate(starts) if start <= at), default=-1)
    # The page behind a damaged checksum is unreadable, too: it is computed from the one before.
    certain = sum(is_commit for _, is_commit in frames(log)[broken + 2 :])
    if broken < 0 or certain >= 2:
        assert "write-ahead log" in (find_log_damage(log, 60) or "")
    elif sum(is_commit for _, is_commit in frames(log)[broken + 1 :]) < 2:
        assert find_log_damage(log, 60) is None


def test_log_without_its_database_is_damage(path):
    path.unlink()
    assert "gone" in (find_damage(JournalFiles(path)) or "")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_bytes(b"this is no database, but long enough to be read as one" * 100), "not a data"),
        (lambda path: path.write_bytes(path.read_bytes()[: 5 * PAGE_BYTES]), "malformed"),
        (overwrite_pages, "malformed|btree"),
    ],
    ids=["empty", "another-kind", "truncated", "overwritten"],
)
def test_damaged_journal_is_set_aside_and_the_way_on_is_said(tmp_path, clock, damage, says):
    path = tmp_path / "journal.db"
    Journal.open(str(path)).close()
    damage(path)
    damaged = path.read_bytes()
    with pytest.raises(Misconfigured, match=says) as caught:
        check_at_start(path, begin_anew=False, clock=clock)
    (aside,) = tmp_path.glob("journal.damaged-*.db")
    assert aside.read_bytes() == damaged
    assert str(aside) in str(caught.value)
    assert f"homeguard restore FILE --data-dir {tmp_path}" in str(caught.value)
    assert f"homeguard up --new-journal --data-dir {tmp_path}" in str(caught.value)


def test_log_is_set_aside_with_its_journal_and_opens_with_it(path, log, clock):
    overwrite(log, frames(log)[0][0] + 500, b"damage")
    with pytest.raises(Misconfigured):
        check_at_start(path, begin_anew=False, clock=clock)
    (aside,) = path.parent.glob("journal.damaged-*.db")
    assert aside.with_name(f"{aside.name}-wal").exists()
    assert not log.exists()


async def test_no_command_makes_an_empty_journal_where_one_was_set_aside(path, log, clock):
    log.unlink()
    path.write_bytes(b"")
    for _ in range(2):
        with pytest.raises(Misconfigured, match=r"set aside|damaged"):
            check_at_start(path, begin_anew=False, clock=clock)
    with pytest.raises(Misconfigured, match="set aside"):
        Journal.open(str(path))
    assert not path.exists()
    check_at_start(path, begin_anew=True, clock=clock)
    journal = Journal.open(str(path), begin_anew=True)
    (outcome,) = await Desk(journal).take(("alerts", {"device_id": "cam-1", "reason": "r"}))
    assert outcome.seq == 1
    journal.close()
    check_at_start(path, begin_anew=False, clock=clock)


def test_second_damage_in_the_same_second_overwrites_nothing(path, log, clock):
    log.unlink()
    for content in (b"one", b"two"):
        path.write_bytes(content)
        check_at_start(path, begin_anew=True, clock=clock)
    assert sorted(aside.read_bytes() for aside in path.parent.glob("journal.damaged-*")) == [b"one", b"two"]


def test_new_journal_leaves_a_whole_one_alone(path, log, clock):
    check_at_start(path, begin_anew=True, clock=clock)
    assert count_events(path) == ALERTS


def test_journal_that_somebody_has_open_is_not_moved(tmp_path, clock):
    path = tmp_path / "journal.db"
    journal = Journal.open(str(path))
    overwrite_pages(path)
    check_at_start(path, begin_anew=False, clock=clock)
    assert path.exists()
    journal.close()
    with pytest.raises(Misconfigured):
        check_at_start(path, begin_anew=False, clock=clock)


def test_look_is_cut_short_but_not_where_damage_was_seen(tmp_path, clock, monkeypatch, caplog):
    path = tmp_path / "journal.db"
    Journal.open(str(path)).close()
    with sqlite3.connect(path) as filling:
        filling.execute(MANY)
    filling.close()
    pages = path.stat().st_size // PAGE_BYTES
    overwrite(path, pages // 4 * PAGE_BYTES, b"\xff" * PAGE_BYTES)  # SQLite looks from the end
    monkeypatch.setattr("homeguard.journal.integrity.CHECK_SECONDS", 0.0)
    caplog.set_level("INFO")
    check_at_start(path, begin_anew=False, clock=clock)
    assert "a backup looks at all of it" in caplog.text
    JournalFiles(path).note_damage("a page could not be read")
    with pytest.raises(Misconfigured, match="damaged"):
        check_at_start(path, begin_anew=False, clock=clock)


def test_whole_look_that_finds_nothing_forgets_what_was_seen(tmp_path, clock):
    path = tmp_path / "journal.db"
    Journal.open(str(path)).close()
    JournalFiles(path).note_damage("a page could not be read")
    check_at_start(path, begin_anew=False, clock=clock)
    assert JournalFiles(path).seen_damage is None


def test_quick_check_of_what_cannot_be_read_is_no_damage(tmp_path):
    with pytest.raises(Misconfigured, match="unable to open"):
        quick_check(tmp_path / "none.db")


def test_journal_of_a_newer_homeguard_is_refused(tmp_path):
    path = tmp_path / "journal.db"
    Journal.open(str(path)).close()
    with sqlite3.connect(path) as later:
        later.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")
    later.close()
    with pytest.raises(Misconfigured, match=r"newer HomeGuard.*9999_later"):
        Journal.open(str(path))


def test_opening_waits_for_whoever_has_the_files_alone(tmp_path, monkeypatch):
    path = tmp_path / "journal.db"
    hold = JournalFiles(path).hold_alone()
    assert hold is not None
    monkeypatch.setattr("homeguard.journal.files.SHARE_SECONDS", 0)
    with pytest.raises(Misconfigured, match="try again"):
        Journal.open(str(path))
    monkeypatch.undo()
    tried, released = threading.Event(), threading.Event()

    def try_again_when_told(_):
        tried.set()
        released.wait(10)

    monkeypatch.setattr("homeguard.journal.files.sleep", try_again_when_told)
    with ThreadPoolExecutor(1) as opening:
        opened = opening.submit(Journal.open, str(path))
        assert tried.wait(10)
        hold.release()
        released.set()
        opened.result(10).close()


def test_journal_that_cannot_be_opened_is_not_held(tmp_path):
    path = tmp_path / "journal.db"
    Journal.open(str(path)).close()
    overwrite_pages(path, keep=0)
    with pytest.raises(Misconfigured):
        Journal.open(str(path))
    hold = JournalFiles(path).hold_alone()
    assert hold is not None
    hold.release()
