"""Who speaks for the first time is told of once, in the same transaction, and may have to wait to be let in."""

import json

import pytest

from homeguard.errors import Blocked
from homeguard.journal.blocks import blocked_devices, wish
from homeguard.journal.devices import DeviceBook, find_devices, get_device, remove_device
from homeguard.journal.newcomers import MAX_UNPROVEN_A_MINUTE
from homeguard.journal.outbox import waiting
from homeguard.journal.rejects import page_of_rejects
from homeguard.topics import Topics
from tests.journal.intake import Desk

ALERT = {"reason": "Port scan"}
ONLINE = {"status": "online"}


@pytest.fixture
def desk(journal):
    return Desk(journal, tell_new=True)


def newcomers(desk):
    """The alerts that tell of somebody new."""
    return [body for body in map(json.loads, (event.body for event in desk.committed)) if is_new_device(body)]


def is_new_device(body):
    return body.get("category") == "new_device" and body["raised_by"] == "homeguard"


@pytest.mark.parametrize(
    ("topic", "payload", "verified"),
    [
        ("alerts", ALERT | {"device_id": "cam-1"}, False),
        ("devices", ONLINE | {"id": "cam-1"}, False),
        ("alerts/cam-1", ALERT, True),
        ("devices/cam-1", ONLINE, True),
        ("devices/cam-1", {}, True),
        ("devices/cam-1/availability", b"online", True),
    ],
)
async def test_first_words_of_a_device_make_it_known_and_raise_one_alert(desk, journal, topic, payload, verified):
    await desk.take((topic, payload), (topic, payload))
    await desk.take((topic, payload))
    (told,) = newcomers(desk)
    assert (told["device_id"], told["severity"], told["verified"]) == ("cam-1", "medium", verified)
    assert [device.id for device in await journal.read(find_devices)] == ["cam-1"]


async def test_what_a_newcomer_says_is_kept_and_its_device_is_shown_before_the_alert_about_it(desk):
    (outcome,) = await desk.take(("alerts/cam-1", ALERT))
    assert outcome.seq == 1
    assert [event.type for event in desk.committed] == ["new_alert", "device_update", "new_alert"]


async def test_device_that_was_removed_and_returns_is_new_again(desk, journal):
    await desk.take(("devices/cam-1", ONLINE))
    await journal.write(lambda tx: remove_device(tx, "cam-1"))
    await desk.take(("alerts/cam-1", ALERT))
    assert len(newcomers(desk)) == 2


async def test_first_words_of_a_device_that_was_made_by_hand_are_told_and_it_is_not_quarantined(journal):
    desk = Desk(journal, tell_new=True, quarantine_new=True)

    def make(tx):
        book = DeviceBook(tx, ["cam-1"])
        book.touch(book.get_or_add("cam-1"))
        book.write()

    await journal.write(make)
    await desk.take(("devices/cam-1", ONLINE), ("alerts/cam-1", ALERT))
    (told,) = newcomers(desk)
    assert told["details"]["quarantined"] is False
    assert await journal.read(blocked_devices) == set()


async def test_news_of_our_own_about_somebody_unknown_is_not_somebody_new(desk):
    await desk.take(("devices", {"type": "device_update", "data": {"id": "cam-1"}}))
    assert desk.committed == []


async def test_newcomer_starts_blocked_where_the_home_wants_that(journal):
    desk = Desk(journal, tell_new=True, quarantine_new=True)
    outcomes = await desk.take(("alerts/cam-1", ALERT), ("alerts/cam-1", ALERT))
    assert outcomes[0].error is None
    assert isinstance(outcomes[1].error, Blocked)  # only its first word is taken
    shown = [json.loads(event.body)["block"] for event in desk.committed if event.type == "device_update"]
    assert [(block["desired"], block["by"], block["reason"]) for block in shown] == [
        (True, "homeguard", "new device: not yet let in")
    ]
    (told,) = newcomers(desk)
    assert told["details"]["quarantined"] is True
    wished = [one for one in await journal.read(lambda: waiting(10)) if one.topic == "homeguard/blocks/cam-1"]
    assert [json.loads(one.payload)["desired"] for one in wished] == [True]


async def test_newcomer_that_was_let_in_speaks_freely(journal):
    desk = Desk(journal, tell_new=True, quarantine_new=True)
    await desk.take(("devices/cam-1", ONLINE))
    await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=False, by="ada"))
    (outcome,) = await desk.take(("alerts/cam-1", ALERT))
    assert (outcome.error, len(newcomers(desk))) == (None, 1)
    assert await journal.read(blocked_devices) == set()


async def test_flood_of_made_up_ids_makes_few_devices_and_the_rest_rejects(desk, journal, clock):
    flood = [("alerts", ALERT | {"device_id": f"made-up-{n}"}) for n in range(MAX_UNPROVEN_A_MINUTE + 5)]
    outcomes = await desk.take(*flood)
    assert len(await journal.read(find_devices)) == len(newcomers(desk)) == MAX_UNPROVEN_A_MINUTE
    assert [outcome.error is None for outcome in outcomes].count(False) == 5
    (kept, *_) = await journal.read(lambda: page_of_rejects(None, 10))
    assert "too many unknown devices" in kept["reason"]
    known, proven = await desk.take(("alerts", ALERT | {"device_id": "made-up-0"}), ("alerts/cam-1", ALERT))
    assert (known.error, proven.error) == (None, None)
    clock.advance(61)
    (later,) = await desk.take(("devices", ONLINE | {"id": "late-1"}))
    assert later.error is None


async def test_home_that_is_full_takes_only_who_is_proven(desk, journal, monkeypatch):
    monkeypatch.setattr("homeguard.journal.newcomers.MAX_DEVICES", 1)
    await desk.take(("devices", ONLINE | {"id": "cam-1"}))
    refused, taken = await desk.take(("devices", ONLINE | {"id": "cam-2"}), ("devices/cam-3", ONLINE))
    assert refused.error is not None
    assert taken.error is None


async def test_home_that_does_not_ask_is_not_told(journal):
    desk = Desk(journal, tell_new=False)
    await desk.take(("alerts", ALERT | {"device_id": "cam-1"}), ("devices/cam-2", ONLINE))
    assert newcomers(desk) == []
    assert [device.id for device in await journal.read(find_devices)] == ["cam-2"]


async def test_what_a_blocked_device_says_is_a_reject_and_what_others_say_of_it_is_not(desk, journal):
    await desk.take(("devices/cam-1", ONLINE))
    await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada"))
    own = await desk.take(
        ("alerts/cam-1", ALERT), ("devices/cam-1", {"name": "Door"}), ("devices/cam-1/availability", b"online")
    )
    assert [isinstance(outcome.error, Blocked) for outcome in own] == [True, True, True]
    of_it = await desk.take(("alerts", ALERT | {"device_id": "cam-1"}), ("devices/cam-1/availability", b"offline"))
    assert [outcome.error for outcome in of_it] == [None, None]
    device = (await journal.read(lambda: get_device("cam-1"))).to_json()
    assert (device["status"], device["status_reason"], device["name"]) == ("offline", "blocked", None)
