"""HomeGuard's two doors on a real port, with a clock that tests move: what an attacker has before them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from httpx import AsyncClient
from pwdlib.hashers.argon2 import Argon2Hasher
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from api.app import create_app, make_fanout, open_context
from api.auth.identity import Role
from api.auth.passwords import Passwords
from api.context import Context
from api.listener import listen
from api.live.fanout import Fanout
from api.live.standing import watch_sessions
from api.server import Server
from homeguard.journal.users import add_user
from homeguard.settings import load_settings
from tests.clock import ManualClock

PASSWORD = "correct horse battery"


class RealServer:
    """A server on a port, whose context a test may look into."""

    def __init__(self, context: Context, fanout: Fanout, clock: ManualClock, port: int) -> None:
        self.context = context
        self.fanout = fanout
        self.clock = clock
        self.host = f"127.0.0.1:{port}"

    async def add(self, username: str, role: Role = Role.VIEWER) -> None:
        password_hash = await self.context.passwords.hash(PASSWORD)
        await self.context.journal.write(lambda tx: add_user(tx, username, password_hash, role.value, by="test"))

    @asynccontextmanager
    async def browser(self, username: str | None = None) -> AsyncIterator[AsyncClient]:
        """Open a client with cookies of its own; with a name, signed in, which sends the access token."""
        async with AsyncClient(base_url=f"http://{self.host}", timeout=10) as client:
            if username is not None:
                answer = await client.post("/api/auth/login", json={"username": username, "password": PASSWORD})
                assert answer.status_code == 200, answer.text
                client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client

    async def token(self, username: str) -> str:
        async with self.browser(username) as client:
            return str(client.headers["Authorization"]).removeprefix("Bearer ")

    @asynccontextmanager
    async def socket(self, token: str | None = None, query: str = "") -> AsyncIterator[ClientConnection]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"ws://{self.host}/ws/alerts{query}"
        async with connect(url, additional_headers=headers, compression=None, proxy=None) as websocket:
            yield websocket

    async def statuses(self, token: str) -> tuple[int, int]:
        """Show a token at both doors; returns what each answers."""
        async with self.browser() as client:
            rest = (await client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})).status_code
        return rest, await self.knock(token)

    async def knock(self, token: str | None = None, query: str = "") -> int:
        """Try to open a socket; returns what it answers."""
        try:
            async with self.socket(token, query):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code


async def say(websocket: ClientConnection, token: str) -> None:
    """Show a fresh token on a socket that is open."""
    await websocket.send(json.dumps({"type": "auth", "token": token}))


@asynccontextmanager
async def real_server(data_dir: Path, clock: ManualClock, **settings: Any) -> AsyncIterator[RealServer]:
    """Run a server until the block ends."""
    loaded = load_settings(data_dir=data_dir, **settings)
    context = open_context(loaded, clock=clock)
    context.passwords.close()
    context.passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    fanout = await make_fanout(context)
    listener = listen("127.0.0.1", 0, loaded.socket_send_buffer_bytes)
    server, started = Server(create_app(context, fanout), loaded), asyncio.Event()
    try:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.run(listener, started))
            beside = [tasks.create_task(fanout.run()), tasks.create_task(watch_sessions(context, fanout))]
            await started.wait()
            try:
                yield RealServer(context, fanout, clock, listener.getsockname()[1])
            finally:
                server.stop()
                await serving
                for task in beside:
                    task.cancel()
    finally:
        context.passwords.close()
        context.journal.close()
