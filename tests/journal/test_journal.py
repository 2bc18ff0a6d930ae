"""The journal survives being reopened, says when it cannot store, and forgets in order."""

import asyncio
import re
import sqlite3
import threading
from datetime import timedelta

import peewee
import psycopg
import pytest

from bridge.housekeeping import end_blocks, prune_all
from homeguard.errors import Misconfigured, Unavailable
from homeguard.events import Channel
from homeguard.journal import Journal
from homeguard.journal.blocks import blocks_of, tell_again, wish
from homeguard.journal.database import describe
from homeguard.journal.faults import JournalReplaced
from homeguard.journal.feed import events_since, tail_start
from homeguard.journal.files import JournalFiles
from homeguard.journal.models import MetaRow
from homeguard.journal.outbox import remove, waiting
from homeguard.topics import Topics
from tests.journal.intake import Desk

ALERT = {"device_id": "cam-1", "reason": "Port scan"}
TOPICS = Topics()


async def test_reopened_journal_goes_on_where_it_was(journal_url):
    first = Journal.open(journal_url)
    await Desk(first).take(("alerts", ALERT))
    first.close()
    again = Journal.open(journal_url)
    (outcome,) = await Desk(again).take(("alerts", ALERT))
    assert (again.epoch, outcome.seq) == (first.epoch, 2)
    again.close()


async def test_commits_are_announced_in_order_before_write_returns(desk):
    await asyncio.gather(*[desk.take(("alerts", ALERT)) for _ in range(20)])
    assert [event.seq for event in desk.committed] == list(range(1, 21))


async def test_failed_write_leaves_nothing_behind(desk, journal):
    def fail(transaction):
        wish(transaction, TOPICS, "cam-1", desired=True, by="ada")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        await journal.write(fail)
    assert await journal.read(lambda: (waiting(10), blocks_of(["cam-1"]))) == ([], {})


async def test_wish_and_its_messages_are_one_transaction(journal):
    block, is_new = await journal.write(
        lambda tx: wish(tx, TOPICS, "cam-1", desired=True, by="ada", reason="Port scan")
    )
    outgoing = await journal.read(lambda: waiting(10))
    assert is_new
    assert [(o.topic, o.retain) for o in outgoing] == [
        ("homeguard/blocks/cam-1", True),
        ("homeguard/devices", False),
        ("homeguard/blocks", True),
    ]
    assert outgoing[2].payload == b'{"desired":1}'
    assert block.command_id.encode() in outgoing[0].payload


async def test_standing_wish_stays_as_it_is(journal):
    def again(tx):
        return wish(tx, TOPICS, "cam-1", desired=True, by="bob")

    first, _ = await journal.write(lambda tx: wish(tx, TOPICS, "cam-1", desired=True, by="ada"))
    assert await journal.write(again) == (first, False)
    assert len(await journal.read(lambda: waiting(10))) == 3


async def test_outbox_forgets_only_what_was_sent(journal):
    await journal.write(lambda tx: wish(tx, TOPICS, "cam-1", desired=True, by="ada"))
    first, *others = await journal.read(lambda: waiting(10))
    await journal.write(lambda _: remove([first.id]))
    assert await journal.read(lambda: waiting(10)) == others


async def test_newer_wish_takes_the_place_of_one_that_waits(journal):
    for desired in (True, False):
        block, _ = await journal.write(lambda tx, wished=desired: wish(tx, TOPICS, "cam-1", desired=wished, by="ada"))
    await journal.write(lambda tx: wish(tx, TOPICS, "lock-1", desired=True, by="ada"))
    outgoing = await journal.read(lambda: waiting(10))
    assert [o.topic.removeprefix("homeguard/") for o in outgoing] == [
        "devices",
        "blocks/cam-1",
        "devices",
        "blocks/lock-1",
        "devices",
        "blocks",
    ]
    assert block.command_id.encode() in outgoing[1].payload


