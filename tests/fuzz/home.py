"""A HomeGuard for the targets that need one: a real journal, the application, its server, a loop of its own."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import jsonschema
import orjson
from pwdlib.hashers.argon2 import Argon2Hasher

from api.app import create_app, make_fanout, open_context
from api.auth.identity import Role
from api.auth.passwords import Passwords
from api.listener import listen
from api.live import protocol
from api.live.framing import text_of
from api.server import Server
from bridge.offline_accounts import OfflineAccounts
from homeguard.events import Event
from homeguard.health import ONLINE
from homeguard.journal.devices import Snapshot
from homeguard.journal.sessions import open_session
from homeguard.journal.users import add_user
from homeguard.settings import load_settings
from tests.contract.schemas import closed

T = TypeVar("T")

UNLIMITED = 1_000_000_000  # what is fuzzed is what is behind the gate
_NO_WORK = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)


class Home:
    """The application on a journal in a directory that goes with it."""

    def __init__(self, database_url: str | None = None) -> None:
        """Open everything; `run` moves it."""
        self._directory = Path(tempfile.mkdtemp(prefix="homeguard-fuzz-"))
        self._runner = asyncio.Runner()
        settings = load_settings(
            data_dir=self._directory,
            database_url=database_url,
            max_handshakes_per_second=UNLIMITED,
            max_connections=UNLIMITED,
            max_connections_per_address=UNLIMITED,
            max_connections_per_user=UNLIMITED,
            max_sign_ins_per_user=UNLIMITED,
            max_sign_ins_per_address=UNLIMITED,
            max_calls_per_user=UNLIMITED,
            max_calls_per_address=UNLIMITED,
            allowed_hosts="home.test",
        )
        self.context = open_context(settings)
        self.context.passwords.close()
        self.context.passwords = Passwords(_NO_WORK)
        self._committed: list[Event] = []
        self.context.journal.on_commit(self._committed.extend)
        self.context.accounts = OfflineAccounts(settings.data_dir / "dynamic-security.json", self.context.topics)
        fanout = self.run(make_fanout(self.context))
        self.context.health.update(bridge=ONLINE, broker=ONLINE, storage=ONLINE)
        self.app = create_app(self.context, fanout)
        self._components = closed(self.app.rest.openapi()["components"])
        self.token = self.run(self.sign_in("ada", Role.ADMIN))
        self._listener = listen("127.0.0.1", 0, settings.socket_send_buffer_bytes)
        self.port: int = self._listener.getsockname()[1]
        self._server = Server(self.app, settings)
        self._serving = self.run(self._serve())
        self._flushing = self.run(self._start(fanout.run()))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self._runner.run(work)

    async def sign_in(self, username: str, role: Role) -> str:
        """Add a user who is signed in for long; returns their token."""

        def sign_in(tx: Any) -> Any:
            add_user(tx, username, "hash", role.value)
            return open_session(tx, username, lifetime=timedelta(days=2), client="fuzz")

        grant = await self.context.journal.write(sign_in)
        return self.context.tokens.issue(username, role, grant.session.id, timedelta(days=1))[0]

    def take_committed(self) -> list[Event]:
        """Return, once, the events that were committed."""
        taken = self._committed.copy()
        self._committed.clear()
        return taken

    def snapshot_text(self, picture: Snapshot) -> str:
        """Write a snapshot as a subscriber gets it."""
        return text_of(protocol.snapshot(picture.since, picture.seq, picture.devices, picture.removed))

    async def ask(self, method: str, path: bytes, query: bytes = b"") -> tuple[int, bytes]:
        """Ask REST as ASGI does, without a client that would write the query anew; returns status and body."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path.decode(),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(b"host", b"home.test"), (b"authorization", f"Bearer {self.token}".encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])

    def fits(self, body: bytes, schema: str, status: int = 200) -> Any:
        """Hold an answer against its schema in the OpenAPI document, and return it."""
        assert status == 200, body
        value = orjson.loads(body)
        whole = {"$ref": f"#/components/schemas/{schema}", "components": self._components}
        jsonschema.Draft202012Validator(whole).validate(value)
        return value

    async def _serve(self) -> asyncio.Task[None]:
        started = asyncio.Event()
        serving = asyncio.create_task(self._server.run(self._listener, started))
        await started.wait()
        return serving

    async def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.create_task(work)

    def close(self) -> None:
        """Stop the server, close the journal, remove the directory."""
        self.run(self._stop())
        self.context.passwords.close()
        self.context.journal.close()
        self._runner.close()
        shutil.rmtree(self._directory)

    async def _stop(self) -> None:
        self._server.stop()
        await self._serving
        self._flushing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._flushing


_open: list[Home] = []


def home() -> Home:
    """Return the home that is open, and open one where none is."""
    if not _open:
        open_home()
    return _open[0]


def open_home(database_url: str | None = None) -> None:
    """Open a home on this database, SQLite unless said; there is one at a time."""
    close_home()
    _open.append(Home(database_url))


def close_home() -> None:
    """Close the home, where one is open."""
    while _open:
        _open.pop().close()
