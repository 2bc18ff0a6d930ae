"""A backup is one moment of a journal in use, whole or not there; a restore is another journal, and says so."""

import json
import os
import sqlite3
import threading

import pytest

from homeguard.errors import Misconfigured, Unavailable
from homeguard.events import Channel
from homeguard.journal import Journal
from homeguard.journal.alerts import AlertFilter, acknowledge, page_of_alerts
from homeguard.journal.audit import page_of_audit
from homeguard.journal.backup import back_up, contents_of, copy_journal
from homeguard.journal.blocks import blocked_devices, blocks_of, wish
from homeguard.journal.faults import JournalReplaced
from homeguard.journal.feed import events_since
from homeguard.journal.files import JournalFiles
from homeguard.journal.outbox import waiting
from homeguard.journal.restore import restore
from homeguard.journal.sessions import standing_session
from homeguard.topics import Topics
from tests.journal.damage import is_whole, overwrite_pages
from tests.journal.intake import Desk
from tests.journal.sign_ins import add, begin

ALERT = {"device_id": "cam-1", "reason": "Port scan"}
TOPICS = Topics()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path, clock):
    journal = Journal.open(str(path), clock=clock)
    yield journal
    journal.close()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "backup.db"


def saved(path, file, *, overwrite=False):
    return back_up(path, file, overwrite=overwrite, progress=lambda _: None)


def put_back(file, path, clock):
    return restore(file, path, TOPICS, progress=lambda _: None, clock=clock)


async def block(journal, device_id, *, desired=True):
    await journal.write(lambda tx: wish(tx, TOPICS, device_id, desired=desired, by="ada"))


async def test_backup_holds_what_was_committed_and_says_so(desk, journal, path, file, clock):
    await desk.take(("alerts", ALERT), ("devices", {"id": "cam-1", "kind": "camera"}))
    await add(journal, "ada", "admin")
    contents = saved(path, file)
    assert contents == contents_of(file)
    assert (contents.epoch, contents.events, contents.devices, contents.users) == (journal.epoch, 2, 1, 1)
    assert contents.newest_at == desk.committed[-1].at
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(entry.name for entry in file.parent.glob("*backup*")) == ["backup.db"]


async def test_backup_overwrites_nothing_unless_told(desk, path, file):
    saved(path, file)
    before = file.read_bytes()
    await desk.take(("alerts", ALERT))
    with pytest.raises(Misconfigured, match="--force"):
        saved(path, file)
    assert file.read_bytes() == before
    assert saved(path, file, overwrite=True).events == 1


async def test_backup_made_while_alerts_come_in_is_one_moment_and_blocks_nobody(desk, path, file, monkeypatch):
    monkeypatch.setattr("homeguard.journal.backup.PAGES_A_STEP", 5)  # many steps, with commits between them
    await desk.take(*[("alerts", ALERT | {"details": {"x": "y" * 500}})] * 400)
    steps, going = threading.Semaphore(0), threading.Semaphore(0)

    def step(_):
        steps.release()
        going.acquire(timeout=10)

    copying = threading.Thread(target=lambda: back_up(path, file, overwrite=False, progress=step))
    copying.start()
    for _ in range(10):
        assert steps.acquire(timeout=10)
        await desk.take(("alerts", ALERT))
        going.release()
    going.release(1000)
    copying.join(30)
    assert (contents_of(file).events, len(desk.committed)) == (400, 410)
    assert is_whole(file)


def test_backup_of_a_damaged_journal_is_not_kept(path, file):
    Journal.open(str(path)).close()
    overwrite_pages(path)
    with pytest.raises(Misconfigured, match=r"damaged|malformed"):
        saved(path, file)
    assert not file.exists()


def test_backup_that_cannot_be_written_says_where(journal, path, tmp_path):
    with pytest.raises(Misconfigured, match=r"cannot write .*nowhere"):
        saved(path, tmp_path / "nowhere" / "backup.db")


