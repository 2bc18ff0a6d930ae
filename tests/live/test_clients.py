"""Who is connected, as an operator is told, whichever way the socket is driven."""

import pytest
from httpx import AsyncClient

from api.auth.identity import Role
from api.rest.models.clients import Clients
from tests.live.conftest import frames_of
from tests.waiting import until


@pytest.fixture
async def ask(door):
    """Ask the server's own REST, as an operator."""
    headers = {"Authorization": f"Bearer {await door.token('olga', Role.OPERATOR)}"}
    async with AsyncClient(base_url=f"http://{door.host}", headers=headers, trust_env=False) as client:

        async def ask(query=""):
            answer = await client.get(f"/api/clients{query}")
            assert answer.status_code == 200
            return Clients.model_validate(answer.json())

        yield ask


async def test_clients_are_told_newest_first(door, clock, ask):
    token = await door.token("ada", Role.VIEWER)
    async with door.open("/ws/alerts", token, user_agent_header="Firefox on the tablet") as first:
        await frames_of(first, 1)
        clock.advance(5)
        async with door.open("/ws/devices", await door.token("bob", Role.ADMIN), user_agent_header="x" * 300) as second:
            await frames_of(second, 1)
            told = await ask()
            assert (told.total, told.next) == (2, None)
            assert [item.model_dump() for item in told.items] == [
                {
                    "user": "bob",
                    "role": "admin",
                    "channel": "devices",
                    "address": "127.0.0.1",
                    "since": "2026-11-23T20:00:05.000Z",
                    "client": "x" * 200,
                },
                {
                    "user": "ada",
                    "role": "viewer",
                    "channel": "alerts",
                    "address": "127.0.0.1",
                    "since": "2026-11-23T20:00:00.000Z",
                    "client": "Firefox on the tablet",
                },
            ]
            newest = await ask("?limit=1")
            assert ([item.user for item in newest.items], newest.total) == (["bob"], 2)


async def test_a_client_that_names_no_program_is_told_too(door, ask):
    async with door.open("/ws/alerts", await door.token(), user_agent_header=None) as websocket:
        await frames_of(websocket, 1)
        (item,) = (await ask()).items
    assert item.client is None


async def test_a_client_that_left_is_told_no_more(door, ask):
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await frames_of(websocket, 1)
        assert (await ask()).total == 1
    await until(lambda: not door.context.listeners())
    assert (await ask()).items == []


async def test_equal_texts_of_many_clients_are_kept_once(door):
    token = await door.token()
    async with (
        door.open("/ws/alerts", token, user_agent_header="Firefox" * 9) as first,
        door.open("/ws/devices", token, user_agent_header="Firefox" * 9) as second,
    ):
        await frames_of(first, 1)
        await frames_of(second, 1)
        one, other = (listener.seat for listener in door.context.listeners())
        assert one.client is other.client
        assert one.address is other.address
