"""A session that should be at the broker and is not becomes an alert, once, with an honest interval."""

import json
from datetime import timedelta

import pytest

from bridge.address import Address
from homeguard.journal.alerts import AlertFilter, page_of_alerts
from homeguard.journal.broker_session import Began, begin_session, note_heard
from homeguard.journal.devices import find_devices
from tests.journal.intake import Desk

WEEK = timedelta(days=7)


@pytest.fixture
def begin(journal, clock):
    async def begin(name, id):
        return await journal.write(lambda tx: begin_session(tx, name, id, clock(), WEEK))

    return begin


@pytest.fixture
def heard(journal, clock):
    async def heard(name):
        now = clock()
        await journal.write(lambda _: note_heard(name, now))

    return heard


async def test_first_session_ever_is_no_loss(desk: Desk, begin):
    assert await begin("mine", "s1") is Began.FIRST
    assert desk.committed == []


async def test_session_that_is_gone_is_told_from_when_all_was_heard_to_now(desk: Desk, begin, heard, clock):
    await begin("mine", "s1")
    clock.advance(60)
    await heard("mine")
    clock.advance(3600)
    assert await begin("mine", "s2") is Began.LOST
    (event,) = desk.committed
    span = {"from": "2026-11-23T20:01:00.000Z", "to": "2026-11-23T21:01:00.000Z"}
    assert json.loads(event.body) == {
        "device_id": "homeguard",
        "severity": "high",
        "reason": f"events between {span['from']} and {span['to']} may be missing: "
        "the broker has lost what it kept for HomeGuard",
        "verified": True,
        "raised_by": "homeguard",
        "category": "bridge",
        "details": {**span, "cause": "session_lost"},
    }


async def test_loss_is_told_once_though_noted_twice(desk: Desk, begin):
    await begin("mine", "s1")
    assert [await begin("mine", "s2"), await begin("mine", "s2")] == [Began.LOST, Began.NOTED]
    assert len(desk.committed) == 1


async def test_each_loss_is_told(desk: Desk, begin, heard):
    for id in ("s1", "s2", "s3"):
        await begin("mine", id)
        await heard("mine")
    assert len(desk.committed) == 2


async def test_absence_longer_than_the_session_lives_is_named_as_the_cause(desk: Desk, begin, clock):
    await begin("mine", "s1")
    clock.advance(WEEK.total_seconds())
    assert await begin("mine", "s2") is Began.EXPIRED
    assert json.loads(desk.committed[0].body)["details"]["cause"] == "session_expired"


async def test_clock_set_back_leaves_the_interval_in_order(desk: Desk, begin, clock):
    await begin("mine", "s1")
    clock.advance(-3600)
    await begin("mine", "s2")
    details = json.loads(desk.committed[0].body)["details"]
    assert (details["from"], details["to"]) == ("2026-11-23T19:00:00.000Z", "2026-11-23T20:00:00.000Z")


async def test_another_broker_is_no_loss(desk: Desk, begin):
    await begin("mine", "s1")
    assert await begin("another", "s2") is Began.ELSEWHERE
    assert desk.committed == []


async def test_alert_of_homeguard_is_listed_by_its_id_and_adds_no_device(journal, begin):
    await begin("mine", "s1")
    await begin("mine", "s2")
    page = await journal.read(lambda: page_of_alerts(journal.epoch, AlertFilter(device_id="homeguard"), None, 10))
    assert len(page.items) == 1
    assert await journal.read(find_devices) == []


def test_own_broker_is_known_by_its_client_id_and_another_by_its_address_too():
    own, moved = (Address("127.0.0.1", port, "secret", is_own=True) for port in (1883, 1884))
    assert own.session_name == moved.session_name
    assert own.session_name != Address("127.0.0.1", 1883, "made-anew", is_own=True).session_name
    first, second = (Address(host, 1883, "homeguard-bridge") for host in ("a.example", "b.example"))
    assert first.session_name != second.session_name
    assert "secret" not in own.session_name
