"""The whole application on a real server on a free port, without a broker; settings are the test's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from api.app import create_app, make_fanout, open_context
from api.auth.identity import Role
from api.auth.passwords import Passwords
from api.context import Context
from api.listener import listen
from api.server import Server
from homeguard.journal.users import add_user
from homeguard.settings import load_settings

PASSWORD = "correct horse battery"


class House:
    """A server, and how to reach it."""

    def __init__(self, context: Context, port: int) -> None:
        self.context = context
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    async def add_user(self, name: str, role: Role = Role.ADMIN) -> None:
        password_hash = await self.context.passwords.hash(PASSWORD)
        await self.context.journal.write(lambda tx: add_user(tx, name, password_hash, role.value))

    @asynccontextmanager
    async def client(self, source: str = "127.0.0.1", **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        """Come from an address of loopback: Linux has all of 127.0.0.0/8."""
        transport = httpx.AsyncHTTPTransport(local_address=source)
        async with httpx.AsyncClient(base_url=self.url, transport=transport, timeout=30, **options) as client:
            yield client


OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture
async def open_house(tmp_path: Path) -> AsyncIterator[OpenHouse]:
    """Start the server with these settings: `await open_house(trusted_proxies=("127.0.0.1",))`."""
    async with AsyncExitStack() as houses:

        async def make(**settings: Any) -> House:
            return await houses.enter_async_context(_serving(tmp_path, settings))

        yield make


@asynccontextmanager
async def _serving(directory: Path, given: dict[str, Any]) -> AsyncIterator[House]:
    settings = load_settings(data_dir=directory, **given)
    context = open_context(settings)
    context.passwords.close()
    context.passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    fanout = await make_fanout(context)
    listener = listen("127.0.0.1", 0, settings.socket_send_buffer_bytes)
    server, started = Server(create_app(context, fanout), settings), asyncio.Event()
    serving = asyncio.create_task(server.run(listener, started))
    await started.wait()
    try:
        yield House(context, listener.getsockname()[1])
    finally:
        server.stop()
        await serving
        context.passwords.close()
        context.journal.close()
