"""The subscriber against a real WebSocket server that cuts, closes, restarts and forgets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from homeguard.client import Backoff, Frame, Token, subscribe
from homeguard.errors import BadCredentials, BadInput, HomeGuardError, NotAllowed, TokenExpired, Unavailable
from tests.client.channel_server import ChannelServer, channel_server
from tests.waiting import until


@pytest.fixture
async def server() -> AsyncIterator[ChannelServer]:
    async with channel_server() as running:
        yield running


class Reader:
    """Reads a subscription in the background."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.retries: list[str] = []
        self.waits: list[float] = []
        self.hellos = 0

    @property
    def seqs(self) -> list[int]:
        return [frame.seq for frame in self.frames if frame.type == "new_alert" and frame.seq is not None]

    @property
    def gaps(self) -> list[tuple[int, int, str]]:
        raws = [frame.raw for frame in self.frames if frame.type == "gap"]
        return [(raw["from"], raw["to"], raw["reason"]) for raw in raws]

    def on_hello(self, frame: Frame) -> None:
        self.hellos += 1

    def on_retry(self, why: str, seconds: float) -> None:
        self.retries.append(why)
        self.waits.append(seconds)

    async def read(self, frames: AsyncIterator[Frame]) -> None:
        async for frame in frames:
            self.frames.append(frame)


@asynccontextmanager
async def reading(url: str, channel: str = "alerts", **options: Any) -> AsyncIterator[Reader]:
    reader = Reader()
    options.setdefault("token", "good")
    options.setdefault("backoff", Backoff(0.01, 0.02))
    frames = subscribe(url, channel, on_hello=reader.on_hello, on_retry=reader.on_retry, **options)
    task = asyncio.create_task(reader.read(frames))
    try:
        yield reader
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await frames.aclose()


async def first_error(url: str, token: Token = "good") -> HomeGuardError:
    with pytest.raises(HomeGuardError) as caught:
        async with asyncio.timeout(10):
            async for _ in subscribe(url, "alerts", token=token):
                pass
    return caught.value


async def test_every_event_once_and_in_order_over_kills(server: ChannelServer) -> None:
    server.add(step=3)
    async with reading(server.url) as reader:
        await until(lambda: reader.hellos == 1 and server.connections)
        for number in range(1, 31):
            await server.push(step=1 + number % 3)
            if number % 5 == 0:
                server.kill()
                server.add()  # nobody is there to hear it
                await until(lambda: server.connections)
        wanted = [event["seq"] for event in server.events[1:]]
        await until(lambda: len(reader.seqs) >= len(wanted))
    assert reader.seqs == wanted
    assert reader.gaps == []
    assert reader.hellos >= 7
    assert all(query["epoch"] == "e1" for query in server.asked[1:])


async def test_begins_with_the_tail_then_resumes(server: ChannelServer) -> None:
    seqs = [server.add() for _ in range(5)]
    async with reading(server.url, tail=2) as reader:
        await until(lambda: reader.seqs == seqs[-2:])
        server.kill()
        seqs.append(server.add())
        await until(lambda: reader.seqs == seqs[-3:])
    assert server.asked == [{"tail": "2"}, {"since": str(seqs[-2]), "epoch": "e1"}]


async def test_begins_behind_a_cursor(server: ChannelServer) -> None:
    for _ in range(4):
        server.add()
    async with reading(server.url, since=2, epoch="e1") as reader:
        await until(lambda: reader.seqs == [3, 4])
    assert {frame.epoch for frame in reader.frames} == {"e1"}


async def test_a_trimmed_history_is_a_gap(server: ChannelServer) -> None:
    for _ in range(9):
        server.add()
    server.floor = 6
    async with reading(server.url, since=2, epoch="e1") as reader:
        await until(lambda: reader.seqs == [7, 8, 9])
    assert reader.gaps == [(3, 6, "trimmed")]


async def test_another_journal_is_a_gap_and_goes_on(server: ChannelServer) -> None:
    for _ in range(5):
        server.add()
    async with reading(server.url, since=0) as reader:
        await until(lambda: len(reader.seqs) == 5)
        server.epoch, server.events = "e2", []
        server.add()
        server.kill()
        await until(lambda: reader.gaps == [(5, 1, "epoch")] and server.connections)
        await server.push()
        server.kill()
        server.add()
        await until(lambda: reader.seqs == [1, 2, 3, 4, 5, 2, 3])
    assert reader.frames[-1].epoch == "e2"


async def test_an_event_that_is_missing_is_asked_for(server: ChannelServer) -> None:
    async with reading(server.url) as reader:
        await until(lambda: server.connections)
        await server.push()
        server.skip = {2}
        await server.push()
        server.skip = set()
        await server.push()  # its prev shows that 2 is missing
        await until(lambda: reader.seqs == [1, 2, 3])
    assert reader.gaps == []
    assert len(server.asked) == 2


async def test_an_event_that_stays_missing_is_a_gap(server: ChannelServer) -> None:
    async with reading(server.url) as reader:
        await until(lambda: server.connections)
        server.skip = {2}
        for _ in range(3):
            await server.push()
        await until(lambda: reader.seqs == [1, 3])
    assert reader.gaps == [(2, 2, "missing")]


