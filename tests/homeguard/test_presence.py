"""What is shown of a device follows what was said of it, without storms, and a regular one is missed when silent."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeguard.events import Status, StatusReason
from homeguard.presence import (
    BURST_SECONDS,
    CALM_SECONDS,
    FLAP_SECONDS,
    GAPS,
    MAX_CHANGES,
    Presence,
    Silence,
)

SILENCE = Silence(factor=3, least_seconds=60)
BEGIN = 1_800_000_000.0

says = st.tuples(st.floats(0, 2 * FLAP_SECONDS), st.sampled_from(Status), st.sampled_from([None, *StatusReason]))


def live(presence, steps):
    """Let somebody say all this; returns what was shown, without repetitions, and the time then."""
    now, shown = BEGIN, [presence.shown()]
    for pause, status, reason in steps:
        until = now + pause
        while (moment := presence.look_at(until, None)) is not None and moment <= until:
            presence.tick(moment, until, None)
            shown.append(presence.shown())
        now = until
        presence.say(status, reason, now)
        shown.append(presence.shown())
    return [one for one, before in zip(shown[1:], shown, strict=False) if one != before], now


def talking(gaps):
    """A device that has spoken with these gaps between its words; returns it and when it spoke last."""
    presence, seen = Presence(Status.ONLINE), BEGIN
    for gap in gaps:
        presence.hear(seen + gap, seen)
        seen += gap
    return presence, seen


@given(st.lists(says, max_size=40))
def test_after_quiet_what_is_shown_is_what_was_said_last(steps):
    presence = Presence()
    _, now = live(presence, steps)
    presence.tick(now + CALM_SECONDS, now, None)
    assert presence.shown()["status"] == (steps[-1][1] if steps else None)
    assert presence.look_at(now, None) is None


@pytest.mark.parametrize("status", Status)
def test_who_says_the_same_again_and_again_does_not_flap(status):
    presence = Presence()
    shown, _ = live(presence, [(1, status, StatusReason.SAID)] * 2 * MAX_CHANGES)
    assert [one["status"] for one in shown] == [status]
    assert not presence.is_flapping


@given(st.lists(says, max_size=200))
def test_storm_makes_no_more_changes_than_the_limit_a_window(steps):
    presence = Presence()
    shown, now = live(presence, steps)
    windows = (now - BEGIN) / FLAP_SECONDS + 1
    assert len(shown) <= windows * (MAX_CHANGES + 2)


@given(st.lists(says, max_size=20))
def test_what_the_journal_keeps_is_read_back_as_it_was(steps):
    presence = Presence()
    live(presence, steps)
    assert Presence.from_json(json.loads(json.dumps(presence.to_json()))) == presence


def test_device_that_comes_and_goes_is_flapping_once_and_calm_again():
    presence = Presence()
    shown, now = live(presence, [(1, status, None) for status in [Status.ONLINE, Status.OFFLINE] * 100])
    assert [one["status"] for one in shown] == ["online", "offline", "online", "offline", "online", "flapping"]
    presence.tick(now + CALM_SECONDS - 1, now, None)
    assert presence.shown()["status"] == "flapping"
    presence.tick(now + CALM_SECONDS, now, None)
    assert presence.shown()["status"] == "offline"


def test_device_that_restarts_twice_is_not_flapping():
    presence = Presence(Status.ONLINE)
    live(presence, [(10, status, None) for status in [Status.OFFLINE, Status.ONLINE] * 2])
    assert presence.shown()["status"] == "online"


def test_offline_without_a_reason_does_not_deny_the_one_that_is_known():
    presence = Presence()
    presence.say(Status.OFFLINE, StatusReason.BLOCKED, BEGIN)
    presence.say(Status.OFFLINE, None, BEGIN + 1)
    assert presence.shown() == {"status": "offline", "status_reason": "blocked"}


def test_regular_device_is_silent_after_some_of_its_longest_pauses_and_back_by_its_next_word():
    chance = Random(1)
    presence, seen = talking([chance.uniform(55, 65) for _ in range(GAPS)])
    moment = presence.look_at(seen, SILENCE)
    assert seen + 3 * 55 < moment <= seen + 3 * 65
    presence.tick(moment - 1, seen, SILENCE)
    assert presence.shown()["status"] == "online"
    presence.tick(moment, seen, SILENCE)
    assert presence.shown() == {"status": "offline", "status_reason": "silent"}
    presence.hear(moment + 900, seen)
    assert presence.shown() == {"status": "online", "status_reason": None}
    assert presence.look_at(moment + 900, SILENCE) is None  # it had its reasons: its rhythm is learnt anew


def test_silence_counts_only_from_when_somebody_listened():
    presence, seen = talking([60] * GAPS)
    presence.tick(seen + 86_400, seen + 86_400 - 10, SILENCE)
    assert presence.shown()["status"] == "online"


@pytest.mark.parametrize(
    "gaps",
    [[60] * (GAPS - 1), [60] * (GAPS - 1) + [300], [1, 7, 90, 3600, 30] * GAPS],
    ids=["few-words", "once-late", "events"],
)
def test_device_without_a_rhythm_is_never_called_gone(gaps):
    presence, seen = talking(gaps)
    assert presence.patience(SILENCE) is None
    presence.tick(seen + 86_400 * 30, seen, SILENCE)
    assert presence.shown()["status"] == "online"


def test_sensor_that_speaks_by_chance_hardly_ever_looks_regular():
    chance = Random(7)
    looked = [
        talking([chance.expovariate(1 / 300) + BURST_SECONDS for _ in range(GAPS)])[0].patience(SILENCE) is not None
        for _ in range(2000)
    ]
    assert sum(looked) <= 2000 / 100


def test_words_of_one_burst_are_one():
    presence, _ = talking([0.5, 0.5, 299] * GAPS)
    assert set(presence.gaps) == {299}


def test_device_that_said_goodbye_is_not_silent_and_no_other_word_brings_it_back():
    presence, seen = talking([60] * GAPS)
    presence.say(Status.OFFLINE, StatusReason.SAID, seen)
    assert presence.patience(SILENCE) is None
    presence.hear(seen + 5, seen)
    assert presence.shown() == {"status": "offline", "status_reason": "said"}


def test_nobody_is_silent_where_that_is_off():
    presence, _ = talking([60] * GAPS)
    assert presence.patience(None) is None
    assert presence.patience(SILENCE) == 180
    assert presence.patience(Silence(3, 600)) == 600
