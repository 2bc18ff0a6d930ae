"""A device's presence in the journal: why it is offline, few updates in a storm, and what time alone changes."""

import json

import pytest

from bridge.presence import PresenceWatch
from homeguard.health import OFFLINE, ONLINE, Health
from homeguard.journal.devices import get_device
from homeguard.journal.models import DeviceRow
from homeguard.presence import CALM_SECONDS, GAPS, MAX_CHANGES, Silence
from tests.journal.intake import Desk

SILENCE = Silence(factor=3, least_seconds=60)


@pytest.fixture
def desk(journal):
    return Desk(journal, silence=SILENCE)


@pytest.fixture
def health():
    return Health()


@pytest.fixture
def watch(journal, health, clock):
    health.update(bridge=ONLINE, broker=ONLINE, storage=ONLINE)
    return PresenceWatch(journal, health, clock, SILENCE)


def shown(desk):
    devices = [json.loads(event.body) for event in desk.committed if event.type == "device_update"]
    return [(device["status"], device["status_reason"]) for device in devices]


async def report(desk, clock, times=GAPS + 1, seconds=60):
    """Let a device tell its values, at a regular pace."""
    for number in range(times):
        clock.advance(seconds)
        await desk.take(("devices/cam-1", {"status": "online", "telemetry": {"number": number}}))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (("devices/cam-1", {"status": "offline"}), "said"),
        (("devices/cam-1/availability", b"offline"), None),  # its own word or its last will: they look the same
        (("devices/cam-1/availability", b"offline last_will"), "last_will"),
        (("devices/cam-1/availability", b"offline said"), "said"),
        (("devices/cam-1/availability", b"offline kicked"), "kicked"),
    ],
)
async def test_device_is_offline_for_the_reason_that_is_known(desk, message, reason):
    await desk.take(("devices/cam-1/availability", b"online"), message)
    assert shown(desk) == [("online", None), ("offline", reason)]


async def test_no_payload_can_claim_a_reason_or_that_it_is_flapping(desk):
    flapping, _ = await desk.take(
        ("devices/cam-1", {"status": "flapping"}), ("devices/cam-1", {"status": "offline", "status_reason": "kicked"})
    )
    assert flapping.error is not None
    assert shown(desk) == [("offline", "said")]


async def test_device_that_comes_and_goes_fills_no_journal_and_shows_its_last_word_when_it_rests(desk, clock, watch):
    for number in range(100):
        clock.advance(1)
        await desk.take(("devices/cam-1/availability", b"offline" if number % 2 else b"online"))
    await desk.take(("devices/cam-1/availability", b"online"))
    assert len(desk.committed) == MAX_CHANGES
    assert shown(desk)[-1] == ("flapping", None)
    clock.advance(CALM_SECONDS - 1)
    assert await watch.look() == 0
    clock.advance(1)
    assert await watch.look() == 1
    assert shown(desk)[-1] == ("online", None)
    assert await watch.look() == 0


async def test_regular_device_that_falls_silent_is_offline_and_its_next_word_brings_it_back(desk, clock, watch):
    await watch.look()
    await report(desk, clock)
    clock.advance(179)
    assert await watch.look() == 0
    clock.advance(1)
    assert await watch.look() == 1
    assert shown(desk)[-1] == ("offline", "silent")
    await desk.take(("alerts/cam-1", {"reason": "Motion"}))
    assert shown(desk)[-1] == ("online", None)


async def test_silence_before_homeguard_listened_does_not_count(desk, clock, watch, health):
    await report(desk, clock)
    health.update(broker=OFFLINE)
    clock.advance(3600)
    await watch.look()
    health.update(broker=ONLINE)
    await watch.look()
    clock.advance(179)
    await watch.look()
    assert shown(desk)[-1] == ("online", None)
    assert await watch.look() == 0  # it is looked at when it is time, not every second
    clock.advance(1)
    await watch.look()
    assert shown(desk)[-1] == ("offline", "silent")


async def test_alerts_on_its_own_topic_are_words_of_a_device_and_those_of_others_are_not(desk, clock, journal):
    await desk.take(("devices/cam-1", {"status": "online"}))
    clock.advance(60)
    await desk.take(("alerts", {"device_id": "cam-1", "reason": "Port scan"}))
    assert (await journal.read(lambda: get_device("cam-1"))).last_seen_at < clock()
    await desk.take(("alerts/cam-1", {"reason": "Motion"}))
    assert (await journal.read(lambda: get_device("cam-1"))).last_seen_at == clock()


async def test_device_of_before_there_was_a_presence_keeps_its_status(desk, journal):
    await desk.take(("devices/cam-1", {"status": "online"}))
    await journal.write(lambda _: DeviceRow.update(presence=None).execute())  # as the migration leaves a row
    await desk.take(("devices/cam-1", {"name": "Door"}))
    assert shown(desk)[-1] == ("online", None)