async def test_a_heartbeat_shows_what_was_missed(server: ChannelServer) -> None:
    async with reading(server.url) as reader:
        await until(lambda: server.connections)
        await server.push()
        server.add()
        await server.broadcast({"type": "heartbeat", "channel": "alerts", "head": 2})
        await until(lambda: reader.seqs == [1, 2])


async def test_silence_is_a_dead_connection(server: ChannelServer) -> None:
    server.heartbeat_seconds = 0.02
    async with reading(server.url) as reader:
        await until(lambda: reader.hellos >= 3)
    assert "it said nothing" in reader.retries[0]


async def test_the_devices_channel_begins_with_a_snapshot(server: ChannelServer) -> None:
    server.events = [{"type": "device_update", "channel": "devices", "seq": 9, "prev": 4, "data": {"id": "cam-1"}}]
    server.snapshot = {"type": "snapshot", "channel": "devices", "since": 0, "seq": 9, "data": [], "removed": []}
    async with reading(server.url, "devices") as reader:
        await until(lambda: any(frame.type == "snapshot" for frame in reader.frames))
        server.kill()
        await until(lambda: len(server.asked) == 2)
    assert server.asked[1] == {"since": "9", "epoch": "e1"}


@pytest.mark.parametrize("code", [1001, 1012, 1013, 4408, 4429])
async def test_codes_after_which_it_comes_back(server: ChannelServer, code: int) -> None:
    server.close_codes = [code]
    async with reading(server.url) as reader:
        await until(lambda: reader.hellos == 2)
    assert len(reader.retries) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [(4400, BadInput), (4401, BadCredentials), (4402, TokenExpired), (4403, NotAllowed), (4409, BadCredentials)],
)
async def test_codes_after_which_it_stops(server: ChannelServer, code: int, error: type[HomeGuardError]) -> None:
    server.close_codes = [code]
    caught = await first_error(server.url)
    assert type(caught) is error
    assert str(caught) == "as the test wishes"
    assert len(server.asked) == 1


def counting() -> tuple[list[str], Callable[[], str]]:
    made: list[str] = []

    def make() -> str:
        made.append(f"token-{len(made) + 1}")
        return made[-1]

    return made, make


async def test_an_expired_token_is_asked_for_anew(server: ChannelServer) -> None:
    made, make = counting()
    server.tokens, server.close_codes = {"token-1", "token-2"}, [4402]
    async with reading(server.url, token=make) as reader:
        await until(lambda: reader.hellos == 2)
    assert made == ["token-1", "token-2"]


async def test_a_token_refused_at_a_reconnect_is_asked_for_anew(server: ChannelServer) -> None:
    made, make = counting()
    server.tokens = {"token-1"}
    async with reading(server.url, token=make) as reader:
        await until(lambda: server.connections)
        server.tokens = {"token-2"}
        server.kill()
        await until(lambda: reader.hellos == 2)
    assert made == ["token-1", "token-2"]


async def test_a_fresh_token_that_is_refused_stops(server: ChannelServer) -> None:
    made, make = counting()
    caught = await first_error(server.url, token=make)
    assert type(caught) is BadCredentials
    assert str(caught) == "the token is not valid"
    assert made == ["token-1"]


async def test_a_token_is_renewed_on_the_living_connection(server: ChannelServer) -> None:
    async def make() -> str:
        return "good"

    server.stray = [{"type": "token_expiring", "channel": "alerts", "expires_at": "2026-11-23T21:00:00.000Z"}]
    async with reading(server.url, token=make) as reader:
        await until(lambda: server.told == [{"type": "auth", "token": "good"}])
    assert reader.hellos == 1


async def test_a_token_that_cannot_be_had_now_is_asked_for_later(server: ChannelServer) -> None:
    answers: list[Unavailable | str] = [Unavailable("the sign-in", "restarting"), "good"]

    def make() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with reading(server.url, token=make) as reader:
        await until(lambda: reader.hellos == 1)
    assert reader.retries == ["the sign-in is unavailable: restarting"]


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [(429, "1", 1), (503, "1", 1), (503, "-1", 0), (503, "Wed, 21 Oct 2026 07:28:00 GMT", 0), (503, "", 0)],
)
async def test_a_server_that_asks_for_time_gets_it(
    server: ChannelServer, status: int, retry_after: str, seconds: int
) -> None:
    server.refusals = [(status, {"Retry-After": retry_after})]
    async with reading(server.url) as reader:
        await until(lambda: reader.hellos == 1)
    (waited,) = reader.waits
    assert seconds <= waited <= seconds + 0.02


async def test_nobody_at_the_address_is_tried_again(unused_tcp_port: int) -> None:
    async with reading(f"http://127.0.0.1:{unused_tcp_port}") as reader:
        await until(lambda: len(reader.retries) >= 3)


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://[::1", "http://127.0.0.1:port"])
async def test_a_wrong_address_stops(url: str) -> None:
    assert isinstance(await first_error(url), BadInput)
