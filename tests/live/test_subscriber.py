"""A subscriber is a cursor: history then live, without a gap, without a double, in order."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from api.auth.identity import Identity, Role
from api.live.framing import frame
from api.live.protocol import Close
from api.live.subscriber import CONFLATE_AFTER, FRAMES_BURST, MAX_NOTICES
from homeguard.events import Channel, EventType
from tests.live.simulation import NOW, SOMEBODY, World

ALERT, UPDATE = EventType.NEW_ALERT, EventType.DEVICE_UPDATE


def alert(world, reason="r"):
    return world.commit(ALERT, {"reason": reason})


def test_first_frames_are_hello_and_status():
    client = World().connect(Channel.ALERTS)
    client.run()
    assert client.types() == ["hello", "status"]


def test_client_without_a_cursor_gets_only_what_comes():
    world = World()
    alert(world)
    world.show()
    client = world.connect(Channel.ALERTS)
    later = alert(world)
    world.show()
    assert [frame["seq"] for frame in client.run()] == [later.seq]


def test_tail_brings_the_newest_alerts_first():
    world = World(max_events=2)
    for _ in range(9):
        alert(world)
    world.show()
    assert [frame["seq"] for frame in world.connect(Channel.ALERTS, tail=3).run()] == [7, 8, 9]


def test_resume_is_told_and_replays_what_was_missed():
    world = World(max_events=2)
    for _ in range(9):
        alert(world)
    world.show()
    client = world.connect(Channel.ALERTS, since=4, epoch="e")
    assert [frame["seq"] for frame in client.run()] == [5, 6, 7, 8, 9]
    assert client.frames[0]["resumed"] is True


def test_resume_behind_retention_admits_the_gap():
    world = World(max_events=2)
    for _ in range(9):
        alert(world)
    world.show()
    world.prune(6)
    client = world.connect(Channel.ALERTS, since=4, epoch="e")
    assert [frame["seq"] for frame in client.run()] == [7, 8, 9]
    gap = next(frame for frame in client.frames if frame["type"] == "gap")
    assert (gap["from"], gap["to"], gap["reason"]) == (5, 6, "trimmed")


def test_resume_in_another_journal_admits_the_gap():
    world = World()
    alert(world)
    world.show()
    client = world.connect(Channel.ALERTS, since=40, epoch="other")
    client.run()
    assert client.types() == ["hello", "gap", "status"]
    assert client.frames[0]["resumed"] is False
    assert client.frames[1]["reason"] == "epoch"


def test_cursor_ahead_of_the_journal_is_another_journal():
    client = World().connect(Channel.ALERTS, since=40, epoch="e")
    client.run()
    assert client.frames[1]["reason"] == "epoch"


def test_devices_begin_with_a_snapshot_of_all():
    world = World()
    world.commit(UPDATE, {"id": "cam-1", "status": "online"})
    world.show()
    client = world.connect(Channel.DEVICES)
    client.run()
    snapshot = client.frames[2]
    assert (snapshot["type"], snapshot["since"], snapshot["seq"]) == ("snapshot", 0, 1)
    assert snapshot["data"] == [{"id": "cam-1", "status": "online"}]


def test_devices_far_behind_get_one_snapshot_of_what_changed():
    world = World(max_events=10_000)
    world.commit(UPDATE, {"id": "lock-1"})
    world.show()
    client = world.connect(Channel.DEVICES, since=1, epoch="e")
    for number in range(CONFLATE_AFTER + 1):
        world.commit(UPDATE, {"id": "cam-1", "number": number})
    world.show()
    assert client.run() == []
    assert client.frames[-1]["data"] == [{"id": "cam-1", "number": CONFLATE_AFTER}]


def test_cursor_of_the_other_channel_is_known():
    world = World()
    alert(world)
    world.commit(UPDATE, {"id": "cam-1"})
    world.show()
    client = world.connect(Channel.ALERTS, since=2, epoch="e")
    assert client.run() == []
    later = alert(world)
    world.show()
    assert ([frame["seq"] for frame in client.run()], client.frames[0]["resumed"]) == ([later.seq], True)


def test_status_shows_only_the_newest():
    client = World().connect(Channel.ALERTS)
    client.run()
    client.subscriber.show_status(frame('{"type":"status","n":1}'))
    client.subscriber.show_status(frame('{"type":"status","n":2}'))
    client.run()
    assert [frame.get("n") for frame in client.frames[2:]] == [2]


def test_token_warns_once_and_ends_after_its_grace():
    client = World().connect(Channel.ALERTS)
    client.run()
    for left in (61, 60, 30, 0, -4):
        client.subscriber.check_token(SOMEBODY.expires_at - timedelta(seconds=left))
        client.run()
    assert client.types()[2:] == ["token_expiring"]
    assert client.closed is None
    client.subscriber.check_token(SOMEBODY.expires_at + timedelta(seconds=5))
    client.run()
    assert client.closed == Close.TOKEN_EXPIRED


def test_fresh_token_extends_and_warns_anew():
    client = World().connect(Channel.ALERTS)
    client.subscriber.check_token(SOMEBODY.expires_at - timedelta(seconds=30))
    fresh = replace(SOMEBODY, expires_at=NOW + timedelta(hours=1))
    client.subscriber.renew(fresh)
    client.subscriber.check_token(SOMEBODY.expires_at + timedelta(seconds=30))
    client.subscriber.check_token(fresh.expires_at - timedelta(seconds=30))
    client.run()
    assert client.types().count("token_expiring") == 2
    assert client.closed is None


def test_token_of_another_user_closes():
    client = World().connect(Channel.ALERTS)
    client.subscriber.renew(Identity("eve", Role.ADMIN, "session-2", NOW + timedelta(hours=1)))
    client.run()
    assert client.closed == Close.NOT_ALLOWED


def test_token_that_may_not_read_the_channel_any_more_closes():
    client = World().connect(Channel.ALERTS)
    client.subscriber.renew(replace(SOMEBODY, session_id="session-2", channels=frozenset({Channel.DEVICES})))
    client.run()
    assert client.closed == Close.NOT_ALLOWED


def test_flood_closes_and_a_slow_talker_does_not():
    patient, flooder = World().connect(Channel.ALERTS), World().connect(Channel.ALERTS)
    for second in range(100):
        assert patient.subscriber.may_send(float(second))
    assert [flooder.subscriber.may_send(0.0) for _ in range(FRAMES_BURST + 1)].count(False) == 1
    flooder.run()
    assert (patient.closed, flooder.closed) == (None, Close.BAD_MESSAGE)


def test_client_that_does_not_read_its_answers_is_closed():
    client = World().connect(Channel.ALERTS)
    for _ in range(MAX_NOTICES + 1):
        client.subscriber.say(frame('{"type":"pong"}'))
    client.run()
    assert client.closed == Close.BAD_MESSAGE


actions = st.lists(
    st.one_of(
        st.tuples(st.just("alert"), st.integers(1, 6)),
        st.tuples(st.just("device"), st.integers(0, 3)),
        st.tuples(st.just("show"), st.integers(1, 5)),
        st.tuples(st.just("step"), st.integers(1, 5)),
        st.tuples(st.just("reconnect"), st.just(0)),
    ),
    max_size=60,
)


def play(channel, story, max_events):
    """Play a story over a client that reconnects where it stopped; returns the world and all frames it ever got."""
    world = World(max_events)
    cursor = 0
    frames: list[dict[str, Any]] = []
    client = world.connect(channel, since=0, epoch="e")

    def take():
        nonlocal cursor
        frames.extend(frame for frame in client.frames if "seq" in frame)
        cursor = max([cursor, *(frame["seq"] for frame in client.frames if "seq" in frame)])

    for action, number in story:
        match action:
            case "alert":
                for _ in range(number):
                    alert(world)
            case "device":
                world.commit(UPDATE, {"id": f"cam-{number}", "at": len(world.events)})
            case "show":
                world.show(number)
            case "step":
                for _ in range(number):
                    client.step()
            case "reconnect":
                take()
                client = world.connect(channel, since=cursor, epoch="e")
    world.show()
    client.run()
    take()
    return world, frames


@settings(max_examples=300)
@given(actions, st.integers(1, 12))
def test_alerts_have_no_gap_no_double_and_the_right_order(story, max_events):
    world, frames = play(Channel.ALERTS, story, max_events)
    assert [frame["seq"] for frame in frames] == [e.seq for e in world.events if e.channel is Channel.ALERTS]
    for before, after in pairwise(frames):
        assert after["prev"] == before["seq"]


@settings(max_examples=300)
@given(actions, st.integers(1, 12))
def test_devices_end_as_they_last_were(story, max_events):
    world, frames = play(Channel.DEVICES, story, max_events)
    shown: dict[str, dict[str, Any]] = {}
    for shown_frame in frames:
        for device in shown_frame["data"] if shown_frame["type"] == "snapshot" else [shown_frame["data"]]:
            assert shown.get(device["id"], {"at": -1})["at"] <= device["at"]
            shown[device["id"]] = device
    last = {json.loads(e.body)["id"]: json.loads(e.body) for e in world.events if e.channel is Channel.DEVICES}
    assert shown == last