@pytest.mark.parametrize("is_in_use", [True, False], ids=["in-use", "off"])
async def test_restored_journal_has_the_backup_and_another_epoch_and_the_one_before_is_kept(
    path, file, clock, is_in_use
):
    journal = Journal.open(str(path), clock=clock)
    desk = Desk(journal)
    await desk.take(("alerts", ALERT | {"reason": "kept"}))
    first_epoch = journal.epoch
    saved(path, file)
    await desk.take(("alerts", ALERT | {"reason": "later"}))
    if not is_in_use:
        journal.close()
    done = put_back(file, path, clock)
    if is_in_use:
        journal.close()
    assert done.aside is not None
    assert (contents_of(done.aside).epoch, contents_of(done.aside).events) == (first_epoch, 2)
    assert done.aside.stat().st_mode & 0o777 == 0o600
    assert not list(path.parent.glob(".*"))
    again = Journal.open(str(path), clock=clock)
    backlog = await again.read(lambda: events_since(again.epoch, list(Channel), 0, 10))
    assert [json.loads(event.body)["reason"] for event in backlog.events] == ["kept"]
    assert again.epoch == done.contents.epoch != first_epoch
    again.close()
    assert is_whole(path)


async def test_journal_in_use_refuses_all_work_for_the_one_before_and_says_so(journal, desk, path, file, clock):
    await block(journal, "cam-1")
    (news, *_) = await journal.read(lambda: waiting(10))
    saved(path, file)
    replaced = []
    journal.on_replaced(lambda: replaced.append(True))
    put_back(file, path, clock)
    with pytest.raises(JournalReplaced):
        await desk.take(("alerts", ALERT))
    with pytest.raises(JournalReplaced):  # a row of the outbox that was sent: here it is another's
        await journal.write(lambda tx: tx.publish("homeguard/blocks/cam-2", b"{}", retain=True))
    assert replaced == [True, True]
    assert (await journal.read(lambda: waiting(10)))[0] == news
    assert desk.committed == []


async def test_nothing_is_committed_between_what_is_kept_aside_and_what_replaces_it(
    journal, desk, path, file, clock, monkeypatch
):
    await desk.take(("alerts", ALERT))
    saved(path, file)
    tried = []

    def copy_while_somebody_writes(source, target, progress):
        if source == path:
            somebody = sqlite3.connect(path, timeout=0.05, isolation_level=None)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                somebody.execute("BEGIN IMMEDIATE")
            somebody.close()
            tried.append(True)
        copy_journal(source, target, progress)

    monkeypatch.setattr("homeguard.journal.restore.copy_journal", copy_while_somebody_writes)
    put_back(file, path, clock)
    assert tried == [True]


async def test_restore_ends_every_sign_in(path, file, clock):
    journal = Journal.open(str(path), clock=clock)
    await add(journal, "ada", "admin")
    grant = await begin(journal, "ada")
    saved(path, file)
    journal.close()
    put_back(file, path, clock)
    again = Journal.open(str(path), clock=clock)
    assert await again.read(lambda: standing_session(grant.session.id, clock())) is None
    again.close()


async def test_a_restore_and_what_it_released_are_in_the_audit(path, file, clock):
    journal = Journal.open(str(path), clock=clock)
    saved(path, file)
    epoch = journal.epoch
    await block(journal, "cam-1")
    journal.close()
    put_back(file, path, clock)
    again = Journal.open(str(path), clock=clock)
    entries = await again.read(lambda: page_of_audit(None, 10))
    again.close()
    assert [(entry["action"], entry["by"], entry["target"], entry["details"]) for entry in reversed(entries)] == [
        ("restored", "cli", None, {"epoch_before": epoch}),
        ("unblocked", "cli", "cam-1", {"reason": "restore"}),
    ]


async def test_restore_tells_whose_block_changed_and_tells_the_home_of_all(path, file, clock):
    journal = Journal.open(str(path), clock=clock)
    for device_id in ("cam-1", "lock-1"):
        await block(journal, device_id)
    saved(path, file)
    await block(journal, "lock-1", desired=False)
    await block(journal, "tv-1")
    journal.close()
    done = put_back(file, path, clock)
    assert (done.blocked, done.released) == (["lock-1"], ["tv-1"])
    again = Journal.open(str(path), clock=clock)
    assert await again.read(blocked_devices) == {"cam-1", "lock-1"}
    told = {outgoing.topic: json.loads(outgoing.payload) for outgoing in await again.read(lambda: waiting(100))}
    assert (told["homeguard/blocks/tv-1"]["desired"], told["homeguard/blocks/tv-1"]["by"]) == (False, "restore")
    again.close()


