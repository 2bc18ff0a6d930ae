"""A token lives and dies on the socket that it opened, to the second."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection

from homeguard.clock import to_rfc3339
from tests.api.real_server import RealServer, real_server, say
from tests.clock import ManualClock
from tests.live.conftest import closing, next_of
from tests.waiting import until

LIFE = 15 * 60


@pytest.fixture
async def server(tmp_path: Path, clock: ManualClock) -> AsyncIterator[RealServer]:
    async with real_server(tmp_path, clock) as server:
        await server.add("ann")
        await server.add("eve")
        yield server


async def is_quiet(server: RealServer, websocket: ClientConnection) -> bool:
    """Look after the tokens now, and say whether the socket hears nothing of it: what it asks is answered first."""
    server.fanout.sweep(0.0)
    await websocket.send('{"type":"ping"}')
    frame = await next_of(websocket, "pong", "token_expiring")
    return str(frame["type"]) == "pong"


async def renew(server: RealServer, websocket: ClientConnection, token: str) -> None:
    """Show a fresh token on the one socket there is, and wait until it counts."""
    fresh = server.context.tokens.verify(token)
    expected = [(fresh.session_id, fresh.expires_at)]
    await say(websocket, token)
    await until(lambda: [(who.session_id, who.expires_at) for who in server.fanout.identities()] == expected)


async def test_a_token_is_warned_of_a_minute_before_its_end_and_ends_with_five_seconds_of_grace(
    server: RealServer, clock: ManualClock
) -> None:
    begun = clock()
    async with server.socket(await server.token("ann")) as websocket:
        await next_of(websocket, "status")
        clock.advance(LIFE - 61)
        assert await is_quiet(server, websocket)
        clock.advance(1)
        assert (await next_of(websocket, "token_expiring"))["expires_at"][:19] > to_rfc3339(begun)[:19]
        clock.advance(60 + 4)
        assert await is_quiet(server, websocket)
        clock.advance(1)
        assert await closing(websocket) == 4402


async def test_a_fresh_token_extends_the_socket_to_its_own_end(server: RealServer, clock: ManualClock) -> None:
    async with server.browser("ann") as ann, server.socket(ann.headers["Authorization"].split()[1]) as websocket:
        clock.advance(LIFE - 30)
        expiring = await next_of(websocket, "token_expiring")
        fresh = (await ann.post("/api/auth/refresh")).json()
        await renew(server, websocket, fresh["access_token"])
        assert await is_quiet(server, websocket)
        clock.advance(LIFE - 61)  # long after the first one has ended
        assert await is_quiet(server, websocket)
        clock.advance(1)
        assert (await next_of(websocket, "token_expiring"))["expires_at"] == fresh["expires_at"]
        assert fresh["expires_at"] > expiring["expires_at"]
        clock.advance(65)
        assert await closing(websocket) == 4402


async def test_a_fresh_token_is_taken_in_the_seconds_of_grace(server: RealServer, clock: ManualClock) -> None:
    async with server.browser("ann") as ann, server.socket(ann.headers["Authorization"].split()[1]) as websocket:
        clock.advance(LIFE + 4)
        await next_of(websocket, "token_expiring")
        await renew(server, websocket, (await ann.post("/api/auth/refresh")).json()["access_token"])
        clock.advance(30)
        assert await is_quiet(server, websocket)


async def test_another_users_token_closes_the_socket_and_opens_nothing(server: RealServer) -> None:
    async with server.socket(await server.token("ann")) as websocket:
        await say(websocket, await server.token("eve"))
        assert await closing(websocket) == 4403


async def test_a_token_of_a_session_that_was_signed_out_closes_the_socket(server: RealServer) -> None:
    async with server.browser("ann") as other:
        ended = other.headers["Authorization"].split()[1]
        assert (await other.post("/api/auth/logout")).status_code == 204
    async with server.socket(await server.token("ann")) as websocket:
        await say(websocket, ended)
        assert await closing(websocket) == 4401


async def test_a_socket_belongs_to_the_session_of_its_newest_token(server: RealServer) -> None:
    async with (
        server.browser("ann") as first,
        server.browser("ann") as second,
        server.socket(first.headers["Authorization"].split()[1]) as websocket,
    ):
        await renew(server, websocket, second.headers["Authorization"].split()[1])
        assert (await first.post("/api/auth/logout")).status_code == 204
        assert await is_quiet(server, websocket)
        assert (await second.post("/api/auth/logout")).status_code == 204
        assert await closing(websocket) == 4409


async def test_signing_out_closes_every_socket_of_the_session_and_no_other(server: RealServer) -> None:
    async with server.browser("ann") as leaving, server.browser("ann") as staying:
        token, other = (client.headers["Authorization"].split()[1] for client in (leaving, staying))
        ticket = (await leaving.post("/api/auth/ws-ticket")).json()["ticket"]
        async with (
            server.socket(token) as one,
            server.socket(query=f"?ticket={ticket}") as two,
            server.socket(other) as stays,
        ):
            assert (await leaving.post("/api/auth/logout")).status_code == 204
            assert list(await asyncio.gather(closing(one), closing(two))) == [4409, 4409]
            assert await is_quiet(server, stays)
