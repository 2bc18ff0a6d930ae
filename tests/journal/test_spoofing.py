"""Whoever speaks in another's name is told of at once, and a storm of it is one alert a minute."""

import json

import pytest

from bridge.housekeeping import tell_of_spoofing
from homeguard.journal.models import SpoofingRow
from homeguard.journal.rejects import page_of_rejects
from homeguard.journal.spoofing import MAX_CLAIMED


def told(desk):
    return [json.loads(event.body) for event in desk.committed]


def spoof(claimed, sender="cam-1"):
    return (f"alerts/{sender}", {"device_id": claimed, "reason": "Fire"})


@pytest.mark.parametrize(
    "message", [spoof("lock-1"), ("devices/cam-1", {"id": "lock-1", "status": "offline"}), spoof("homeguard")]
)
async def test_payload_that_names_another_device_is_a_reject_and_an_alert_that_names_the_sender(desk, journal, message):
    (outcome,) = await desk.take(message)
    assert outcome.error is not None
    (alert,) = told(desk)
    assert (alert["device_id"], alert["category"], alert["severity"]) == ("cam-1", "spoofing", "high")
    assert (alert["raised_by"], alert["verified"]) == ("homeguard", True)
    claimed = message[1].get("device_id") or message[1].get("id")
    assert alert["details"] == {"claimed": claimed, "count": 1}
    assert len(await journal.read(lambda: page_of_rejects(None, 10))) == 1


async def test_payload_that_names_no_possible_device_is_a_reject_alone(desk):
    outcomes = await desk.take(spoof(7), spoof("Lock 1"), spoof("x" * 65))
    assert [outcome.error is not None for outcome in outcomes] == [True, True, True]
    assert desk.committed == []


async def test_storm_is_one_alert_now_and_one_a_minute_with_how_many_it_were(desk, journal, clock):
    for _ in range(4):
        await desk.take(*[spoof("lock-1")] * 250)
    assert [alert["details"]["count"] for alert in told(desk)] == [250]
    await tell_of_spoofing(journal, clock)
    assert len(desk.committed) == 1
    clock.advance(60)
    await tell_of_spoofing(journal, clock)
    await tell_of_spoofing(journal, clock)
    assert [alert["details"]["count"] for alert in told(desk)] == [250, 750]
    assert "750 times" in told(desk)[1]["reason"]


async def test_who_has_stopped_for_a_minute_begins_anew(desk, journal, clock):
    await desk.take(spoof("lock-1"))
    clock.advance(60)
    await tell_of_spoofing(journal, clock)
    assert await journal.read(lambda: SpoofingRow.select().count()) == 0
    await desk.take(spoof("lock-1"))
    assert [alert["details"]["count"] for alert in told(desk)] == [1, 1]


async def test_sender_that_claims_a_thousand_names_makes_a_few_alerts(desk, journal, clock):
    await desk.take(*[spoof(f"lock-{n}") for n in range(1000)])
    assert len(desk.committed) == MAX_CLAIMED + 1
    assert told(desk)[-1]["details"]["claimed"] is None
    clock.advance(60)
    await tell_of_spoofing(journal, clock)
    assert told(desk)[-1]["details"] == {"claimed": None, "count": 1000 - MAX_CLAIMED - 1}


async def test_spoofing_of_one_hides_no_other(desk):
    await desk.take(spoof("lock-1"), spoof("lock-2"), spoof("lock-1", sender="cam-2"))
    assert sorted((alert["device_id"], alert["details"]["claimed"]) for alert in told(desk)) == [
        ("cam-1", "lock-1"),
        ("cam-1", "lock-2"),
        ("cam-2", "lock-1"),
    ]
