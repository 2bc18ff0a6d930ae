"""Lines that pause, vanish and come back while events are committed: each hears everything once, in order."""

import asyncio
import json
import math
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.live.fanout import MAX_READERS, Fanout
from api.live.framing import frame, text_of
from api.live.limits import Gate, Limits
from api.live.line import Line
from api.live.log import LiveLog
from api.live.protocol import Close
from api.live.subscriber import Standing, Start, Subscriber
from homeguard.events import Channel, Event, EventType
from homeguard.health import Health
from homeguard.journal import Journal
from tests.clock import ManualClock
from tests.journal.intake import Desk
from tests.live.simulation import SOMEBODY
from tests.waiting import until

LINES = 4


class Socket:
    """A socket of a test: keeps what is written; beyond the room that the test gives it, in its transport."""

    def __init__(self) -> None:
        self.line: Line | None = None  # hears when it is full, and when not any more
        self.room = math.inf
        self._taken = b""
        self._waiting = b""
        self.frames: list[dict[str, Any]] = []
        self.closed: int | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    def write(self, data: bytes) -> None:
        try:
            sent = self.send_now(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self.write_rest(data, sent)

    def write_rest(self, data: bytes, sent: int) -> None:
        assert self.line is not None
        self._waiting += data[sent:]
        self.line.paused()

    def send_now(self, data: bytes) -> int:
        assert not self._waiting, "it may not overtake what waits"
        if not self.room:
            raise BlockingIOError
        taken = int(min(self.room, len(data)))
        self.room -= taken
        self._take(data[:taken])
        return taken

    def drain(self) -> None:
        """Have room again, and take what waited."""
        self.room = math.inf
        waiting, self._waiting = self._waiting, b""
        if waiting:
            assert self.line is not None
            self._take(waiting)
            self.line.resumed()

    def _take(self, data: bytes) -> None:
        data = self._taken + data
        while len(data) > 10:  # no header is longer, and no frame of ours as short
            size = {126: 4, 127: 10}.get(data[1], 2)
            length = data[1] if size == 2 else int.from_bytes(data[2:size])
            if len(data) < size + length:
                break
            self.frames.append(json.loads(text_of(data[: size + length])))
            data = data[size + length :]
        self._taken = data

    def close(self, code: int, reason: str) -> None:
        self.closed = code

    def later(self, call: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_soon(call)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)


class Screen:
    """One screen: its present line, and every frame it was ever given."""

    def __init__(self, home: "Home", channel: Channel) -> None:
        self.home = home
        self.channel = channel
        self.heard: list[dict[str, Any]] = []
        self.connect(0)

    def connect(self, since: int) -> None:
        fanout, journal = self.home.fanout, self.home.journal
        log = fanout.log[self.channel]
        subscriber = Subscriber(
            self.channel,
            log,
            SOMEBODY,
            Start(since=since, epoch=journal.epoch),
            Standing(journal.epoch, log.head, 10**9),
            heartbeat_seconds=15.0,
            status=frame('{"type":"status"}'),
        )
        self.socket = Socket()
        self.line = Line(
            subscriber,
            fanout,
            journal,
            identify=lambda _: asyncio.sleep(0, SOMEBODY),
            seat=self.home.gate.enter("", "ada", ManualClock().now),
        )
        self.socket.line = self.line
        fanout.add(self.line)
        self.line.begin(self.socket)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [frame for frame in self.heard + self.socket.frames if "seq" in frame]

    def reconnect(self) -> None:
        self.line.gone()
        self.heard += self.socket.frames
        self.socket.frames = []
        self.connect(max([0, *(frame["seq"] for frame in self.events)]))


class Home:
    """A journal with a small live log before it."""

    def __init__(self, directory: str, tail: int) -> None:
        self.journal = Journal.open(str(Path(directory) / "journal.db"))
        self.desk = Desk(self.journal)
        self.fanout = Fanout(LiveLog(dict.fromkeys(Channel, 0), tail, 2**20), Health(), ManualClock(), 15.0)
        self.journal.on_commit(self.fanout.append)
        self.gate = Gate(Limits(100, 100, 100, 100))

    async def settle(self, screens: list[Screen]) -> None:
        """Let everything happen that is under way."""
        for _ in range(10_000):
            heads = [self.fanout.log[screen.channel].head for screen in screens]
            last = [max([0, *(event["seq"] for event in screen.events)]) for screen in screens]
            if heads == last:
                return
            await asyncio.sleep(0.001)
        raise AssertionError(f"not settled: {heads} {last}")


actions = st.lists(
    st.tuples(st.sampled_from(["alert", "device", "turn", "pause", "resume", "reconnect"]), st.integers(0, LINES - 1)),
    max_size=40,
)


async def play(channel: Channel, story: list[tuple[str, int]], tail: int) -> tuple[Home, list[Screen]]:
    with tempfile.TemporaryDirectory() as directory, patch("api.live.fanout.WRITES_A_TURN", 1):
        home = Home(directory, tail)
        flushing = asyncio.create_task(home.fanout.run())
        screens = [Screen(home, channel) for _ in range(LINES)]
        for action, number in story:
            match action:
                case "alert":
                    await home.desk.take(*[("alerts", {"device_id": "cam-1", "reason": "r"})] * (number + 1))
                case "device":
                    count = len(home.desk.committed)
                    await home.desk.take(("devices", {"id": f"cam-{number}", "telemetry": {"at": count}}))
                case "turn":
                    for _ in range(number + 1):
                        await asyncio.sleep(0)
                case "pause":
                    screens[number].socket.room = 300 * number
                case "resume":
                    screens[number].socket.drain()
                case "reconnect":
                    screens[number].reconnect()
        for screen in screens:
            screen.socket.drain()
        await home.settle(screens)
        flushing.cancel()
        await asyncio.wait({flushing})
        home.journal.close()
        return home, screens


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions, st.integers(1, 8))
def test_alerts_have_no_gap_no_double_and_the_right_order_on_every_line(story, tail):
    home, screens = asyncio.run(play(Channel.ALERTS, story, tail))
    expected = [event.seq for event in home.desk.committed if event.channel is Channel.ALERTS]
    for screen in screens:
        assert [event["seq"] for event in screen.events] == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions, st.integers(1, 8))
