from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from peewee import SqliteDatabase

from homeguard.clock import to_rfc3339
from homeguard.events import Severity
from homeguard.journal.alerts import AlertFilter, acknowledge, page_of_alerts
from homeguard.journal.blocks import wish
from homeguard.journal.devices import remove_device
from homeguard.journal.feed import history
from homeguard.journal.models import EventRow, database
from homeguard.journal.moments import seq_from
from homeguard.journal.retention import prune
from homeguard.journal.stats import MINUTES, count_alerts, count_devices, count_minutes
from homeguard.topics import Topics

CAM = ("devices/cam-1", {"status": "online"})


def alarm(severity):
    return ("alerts/cam-1", {"reason": "Port scan", "severity": severity})


async def test_alerts_of_the_last_day_are_counted_by_severity(journal, desk, clock):
    await desk.take(alarm("critical"), CAM)
    clock.advance(1)
    first, second = await desk.take(alarm("high"), alarm("high"))
    await desk.take(alarm("info"))
    await journal.write(lambda tx: acknowledge(tx, f"{journal.epoch}-{second.seq}", "ada"))
    clock.advance(24 * 3600)  # the one before is a second too old by then
    assert await journal.read(lambda: count_alerts(clock())) == {
        "total": 3,
        "unacknowledged": 2,
        "by_severity": {"info": 1, "low": 0, "medium": 0, "high": 2, "critical": 0},
    }
    assert first.seq < second.seq


async def test_devices_are_counted(journal, desk):
    await desk.take(
        CAM,
        ("devices/tv-1", {"status": "online", "telemetry": {"status": "offline"}}),
        ("devices/lock-1", {"status": "offline", "telemetry": {"status": "online"}}),
        ("devices/gone-1", {"status": "online"}),
        ("devices/new-1", {"name": "New"}),
    )
    await journal.write(lambda tx: remove_device(tx, "gone-1"))
    for id in "cam-1", "lock-1":
        await journal.write(lambda tx, id=id: wish(tx, Topics(), id, desired=True, by="ada"))
    await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=False, by="ada"))
    assert await journal.read(count_devices) == {"known": 4, "online": 2, "blocked": 1}


async def test_each_minute_tells_what_each_channel_took_in(journal, desk, clock):
    clock.advance(-3 * 60)
    await desk.take(alarm("low"), alarm("low"), CAM)
    clock.advance(119.999)  # the last moment of the minute after
    await desk.take(alarm("low"))
    clock.advance(60.001)
    await desk.take(("devices/cam-1", {"status": "offline"}))
    clock.advance(30)
    minutes = await journal.read(lambda: count_minutes(clock(), {}))
    assert len(minutes) == MINUTES
    assert [(minute.alerts, minute.devices) for minute in minutes[-5:]] == [(0, 0), (2, 1), (1, 0), (0, 0), (0, 1)]
    assert {(minute.alerts, minute.devices) for minute in minutes[:-5]} == {(0, 0)}
    assert minutes[-1].at == clock.now.replace(second=0)
    assert {after.at - before.at for before, after in pairwise(minutes)} == {timedelta(minutes=1)}


async def test_a_minute_that_is_known_is_not_counted_again(journal, desk, clock):
    await desk.take(alarm("low"))
    clock.advance(119)
    (not_yet,) = [m for m in await journal.read(lambda: count_minutes(clock(), {})) if m.alerts]
    assert not not_yet.is_settled(clock())
    clock.advance(1)
    assert not_yet.is_settled(clock())
    await journal.write(lambda tx: prune(tx, timedelta(days=1), 0))
    for known in {}, {not_yet.at: not_yet}:
        counted = await journal.read(lambda known=known: count_minutes(clock(), known))
        assert [m for m in counted if m.alerts] == list(known.values())


@pytest.mark.parametrize("trimmed", [0, 7])
async def test_a_time_is_found_by_its_first_event(journal, desk, clock, trimmed):
    begin = clock.now
    for seconds in (0, 0, 10, 0, 0, 5, 60, 1, 0):  # several at one moment, and long silences
        clock.advance(seconds)
        await desk.take(alarm("low"), alarm("low"))
    rows = await journal.read(lambda: list(EventRow.select(EventRow.seq, EventRow.at).order_by(EventRow.seq).tuples()))
    await journal.write(lambda tx: prune(tx, timedelta(days=1), len(rows) - trimmed))
    for seconds in range(-1, 80):
        moment = begin + timedelta(seconds=seconds)
        expected = next((s for s, at in rows if at >= to_rfc3339(moment) and s > trimmed), len(rows) + 1)
        assert await journal.read(lambda moment=moment: seq_from(moment)) == expected


async def test_a_time_in_an_empty_journal_is_before_the_first_event(journal):
    assert await journal.read(lambda: seq_from(datetime(2026, 1, 1, tzinfo=UTC))) == 1


async def test_the_history_of_a_device_has_its_updates_only(journal, desk):
    for status in "offline", "online":
        await desk.take(("devices/cam-1", {"status": status}), alarm("low"), ("devices/tv-1", {"status": status}))
    await journal.write(lambda tx: remove_device(tx, "cam-1"))
    newest, *older = await journal.read(lambda: history(journal.epoch, "cam-1", None, 10))
    assert [event.type for event in (newest, *older)] == ["device_removed", "device_update", "device_update"]
    assert await journal.read(lambda: history(journal.epoch, "cam-1", newest.seq, 1)) == older[:1]


def plan_of(query):
    """Tell how the database would find the rows of a query, if there were more of them."""
    statement, parameters = query.sql()
    if isinstance(database.obj, SqliteDatabase):
        return str(database.obj.execute_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())
    database.obj.execute_sql("SET LOCAL enable_seqscan = off")
    return str(database.obj.execute_sql(f"EXPLAIN {statement}", parameters).fetchall())


async def test_what_is_counted_and_listed_is_found_by_an_index(journal, desk):
    """With a million events, a plan that scans them is what a user would notice."""
    await desk.take(*[alarm(severity.value) for severity in list(Severity) * 100], CAM)
    await journal.write(lambda _: database.obj.execute_sql("ANALYZE"))
    queries = {
        "events_severity_seq": EventRow.select().where(EventRow.severity == "high", EventRow.seq >= 1),
        "events_device_channel_seq": EventRow.select()
        .where(EventRow.device_id == "cam-1", EventRow.channel == "devices")
        .order_by(EventRow.seq.desc())
        .limit(100),
    }
    plans = {name: await journal.read(lambda query=query: plan_of(query)) for name, query in queries.items()}
    assert all(name in plan for name, plan in plans.items()), plans


async def test_alerts_of_one_device_are_listed_without_its_updates(journal, desk):
    await desk.take(alarm("low"), CAM, alarm("high"))
    page = await journal.read(lambda: page_of_alerts(journal.epoch, AlertFilter(device_id="cam-1"), None, 1))
    assert [item["data"]["severity"] for item in page.items] == ["high"]
    assert page.next == page.items[0]["seq"]
