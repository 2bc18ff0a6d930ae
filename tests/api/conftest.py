"""A home of REST alone: the real journal in a file, the real routers, a clock that the tests move."""

from collections.abc import AsyncIterator, Awaitable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pwdlib.hashers.argon2 import Argon2Hasher

from api import problems
from api.auth.identity import Role
from api.auth.keys import Keys
from api.auth.passwords import Passwords
from api.auth.tickets import Tickets
from api.auth.tokens import Tokens
from api.context import Context
from api.rest.router import router
from homeguard.events import Channel, Decoded
from homeguard.health import Health
from homeguard.journal import Journal
from homeguard.journal.intake import Received, Rules, store
from homeguard.journal.users import add_user
from homeguard.settings import Settings, load_settings
from homeguard.topics import Topics
from tests.clock import ManualClock

KEY = b"k" * 32
PASSWORD = "correct horse battery"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    yield cheap
    cheap.close()


@pytest.fixture
def context(settings: Settings, clock: ManualClock, passwords: Passwords) -> Iterator[Context]:
    journal = Journal.open(settings.database, clock=clock)
    yield Context(
        settings=settings,
        topics=Topics(),
        journal=journal,
        health=Health(),
        tokens=Tokens(Keys.of(KEY), settings, clock),
        tickets=Tickets(clock),
        passwords=passwords,
        clock=clock,
    )
    journal.close()


@pytest.fixture
def app(context: Context) -> FastAPI:
    application = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    application.state.context = context
    problems.install(application)
    application.include_router(router)
    return application


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://home.test") as client:
        yield client


@dataclass(frozen=True)
class Home:
    """Who lives there, and what has happened."""

    context: Context
    app: FastAPI

    async def add_user(
        self, name: str, role: Role, password: str = PASSWORD, channels: Collection[Channel] = tuple(Channel)
    ) -> None:
        password_hash = await self.context.passwords.hash(password)
        await self.context.journal.write(lambda tx: add_user(tx, name, password_hash, role.value, channels=channels))

    async def receive(self, *contents: Decoded) -> None:
        """Take in what the bridge would have decoded."""
        batch = [Received("homeguard/test", b"{}", content) for content in contents]
        await self.context.journal.write(lambda tx: store(tx, batch, Rules(self.context.topics, tell_new=False)))


@pytest.fixture
def home(context: Context, app: FastAPI) -> Home:
    return Home(context, app)


class SignIn(Protocol):
    """Makes a user named as its role, and a client that sends its token."""

    def __call__(self, role: Role, channels: Collection[Channel] = ...) -> Awaitable[AsyncClient]: ...


@pytest.fixture
async def sign_in(home: Home) -> AsyncIterator[SignIn]:
    """Make a user named as its role, and a client that sends its token."""
    clients: list[AsyncClient] = []

    async def as_role(role: Role, channels: Collection[Channel] = tuple(Channel)) -> AsyncClient:
        await home.add_user(role.value, role, channels=channels)
        client = AsyncClient(transport=ASGITransport(home.app), base_url="http://home.test")
        clients.append(client)
        answer = await client.post("/api/auth/login", json={"username": role.value, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    yield as_role
    for client in clients:
        await client.aclose()


@pytest.fixture
async def admin(sign_in: SignIn) -> AsyncClient:
    return await sign_in(Role.ADMIN)


@pytest.fixture
async def operator(sign_in: SignIn) -> AsyncClient:
    return await sign_in(Role.OPERATOR)


@pytest.fixture
async def viewer(sign_in: SignIn) -> AsyncClient:
    return await sign_in(Role.VIEWER)
