"""The key of the tokens is changed under a HomeGuard that runs, by the command that an admin types."""

import asyncio

import httpx
import jwt
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.integration.home import PASSWORD, hear
from tests.waiting import until, wait_until


def status(home, token):
    return httpx.get(f"{home.running['url']}/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code


def made(home):
    told = home.run("token")
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()


def kid(token):
    return jwt.get_unverified_header(token)["kid"]


def rotate(home, *options):
    told = home.run("token", "rotate-key", *options)
    assert told.returncode == 0, told.stderr
    return told.stdout


async def signed_in(home):
    async with httpx.AsyncClient(base_url=home.running["url"]) as client:
        answer = await client.post("/api/auth/login", json={"username": "admin", "password": PASSWORD})
        return answer.json()["access_token"]


async def ends_with(home, token, act):
    """Open a socket, do something, and return the code that the socket is closed with."""
    url = home.running["url"].replace("http", "ws", 1) + "/ws/alerts"
    async with connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None) as websocket:
        await hear(websocket, lambda frame: frame["type"] == "hello")
        await asyncio.to_thread(act)
        with pytest.raises(ConnectionClosed) as closed:
            await hear(websocket, lambda _: False)
        return closed.value.rcvd and closed.value.rcvd.code


def test_a_running_homeguard_takes_up_a_new_key_and_forgets_a_revoked_one(home):
    home.up()
    before = made(home)
    told = rotate(home)
    after = made(home)
    assert kid(after) in told
    assert kid(after) != kid(before)
    assert (status(home, after), status(home, before)) == (200, 200)  # at once, and still

    async def signs_with_the_new_one():
        return kid(await signed_in(home)) == kid(after)

    asyncio.run(until(signs_with_the_new_one, timeout=5))
    assert asyncio.run(ends_with(home, before, lambda: rotate(home, "--revoke"))) == 4409
    wait_until(lambda: (status(home, after), status(home, before)) == (401, 401), timeout=5)  # a second is promised
    again = made(home)
    assert status(home, again) == 200
    home.kill()
    home.up()
    assert (status(home, again), status(home, after)) == (200, 401)


def test_a_home_of_before_keys_had_names_goes_on(home):
    home.up()
    token = made(home)
    claims = jwt.decode(token, options={"verify_signature": False})
    key = bytes.fromhex((home.data_dir / "secrets" / "jwt.key").read_text())
    nameless = jwt.encode(claims, key, algorithm="HS256")
    assert status(home, nameless) == 200
    rotate(home)
    assert status(home, nameless) == 200
