"""Numbered alerts that never came are told once, with their numbers; those that came, in whatever way, are not."""

import json
from datetime import timedelta

import pytest

from bridge.gaps import GRACE_SECONDS, GapWatch
from bridge.housekeeping import prune_all
from homeguard.events import AlertNumber, EventType
from homeguard.health import OFFLINE, ONLINE, Health
from homeguard.journal import gaps
from homeguard.journal.gaps import Hole, holes
from homeguard.journal.intake import store
from homeguard.journal.models import NumberingRow
from tests.journal.intake import RULES, received


class Timer:
    """Seconds that pass when told to."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def timer():
    return Timer()


@pytest.fixture
def health():
    health = Health()
    health.update(bridge=ONLINE, broker=ONLINE)
    return health


@pytest.fixture
def watch(journal, health, timer):
    return GapWatch(journal, health, timer)


def numbered(seq, boot="b1", topic="alerts/cam-1", **fields):
    return topic, {"device_id": "cam-1", "reason": "Door", "boot": boot, "seq": seq} | fields


def told(desk):
    """The gap alerts so far."""
    bodies = [json.loads(event.body) for event in desk.committed if event.type is EventType.NEW_ALERT]
    return [body for body in bodies if body.get("category") == "gap"]


async def wait_out(watch, timer):
    """Let the grace period pass."""
    await watch.look()
    timer.seconds += GRACE_SECONDS
    await watch.look()


async def test_missing_numbers_become_one_alert_that_names_them(desk, watch, timer):
    await desk.take(*[numbered(seq) for seq in (1, 2, 3, 4, 8, 10)])
    await wait_out(watch, timer)
    (alert,) = told(desk)
    assert alert == {
        "device_id": "cam-1",
        "severity": "high",
        "reason": "4 alerts of cam-1 never arrived: numbers 5 to 7 and 9",
        "verified": True,
        "raised_by": "homeguard",
        "category": "gap",
        "details": {"boot": "b1", "from": 5, "to": 9, "count": 4, "ranges": [[5, 7], [9, 9]]},
    }


async def test_gap_is_told_once(desk, watch, timer):
    await desk.take(numbered(1), numbered(3))
    await wait_out(watch, timer)
    await wait_out(watch, timer)
    assert [alert["reason"] for alert in told(desk)] == ["1 alert of cam-1 never arrived: number 2"]


async def test_number_that_comes_late_is_not_missing(desk, watch, timer):
    await desk.take(numbered(1), numbered(5))
    await watch.look()
    timer.seconds += GRACE_SECONDS - 1
    await watch.look()
    await desk.take(numbered(2), numbered(4))
    await wait_out(watch, timer)
    assert [alert["details"]["ranges"] for alert in told(desk)] == [[[3, 3]]]


async def test_number_that_comes_after_it_was_given_up_is_only_an_alert(desk, watch, timer):
    await desk.take(numbered(1), numbered(3))
    await wait_out(watch, timer)
    (late,) = await desk.take(numbered(2))
    await wait_out(watch, timer)
    assert (late.seq, len(told(desk))) == (4, 1)


async def test_first_number_of_a_sender_never_heard_before_is_no_gap(desk, watch, timer):
    await desk.take(numbered(500), numbered(501))
    await wait_out(watch, timer)
    assert told(desk) == []


async def test_known_sender_that_begins_anew_is_expected_to_begin_at_one(desk, watch, timer):
    await desk.take(numbered(500))
    await desk.take(numbered(3, boot="b2"))
    await wait_out(watch, timer)
    assert [alert["details"] for alert in told(desk)] == [
        {"boot": "b2", "from": 1, "to": 2, "count": 2, "ranges": [[1, 2]]}
    ]


async def test_claimed_sender_cannot_close_or_open_a_gap_of_the_proven_one(desk, watch, timer):
    await desk.take(numbered(1), numbered(3), numbered(2, topic="alerts"), numbered(4, topic="alerts"))
    await wait_out(watch, timer)
    assert {(alert["verified"], alert["details"]["from"]) for alert in told(desk)} == {(True, 2), (False, 3)}


async def test_reject_counts_as_seen(desk, journal, watch, timer):
    bad = received(*numbered(2, severity="bad"))._replace(number=AlertNumber("device:cam-1", "b1", 2))
    batch = [received(*numbered(1)), bad, received(*numbered(3))]
    await journal.write(lambda transaction: store(transaction, batch, RULES))
    assert await journal.read(holes) == []


async def test_resend_is_not_counted_twice(desk, journal):
    await desk.take(numbered(1, id="a"), numbered(3, id="c"))
    (again,) = await desk.take(numbered(3, id="c"))
    assert again.is_duplicate
    assert await journal.read(holes) == [Hole("device:cam-1", "b1", 2, 2)]


async def test_gap_left_by_an_earlier_run_is_told_by_the_next(desk, journal, health, timer):
    await desk.take(numbered(1), numbered(3))
    await GapWatch(journal, health, timer).look()
    timer.seconds += 10 * GRACE_SECONDS  # HomeGuard was off: the missing one may wait in the broker
    again = GapWatch(journal, health, timer)
    await again.look()
    assert told(desk) == []
    await wait_out(again, timer)
    assert len(told(desk)) == 1


async def test_grace_counts_only_while_the_broker_is_heard(desk, watch, health, timer):
    await desk.take(numbered(1), numbered(3))
    await watch.look()
    health.update(broker=OFFLINE)
    timer.seconds += GRACE_SECONDS
    await watch.look()
    health.update(broker=ONLINE)
    await watch.look()
    assert told(desk) == []
    await wait_out(watch, timer)
    assert len(told(desk)) == 1


async def test_many_senders_are_told_of_in_turns_and_none_is_forgotten(desk, watch, timer, monkeypatch):
    monkeypatch.setattr("bridge.gaps.MAX_SENDERS", 2)
    devices = [f"cam-{n}" for n in range(3)]
    await desk.take(*[numbered(seq, topic="alerts", device_id=id) for id in devices for seq in (1, 3)])
    await wait_out(watch, timer)
    assert len(told(desk)) == 2
    await watch.look()
    assert sorted(alert["device_id"] for alert in told(desk)) == devices


async def test_jumping_publisher_fills_neither_the_journal_nor_the_list(desk, journal, watch, timer):
    await desk.take(*[numbered(seq) for seq in range(1, 401, 2)])
    await wait_out(watch, timer)
    assert sum(alert["details"]["count"] for alert in told(desk)) == 199
    assert len(told(desk)) == 7  # one for each 33 holes, and one for the rest
    assert all(len(alert["reason"]) <= 500 for alert in told(desk))


async def test_sender_keeps_its_newest_numberings_and_tells_what_the_oldest_missed(desk, journal, clock):
    for start in range(gaps.MAX_BOOTS):
        clock.advance(1)
        await desk.take(numbered(1, boot=f"b{start}"), numbered(3, boot=f"b{start}"))
    await desk.take(numbered(1, boot="last"))
    rows = await journal.read(lambda: {row.boot for row in NumberingRow.select()})
    assert (len(rows), "b0" in rows, "last" in rows) == (gaps.MAX_BOOTS, False, True)
    assert [alert["details"]["boot"] for alert in told(desk)] == ["b0"]


async def test_numberings_in_all_are_bounded(desk, journal, clock, monkeypatch):
    monkeypatch.setattr(gaps, "MAX_NUMBERINGS", 5)
    for device in range(8):
        clock.advance(1)
        await desk.take(*[numbered(seq, topic="alerts", device_id=f"cam-{device}") for seq in (1, 3)])
    kept = await journal.read(lambda: sorted(row.sender for row in NumberingRow.select()))
    assert kept == [f"claimed:cam-{device}" for device in range(3, 8)]
    assert [alert["device_id"] for alert in told(desk)] == ["cam-0", "cam-1", "cam-2"]


async def test_numbering_is_forgotten_with_retention_unless_something_is_still_missing(desk, journal, clock):
    await desk.take(numbered(1, boot="whole"), numbered(1, boot="torn"), numbered(3, boot="torn"))
    clock.advance(3601)
    await prune_all(journal, max_age=timedelta(hours=1), max_events=100)
    assert await journal.read(lambda: [row.boot for row in NumberingRow.select()]) == ["torn"]