async def test_timed_block_that_has_ended_since_the_backup_does_not_come_back(path, file, clock):
    journal = Journal.open(str(path), clock=clock)
    until = clock()
    await journal.write(lambda tx: wish(tx, TOPICS, "cam-1", desired=True, by="ada", until=until))
    saved(path, file)
    journal.close()
    clock.advance(60)
    put_back(file, path, clock)
    again = Journal.open(str(path), clock=clock)
    assert (await again.read(lambda: blocks_of(["cam-1"])))["cam-1"].desired is False
    again.close()


async def test_acknowledgements_of_a_restored_journal_name_its_alerts(path, file, clock):
    journal = Journal.open(str(path), clock=clock)
    (outcome,) = await Desk(journal).take(("alerts", ALERT))
    await journal.write(lambda tx: acknowledge(tx, f"{journal.epoch}-{outcome.seq}", "ada"))
    saved(path, file)
    journal.close()
    put_back(file, path, clock)
    again = Journal.open(str(path), clock=clock)
    (alert,) = (await again.read(lambda: page_of_alerts(again.epoch, AlertFilter(), None, 10))).items
    events = (await again.read(lambda: events_since(again.epoch, [Channel.ALERTS], 0, 10))).events
    assert json.loads(events[-1].body)["alert_id"] == events[0].id == alert["id"]
    assert alert["acknowledged"]["by"] == "ada"
    again.close()


async def test_backup_of_a_damaged_or_missing_journal_is_what_helps(path, file, clock):
    journal = Journal.open(str(path), clock=clock)
    await Desk(journal).take(("alerts", ALERT))
    journal.close()
    saved(path, file)
    overwrite_pages(path)
    damaged = path.read_bytes()
    done = put_back(file, path, clock)
    assert done.aside is not None
    assert ("damaged" in done.aside.name, done.aside.read_bytes()) == (True, damaged)
    path.unlink()
    assert put_back(file, path, clock).aside is None
    assert contents_of(path).events == 1


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda file: None, "there is no backup"),
        (lambda file: file.write_bytes(b"not a database" * 1000), "no journal of HomeGuard"),
        (lambda file: sqlite3.connect(file).execute("CREATE TABLE places (id)").connection.close(), "no journal"),
        (overwrite_pages, "damaged|malformed|no journal"),
        (lambda file: _with_migration(file, "9999_later"), "newer HomeGuard"),
    ],
    ids=["missing", "another-kind", "another-program", "damaged", "newer"],
)
async def test_what_is_no_good_backup_changes_nothing(journal, desk, path, file, clock, make, says):
    await desk.take(("alerts", ALERT))
    if make is overwrite_pages or "newer" in says:
        saved(path, file)
    make(file)
    with pytest.raises(Misconfigured, match=says):
        put_back(file, path, clock)
    await desk.take(("alerts", ALERT))
    assert [event.seq for event in desk.committed] == [1, 2]
    assert not list(path.parent.glob("*.replaced-*"))
    assert not list(path.parent.glob(".*"))


def _with_migration(file, name):
    with sqlite3.connect(file) as later:
        later.execute("INSERT INTO schema_migration (name, applied) VALUES (?, '2030-01-01')", (name,))
    later.close()


async def test_restore_that_finds_no_room_changes_nothing(journal, desk, path, file, clock, monkeypatch):
    await desk.take(("alerts", ALERT))
    saved(path, file)
    full = os.statvfs_result((4096, 4096, 100, 1, 1, 0, 0, 0, 0, 255))
    monkeypatch.setattr("homeguard.journal.restore.os.statvfs", lambda _: full)
    with pytest.raises(Misconfigured, match="MiB are free"):
        put_back(file, path, clock)
    (outcome,) = await desk.take(("alerts", ALERT))
    assert outcome.seq == 2


def test_journal_cannot_be_restored_from_itself(journal, path, clock):
    with pytest.raises(Misconfigured, match="the journal itself"):
        put_back(path, path, clock)


async def test_damaged_journal_in_use_is_not_written_over(journal, desk, path, file, clock):
    saved(path, file)
    overwrite_pages(path)
    with pytest.raises((Misconfigured, Unavailable), match="stop HomeGuard first"):
        put_back(file, path, clock)
    assert JournalFiles(path).last_aside() is None
