"""With storage away, every route that needs it says so: 503, a problem, when to come again; none is a fault of ours."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from api.auth.identity import Identity, Role
from api.context import Context
from homeguard.events import Channel
from homeguard.health import ONLINE
from homeguard.journal.intake import store
from homeguard.journal.sessions import open_session
from homeguard.journal.users import add_user
from homeguard.settings import Settings, load_settings
from tests.journal.intake import RULES, received
from tests.postgres import PostgresServer, require_programs

USER = {"username": "grandma", "password": "correct horse battery"}
BODIES: dict[str, object] = {
    "POST /api/alerts/acknowledge": {"ids": ["5f0c2a91-42"]},
    "POST /api/auth/login": USER,
    "POST /api/users": USER,
    "POST /api/devices": {"id": "cam-2"},
    "PATCH /api/users/{username}": {"role": "viewer"},
    "PATCH /api/devices/{id}": {"name": "Front door"},
}
# These answer from memory: whether the process lives, how its parts are, whom a token proved a moment ago.
NEED_NO_STORAGE = {"GET /healthz", "GET /readyz", "GET /api/auth/me", "POST /api/auth/ws-ticket", "GET /api/clients"}
# These ask the broker before they write, and there is none here (tests/api/test_accounts.py has one).
BROKER_FIRST = {"POST /api/devices", "POST /api/devices/{id}/credentials"}
REFRESH = "0123456789abcdef0123456789abcdef.secret"


@pytest.fixture
async def ada(context: Context) -> Identity:
    """An admin who is signed in, in a home with a device and an alert."""

    def sign_in(tx):
        batch = [received("devices/cam-1", {"status": "online"}), received("alerts/cam-1", {"reason": "Port scan"})]
        store(tx, batch, RULES)
        add_user(tx, "ada", "hash", Role.ADMIN.value)
        return open_session(tx, "ada", lifetime=timedelta(days=1), client="test").session

    context.health.update(bridge=ONLINE, broker=ONLINE)
    session = await context.journal.write(sign_in)
    return Identity("ada", Role.ADMIN, session.id, context.clock() + timedelta(minutes=15), frozenset(Channel))


async def ask_everything(app: FastAPI, ada: Identity) -> AsyncIterator[tuple[str, Response]]:
    """Ask each documented operation for what it can do; whatever it answers must be documented."""
    context: Context = app.state.context
    token, _ = context.tokens.issue(ada.username, ada.role, ada.session_id)
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"homeguard_refresh={REFRESH}"}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://home.test", headers=headers) as client:
        for path, operations in app.openapi()["paths"].items():
            for method, operation in operations.items():
                name = f"{method.upper()} {path}"
                context.known_tokens.put(token, ada)  # so that it is the route itself that asks for storage
                id = "cam-1" if "devices" in path else f"{context.journal.epoch}-2"
                id = ada.session_id if "sessions" in path else id
                answer = await client.request(method, path.format(id=id, username="ada"), json=BODIES.get(name))
                assert str(answer.status_code) in operation["responses"], f"{name}: {answer.text}"
                yield name, answer


def says_when_to_come_again(answer: Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:homeguard:problem:unavailable"
    assert int(answer.headers["retry-after"]) > 0


@pytest.fixture
def lock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the journal's file; ours waits for it only briefly."""
    monkeypatch.setattr("homeguard.journal.sqlite_file.BUSY_TIMEOUT_SECONDS", 0.05)
    with closing(sqlite3.connect(settings.database, isolation_level=None)) as connection:
        yield connection


async def test_every_route_that_writes_says_so_when_the_database_is_locked(
    lock: sqlite3.Connection, app: FastAPI, ada: Identity
) -> None:
    lock.execute("BEGIN IMMEDIATE")
    async for name, answer in ask_everything(app, ada):
        if name.startswith("GET") or name in NEED_NO_STORAGE:
            assert answer.status_code == 200, f"{name}: {answer.text}"
        elif name in BROKER_FIRST:
            assert answer.status_code == 501, f"{name}: {answer.text}"
        else:
            says_when_to_come_again(answer)


@pytest.mark.postgres
class TestDatabaseGone:
    @pytest.fixture
    def postgres(self) -> Iterator[PostgresServer]:
        server = PostgresServer(require_programs())
        yield server
        server.stop()

    @pytest.fixture
    def settings(self, tmp_path: Path, postgres: PostgresServer) -> Settings:
        return load_settings(data_dir=tmp_path, database_url=postgres.create_database())

    async def test_every_route_says_so(self, postgres: PostgresServer, app: FastAPI, ada: Identity) -> None:
        postgres.stop()
        async for name, answer in ask_everything(app, ada):
            if name in NEED_NO_STORAGE:
                assert answer.status_code == 200, f"{name}: {answer.text}"
            else:
                says_when_to_come_again(answer)