async def test_wish_told_again_waits_once(journal):
    await journal.write(lambda tx: wish(tx, TOPICS, "cam-1", desired=True, by="ada"))
    for _ in range(3):
        await journal.write(lambda tx: tell_again(tx, TOPICS))
    waits = await journal.read(lambda: waiting(10))
    assert len(waits) == 3
    await journal.write(lambda _: remove([one.id for one in waits]))
    await journal.write(lambda tx: tell_again(tx, TOPICS))
    again, _how_many = await journal.read(lambda: waiting(10))
    assert (again.topic, again.retain) == ("homeguard/blocks/cam-1", True)


async def test_timed_block_ends_at_its_time_and_not_before(journal, clock):
    until = clock() + timedelta(minutes=5)
    await journal.write(lambda tx: wish(tx, TOPICS, "cam-1", desired=True, by="ada", until=until))
    clock.advance(299)
    assert await end_blocks(journal, TOPICS, clock) == []
    clock.advance(1)
    assert await end_blocks(journal, TOPICS, clock) == ["cam-1"]
    assert (await journal.read(lambda: blocks_of(["cam-1"])))["cam-1"].desired is False


async def test_old_events_are_pruned_and_the_journal_says_how_far(desk, journal, clock):
    await desk.take(("alerts", ALERT), ("devices", {"id": "cam-1", "kind": "camera"}))
    clock.advance(3600)
    await desk.take(("alerts", ALERT))
    assert await prune_all(journal, max_age=timedelta(minutes=30), max_events=100) == 2
    backlog = await journal.read(lambda: events_since(journal.epoch, [Channel.ALERTS], 0, 10))
    assert ([event.seq for event in backlog.events], backlog.trimmed, backlog.head) == ([3], 1, 3)


async def test_surplus_events_are_pruned_oldest_first_in_chunks(desk, journal):
    await desk.take(*[("alerts", ALERT)] * 4500)
    assert await prune_all(journal, max_age=timedelta(days=1), max_events=10) == 4490
    backlog = await journal.read(lambda: events_since(journal.epoch, [Channel.ALERTS], 0, 100))
    assert (backlog.events[0].seq, backlog.trimmed) == (4491, 4490)


async def test_tail_counts_alerts_only(desk, journal):
    await desk.take(
        ("alerts", ALERT), ("devices", {"id": "cam-1", "kind": "camera"}), ("alerts", ALERT), ("alerts", ALERT)
    )
    assert await journal.read(lambda: tail_start(Channel.ALERTS, 2)) == 2
    assert await journal.read(lambda: tail_start(Channel.ALERTS, 9)) == 0


async def test_locked_database_is_unavailable_and_then_works_again(tmp_path, monkeypatch):
    monkeypatch.setattr("homeguard.journal.sqlite_file.BUSY_TIMEOUT_SECONDS", 0.05)
    journal = Journal.open(str(tmp_path / "journal.db"))
    desk = Desk(journal)
    health: list[str | None] = []
    journal.on_health(health.append)
    somebody = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        await desk.take(("alerts", ALERT))
    somebody.execute("ROLLBACK")
    somebody.close()
    (outcome,) = await desk.take(("alerts", ALERT))
    assert (outcome.seq, health) == (1, ["database is locked", None])
    journal.close()


async def test_while_storage_is_away_one_tries_and_the_others_are_told_at_once(tmp_path):
    journal = Journal.open(str(tmp_path / "journal.db"))
    desk = Desk(journal)
    away = (tmp_path / "journal.db").rename(tmp_path / "away.db")
    with pytest.raises(Unavailable, match="is gone"):
        await desk.take(("alerts", ALERT))
    going = threading.Event()
    trying = asyncio.create_task(journal.write(lambda _: going.wait(10)))
    away.rename(tmp_path / "journal.db")
    await asyncio.sleep(0)  # `trying` has its turn, and is in the writer's hands
    with pytest.raises(Unavailable, match="is gone"):
        await desk.take(("alerts", ALERT))
    going.set()
    await asyncio.wait({trying})
    assert (await desk.take(("alerts", ALERT)))[0].seq == 1
    journal.close()


