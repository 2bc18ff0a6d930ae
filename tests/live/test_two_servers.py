"""Two servers on one journal: what ends a sign-in at one closes its sockets at both, and ends its tokens at both."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import pytest
from httpx import AsyncClient
from websockets.asyncio.client import ClientConnection, connect

from tests.live.conftest import closing, frames_of
from tests.postgres import PostgresServer
from tests.waiting import until

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Deployment:
    """The addresses of two servers, and the environment that they share."""

    first: str
    second: str
    environment: dict[str, str]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    data_dir = tmp_path_factory.mktemp("deployment")
    environment = {**os.environ, "HOMEGUARD_DATA_DIR": str(data_dir), "HOMEGUARD_ADMIN_PASSWORD": PASSWORD}
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        environment["HOMEGUARD_DATABASE_URL"] = server.create_database()
    running: list[subprocess.Popen[str]] = []
    addresses = []
    try:
        for _ in range(2):  # one after the other: the first one makes the secrets and the admin
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.live.serving"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            running.append(process)
            assert process.stdout is not None
            addresses.append(f"127.0.0.1:{int(process.stdout.readline())}")
        yield Deployment(addresses[0], addresses[1], environment)
    finally:
        for process in running:
            process.communicate(timeout=20)
        assert [process.returncode for process in running] == [0] * len(running)


@asynccontextmanager
async def signed_in(server: str, username: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=f"http://{server}", trust_env=False) as client:
        answer = await client.post("/api/auth/login", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


@asynccontextmanager
async def watching(server: str, client: AsyncClient) -> AsyncIterator[ClientConnection]:
    """Listen at a server with the token that a client has."""
    headers = {"Authorization": client.headers["Authorization"]}
    async with connect(f"ws://{server}/ws/devices", additional_headers=headers, proxy=None) as websocket:
        await frames_of(websocket, 3)
        yield websocket


class Ways:
    """What an admin, the user, or somebody at the machine does at the first server."""

    def __init__(self, admin: AsyncClient, user: AsyncClient, name: str, environment: dict[str, str]) -> None:
        self._admin = admin
        self._user = user
        self._name = name
        self._environment = environment

    async def sign_out(self) -> None:
        await self._done(self._user.post("/api/auth/logout"))

    async def end_the_session(self) -> None:
        session_id = (await self._user.get("/api/auth/me")).json()["session_id"]
        await self._done(self._admin.delete(f"/api/sessions/{session_id}"))

    async def change_the_role(self) -> None:
        await self._done(self._admin.patch(f"/api/users/{self._name}", json={"role": "operator"}))

    async def change_the_channels(self) -> None:
        await self._done(self._admin.patch(f"/api/users/{self._name}", json={"channels": ["devices"]}))

    async def change_the_password(self) -> None:
        change = {"password": "quite another one", "current_password": PASSWORD}
        await self._done(self._user.patch(f"/api/users/{self._name}", json=change))

    async def remove_the_user(self) -> None:
        await self._done(self._admin.delete(f"/api/users/{self._name}"))

    async def sign_out_at_the_machine(self) -> None:
        program = Path(sys.executable).with_name("homeguard")
        command = await asyncio.create_subprocess_exec(program, "user", "sign-out", self._name, env=self._environment)
        assert await command.wait() == 0

    async def _done(self, asked: Awaitable[Any]) -> None:
        answer = await asked
        assert answer.is_success, answer.text


@pytest.mark.parametrize("way", [name for name in vars(Ways) if not name.startswith("_")])
async def test_what_ends_a_sign_in_is_felt_at_both_servers(deployment: Deployment, way: str) -> None:
    name = way.replace("_", "-")
    async with signed_in(deployment.first, "admin") as admin:
        await admin.post("/api/users", json={"username": name, "password": PASSWORD})
        async with (
            signed_in(deployment.first, name) as user,
            watching(deployment.first, user) as here,
            watching(deployment.second, user) as elsewhere,
            watching(deployment.second, admin) as bystander,
        ):
            end: Callable[[], Awaitable[None]] = getattr(Ways(admin, user, name, deployment.environment), way)
            await end()
            assert {await closing(here), await closing(elsewhere)} == {4409}
            await (await bystander.ping())

            async def is_refused_at_both() -> bool:
                asked = [f"http://{server}/api/auth/me" for server in (deployment.first, deployment.second)]
                return {(await user.get(url)).status_code for url in asked} == {401}

            await until(is_refused_at_both)


async def test_the_other_server_closes_within_a_second(deployment: Deployment) -> None:
    """By the median of five: the machine that tests may be busy."""
    took = []
    async with signed_in(deployment.first, "admin") as admin:
        for _ in range(5):
            async with signed_in(deployment.first, "admin") as other, watching(deployment.second, other) as websocket:
                session_id = (await other.get("/api/auth/me")).json()["session_id"]
                begun = monotonic()
                await admin.delete(f"/api/sessions/{session_id}")
                assert await closing(websocket) == 4409
                took.append(monotonic() - begun)
    assert median(took) < 1.0, took
