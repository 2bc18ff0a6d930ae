"""No secret is in any line of the log, at any level, from any library: one whole run at DEBUG, and all that it said."""

import asyncio
import json
import subprocess
import time

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.api.provider import ISSUER, jwks_server, token_of
from tests.integration.home import PASSWORD, hear

WRONG_PASSWORD = "a-guess-that-nobody-should-read"
NEW_PASSWORD = "two lanterns in a well"
FORGED = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtYWxsb3J5In0.c2lnbmF0dXJlLW9mLW1hbGxvcnk"


class Run:
    """What is done in the run, and every secret that it meets."""

    def __init__(self, home):
        self.home = home
        self.url = home.running["url"]
        self.secrets: dict[str, str] = {}

    def keep(self, what, text):
        self.secrets[f"{what} {len(self.secrets)}"] = text
        return text

    def keep_answer(self, answer):
        """Keep what an answer gave to this client alone."""
        token = self.keep("access token", answer.json()["access_token"])
        self.keep("refresh token", answer.cookies["homeguard_refresh"])
        return token

    def four_ways(self, token, ticket):
        """Return each way of bringing a token: where to connect, and with what."""
        ws = self.url.replace("http", "ws", 1) + "/ws/alerts"
        return (
            (ws, {"additional_headers": {"Authorization": f"Bearer {token}"}}),
            (ws, {"subprotocols": ["homeguard.v1", f"bearer.{token}"]}),
            (f"{ws}?tail=1&token={token}", {}),
            (f"{ws}?ticket={ticket}", {}),
        )

    async def open_four_ways(self, client, token):
        """Open sockets, and say on each what should not be said, until it is closed."""
        answer = await client.post("/api/auth/ws-ticket", headers={"Authorization": f"Bearer {token}"})
        for path, options in self.four_ways(token, self.keep("ticket", answer.json()["ticket"])):
            async with connect(path, proxy=None, **options) as websocket:
                await websocket.send(json.dumps({"type": "auth", "token": token}))
                await websocket.send(json.dumps({"type": "token", "token": token, "password": WRONG_PASSWORD}))
                await hear(websocket, lambda frame: frame["type"] == "error")
                await websocket.send(json.dumps({"type": "auth", "token": FORGED}))
                with pytest.raises(ConnectionClosed):
                    await hear(websocket, lambda _: False)

    async def be_refused_four_ways(self):
        for path, options in self.four_ways(FORGED, FORGED):
            with pytest.raises(InvalidStatus, match="401"):
                await connect(path, proxy=None, **options)

    async def sign_in_and_out(self, client):
        """Sign in, refresh, fail, change the password, and sign out."""
        answer = await client.post("/api/auth/login", json={"username": "admin", "password": PASSWORD})
        token = self.keep_answer(answer)
        await client.post("/api/auth/login", json={"username": "admin", "password": WRONG_PASSWORD})
        await client.post("/api/auth/login", json={"username": WRONG_PASSWORD, "password": 7})
        await client.post("/api/auth/login", content=f'{{"password":"{WRONG_PASSWORD}"'.encode())
        await self.open_four_ways(client, token)
        await self.be_refused_four_ways()
        for query in (f"token={token}", f"ticket={FORGED}", f"password={WRONG_PASSWORD}", f"access_token={token}"):
            await client.get(f"/api/devices?{query}", headers={"Authorization": f"Bearer {token}"})
        token = self.keep_answer(await client.post("/api/auth/refresh"))
        bearer = {"Authorization": f"Bearer {token}"}
        user = {"username": "zoe", "password": NEW_PASSWORD, "role": "viewer"}
        assert (await client.post("/api/users", json=user, headers=bearer)).status_code == 201
        assert (await client.patch("/api/users/zoe", json={"password": PASSWORD}, headers=bearer)).status_code == 200
        await self.give_accounts(client, bearer)
        assert (await client.post("/api/auth/logout", headers=bearer)).status_code == 204

    async def give_accounts(self, client, bearer):
        """Give a device an account, and another password."""
        added = await client.post("/api/devices", json={"id": "door-9", "kind": "lock"}, headers=bearer)
        changed = await client.post("/api/devices/door-9/credentials", headers=bearer)
        for answer, status in ((added, 201), (changed, 200)):
            assert answer.status_code == status, answer.text
            self.keep("password of a device", answer.json()["mqtt"]["password"])

    def publish(self):
        """Publish with a password, and with a wrong one."""
        self.home.publish({"device_id": "cam-1", "reason": "Port scan"})
        words = self.home.pub("alerts")
        words[words.index("-P") + 1] = WRONG_PASSWORD
        assert subprocess.run([*words, "-m", "{}"], check=False, capture_output=True).returncode != 0

    def turn_keys(self):
        """Use the commands beside it that have to do with keys."""
        key = self.home.data_dir / "secrets" / "jwt.key"
        for words in (["token"], ["token", "rotate-key"], ["token", "rotate-key", "--revoke"], ["token"]):
            self.keep("key", key.read_text().strip())
            told = self.home.run(*words)
            assert told.returncode == 0, told.stderr
            if words == ["token"]:
                self.keep("token of a script", told.stdout.strip())
        self.keep("key", key.read_text().strip())

    def keep_files(self):
        """Keep what lies in the secrets of the home."""
        for path in (self.home.data_dir / "secrets").rglob("*"):
            if path.is_file() and path.suffix != ".json" and path.stat().st_size:
                self.keep(path.name, path.read_text().strip())
        accounts = json.loads((self.home.data_dir / "broker" / "dynamic-security.json").read_text())
        for account in accounts["clients"]:
            self.keep(f"hash of {account['username']}", account["password"])


@pytest.fixture
def provider():
    with jwks_server() as server:
        yield server


def test_no_secret_is_in_the_log_of_a_whole_run(home, provider):
    home.up(
        "--sim", "1", HOMEGUARD_LOG_LEVEL="DEBUG", HOMEGUARD_OIDC_ISSUER=ISSUER, HOMEGUARD_OIDC_JWKS_URL=provider.url
    )
    run = Run(home)

    async def come_and_go():
        async with httpx.AsyncClient(base_url=run.url, timeout=10) as client:
            await run.sign_in_and_out(client)
            await run.open_four_ways(client, run.keep("token of the provider", token_of(time.time(), sub="yan")))

    asyncio.run(come_and_go())
    run.publish()
    run.turn_keys()
    run.keep_files()
    assert home.stop() == 0
    for secret in (PASSWORD, WRONG_PASSWORD, NEW_PASSWORD, FORGED):
        run.keep("what was typed", secret)
    assert "/ws/alerts?ticket=" in home.said  # the run was at DEBUG: uvicorn told of every handshake
    assert "/api/devices?token=" in home.said
    assert len(run.secrets) > 25
    found = {what for what, secret in run.secrets.items() for part in parts_of(secret) if part in home.said}
    assert found == set()


def parts_of(secret):
    """Return a secret and, of a token, what makes it one: its claims and its signature."""
    return [secret, *(part for part in secret.split(".")[1:] if len(part) > 16)]