async def test_another_file_at_the_path_is_another_journal(tmp_path):
    path = tmp_path / "journal.db"
    Journal.open(str(tmp_path / "other.db")).close()
    journal = Journal.open(str(path))
    (tmp_path / "other.db").replace(path)
    with pytest.raises(JournalReplaced):
        await Desk(journal).take(("alerts", ALERT))
    journal.close()


async def test_journal_with_another_epoch_is_noticed_whoever_changed_it_and_whatever_is_written(desk, journal):
    replaced: list[bool] = []
    journal.on_replaced(lambda: replaced.append(True))
    await desk.take(("alerts", ALERT))
    with pytest.raises(JournalReplaced):
        await journal.write(lambda _: MetaRow.update(value="5f0c2a91").where(MetaRow.key == "epoch").execute())
    await desk.take(("alerts", ALERT))  # nothing of it was written
    connection = desk.journal._database
    with connection.connection_context():
        MetaRow.update(value="5f0c2a91").where(MetaRow.key == "epoch").execute()
    for work in (lambda: desk.take(("alerts", ALERT)), lambda: desk.take(("alerts", b"fire!"))):
        with pytest.raises(JournalReplaced):
            await work()
    assert (len(desk.committed), len(replaced)) == (2, 3)


@pytest.mark.parametrize("is_at_first_row", [True, False])
async def test_damage_is_for_good_also_when_a_page_can_be_read_again(tmp_path, is_at_first_row):
    path = tmp_path / "journal.db"
    journal = Journal.open(str(path))
    desk = Desk(journal)

    def read_a_bad_page(_):
        try:
            raise sqlite3_error(sqlite3.SQLITE_CORRUPT)
        except sqlite3.DatabaseError as cause:
            if not is_at_first_row:  # peewee wraps what `execute` meets, not what `fetchall` does
                raise
            raise peewee.DatabaseError(cause) from cause

    with pytest.raises(Unavailable, match="it is damaged"):
        await journal.write(read_a_bad_page)
    with pytest.raises(Unavailable, match="it is damaged"):
        await desk.take(("alerts", ALERT))
    journal.close()
    assert "malformed" in (JournalFiles(path).seen_damage or "")


def sqlite3_error(code):
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = code
    return error


@pytest.mark.postgres
async def test_cut_connection_is_unavailable_to_writers_once_and_to_readers_never(postgres_url):
    journal = Journal.open(postgres_url)
    desk = Desk(journal)
    await desk.take(("alerts", ALERT))
    await journal.heads()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    with pytest.raises(Unavailable, match="journal"):
        await desk.take(("alerts", ALERT))
    (outcome,) = await desk.take(("alerts", ALERT))
    assert outcome.seq == 2
    assert max((await journal.heads()).values()) == 2
    journal.close()


def test_database_that_cannot_be_opened_says_which(tmp_path):
    (tmp_path / "journal.db").write_text("this is no database, but long enough to be read as one" * 100)
    with pytest.raises(Misconfigured, match=r"journal\.db"):
        Journal.open(str(tmp_path / "journal.db"))


def test_password_of_a_database_is_not_shown():
    with pytest.raises(Misconfigured) as caught:
        Journal.open("postgresql://ada:secret-word@127.0.0.1:1/none")
    assert "secret-word" not in str(caught.value)


def test_journal_file_is_for_its_owner_alone(tmp_path):
    Journal.open(str(tmp_path / "data" / "journal.db")).close()
    assert (tmp_path / "data" / "journal.db").stat().st_mode & 0o077 == 0


async def test_the_database_says_what_it_is(journal: Journal, journal_url: str) -> None:
    kind = "PostgreSQL" if journal_url.startswith("postgresql") else "SQLite"
    assert re.fullmatch(rf"{kind} \d+(\.\d+)+", await journal.read(describe))
