"""The sign-in of a subscriber, against a real HomeGuard in a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import httpx
import pytest

from homeguard.client import Backoff, Frame, SignIn, subscribe
from homeguard.errors import BadCredentials, BadInput, Unavailable
from tests.integration.home import PASSWORD, Home
from tests.waiting import until


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("sign-in") / "home")
    yield home.up(HOMEGUARD_ACCESS_TOKEN_MINUTES="1")
    home.stop()


def url_of(home: Home) -> str:
    return str(home.running["url"])


async def test_stays_in_one_session_until_it_signs_out(home: Home) -> None:
    sign_in = SignIn(url_of(home), "admin", PASSWORD)
    first, *rest = [await sign_in(), *await asyncio.gather(sign_in(), sign_in())]
    sessions = {await session_of(home, token) for token in (first, *rest)}
    assert len(sessions) == 1
    await sign_in.sign_out()
    assert await session_of(home, await sign_in()) not in sessions


async def test_a_wrong_password_stops_a_subscription(home: Home) -> None:
    with pytest.raises(BadCredentials, match="password"):
        await anext(subscribe(url_of(home), "alerts", token=SignIn(url_of(home), "admin", "a guess")))


@pytest.mark.parametrize("path", ["/nobody-here", "/docs"])
async def test_another_server_is_told(home: Home, path: str) -> None:
    with pytest.raises(BadInput, match="cannot sign in at http"):
        await SignIn(url_of(home) + path, "admin", PASSWORD)()


async def test_a_server_that_is_away_is_unavailable(unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable):
        await SignIn(f"http://127.0.0.1:{unused_tcp_port}", "admin", PASSWORD)()


async def test_a_token_that_ends_is_renewed_on_the_living_connection(home: Home) -> None:
    """Tokens of one minute: `token_expiring`, which comes 60 seconds before, comes at once."""
    sign_in, asked = SignIn(url_of(home), "admin", PASSWORD), 0

    async def token() -> str:
        nonlocal asked
        asked += 1
        return await sign_in()

    hellos: list[Frame] = []
    frames = subscribe(url_of(home), "alerts", token=token, on_hello=hellos.append, backoff=Backoff(0.01, 0.02))
    async with aclosing(frames):
        reading = asyncio.create_task(first_alert(frames))
        await until(lambda: asked >= 3)
        home.publish({"device_id": "cam-1", "reason": "Still here"})
        async with asyncio.timeout(10):
            assert await reading == "Still here"
    assert len(hellos) == 1


async def first_alert(frames: AsyncIterator[Frame]) -> str:
    while (frame := await anext(frames)).type != "new_alert":
        pass
    return str(frame.data["reason"])


async def session_of(home: Home, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url_of(home), headers=headers) as client:
        return str((await client.get("/api/auth/me")).json()["session_id"])