def test_devices_end_as_they_last_were_on_every_line(story, tail):
    home, screens = asyncio.run(play(Channel.DEVICES, story, tail))
    last = {
        body["id"]: body["telemetry"]
        for event in home.desk.committed
        if event.channel is Channel.DEVICES
        for body in [json.loads(event.body)]
    }
    for screen in screens:
        shown: dict[str, Any] = {}
        for event in screen.events:
            devices = event["data"] if event["type"] == "snapshot" else [event["data"]]
            shown |= {device["id"]: device["telemetry"] for device in devices}
        assert shown == last


async def test_one_too_many_that_must_read_the_journal_is_sent_away(tmp_path):
    home = Home(str(tmp_path), 1)
    await home.desk.take(*[("alerts", {"device_id": "cam-1", "reason": "r"})] * 20)
    home.fanout.readers = MAX_READERS
    screen = Screen(home, Channel.ALERTS)
    await until(lambda: screen.socket.closed)
    assert screen.socket.closed == Close.OVERLOADED
    home.fanout.readers = 0
    screen.reconnect()
    await until(lambda: len(screen.events) == 20)
    assert home.fanout.readers == 0
    home.journal.close()


async def test_line_that_is_full_is_written_nothing_and_is_cut_when_its_session_ends(tmp_path):
    home = Home(str(tmp_path), 8)
    flushing = asyncio.create_task(home.fanout.run())
    screen = Screen(home, Channel.ALERTS)
    await asyncio.sleep(0)
    screen.line.paused()
    before = len(screen.socket.frames)
    await home.desk.take(("alerts", {"device_id": "cam-1", "reason": "r"}))
    home.fanout.close_sessions([SOMEBODY.session_id])
    assert (len(screen.socket.frames), screen.socket.closed) == (before, Close.SESSION_REVOKED)
    flushing.cancel()
    await asyncio.wait({flushing})
    home.journal.close()


async def test_lines_at_the_head_share_what_is_written(tmp_path, monkeypatch):
    home = Home(str(tmp_path), 100)
    flushing = asyncio.create_task(home.fanout.run())
    written: list[bytes] = []

    def send_now(_: Socket, data: bytes) -> int:
        written.append(data)
        return len(data)

    monkeypatch.setattr(Socket, "send_now", send_now)
    screens = [Screen(home, Channel.ALERTS) for _ in range(LINES)]
    for _ in range(5):
        await asyncio.sleep(0)
    written.clear()
    await home.desk.take(*[("alerts", {"device_id": "cam-1", "reason": "r"})] * 10)
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(written) == len(screens)
    assert len({id(data) for data in written}) == 1
    flushing.cancel()
    await asyncio.wait({flushing})
    home.journal.close()


async def test_line_that_catches_up_in_the_middle_of_a_round_joins_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("api.live.fanout.WRITES_A_TURN", 1)
    home = Home(str(tmp_path), 100)
    flushing = asyncio.create_task(home.fanout.run())
    present = [Screen(home, Channel.ALERTS) for _ in range(20)]
    for _ in range(5):
        await asyncio.sleep(0)

    def happen(seq: int) -> None:
        home.fanout.append([Event(seq, seq - 1, Channel.ALERTS, EventType.NEW_ALERT, f"e-{seq}", "", "{}")])

    async def turn_until(condition: Callable[[], Any]) -> None:
        while not condition():  # noqa: ASYNC110  # turns of the loop are what it is about
            await asyncio.sleep(0)

    happen(1)
    await turn_until(lambda: present[0].events)  # the first of many is written: a round is under way
    happen(2)
    late = Screen(home, Channel.ALERTS)
    await turn_until(lambda: late.line.is_sharing)
    assert not present[-1].events
    happen(3)
    await until(lambda: all(screen.events[-1:] and screen.events[-1]["seq"] == 3 for screen in [*present, late]))
    assert [[event["seq"] for event in screen.events] for screen in [*present, late]] == [[1, 2, 3]] * 21
    flushing.cancel()
    await asyncio.wait({flushing})
    home.journal.close()
