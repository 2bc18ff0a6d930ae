"""The live channels behind a real server on a free port, fed by a real journal, without a broker."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api.app import create_app, make_fanout, open_context
from api.auth.identity import Role
from api.listener import listen
from api.live.standing import watch_sessions
from api.server import Server
from homeguard.events import Channel
from homeguard.journal.sessions import open_session
from homeguard.journal.users import add_user, find_user
from homeguard.settings import load_settings
from tests.clock import ManualClock
from tests.journal.intake import Desk


class Door:
    """A server, and what a test needs to stand before it."""

    def __init__(self, context, fanout, app, port, tls=None):
        self.context = context
        self.app = app
        self.fanout = fanout
        self.host = f"127.0.0.1:{port}"
        self.desk = Desk(context.journal)
        self.tls = tls  # of clients, where the server speaks TLS

    async def token(self, username="ada", role=Role.VIEWER, lifetime=timedelta(minutes=15), channels=tuple(Channel)):
        """Sign somebody in and return their token."""
        journal = self.context.journal

        def sign_in(tx):
            if find_user(username) is None:
                add_user(tx, username, "hash", role.value, channels=channels)
            return open_session(tx, username, lifetime=timedelta(days=1), client="test")

        grant = await journal.write(sign_in)
        token, _ = self.context.tokens.issue(username, role, grant.session.id, lifetime)
        return token

    @asynccontextmanager
    async def open(self, path, token=None, **options):
        """Open a channel, by an Authorization header unless the path says who comes."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        url = f"{'wss' if self.tls else 'ws'}://{self.host}{path}"
        async with connect(
            url, additional_headers=headers, compression=None, proxy=None, ssl=self.tls, **options
        ) as websocket:
            yield websocket


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture(params=["handed over", "by ASGI"])
async def door(tmp_path, clock, request, monkeypatch):
    """The server as it is, and one that cannot give its sockets away: what a client meets is the same."""
    if request.param == "by ASGI":
        monkeypatch.setattr("api.server.LiveProtocol", WebSocketsSansIOProtocol)
    async with open_door(tmp_path, clock) as door:
        yield door


@asynccontextmanager
async def open_door(tmp_path, clock, server_tls=None, client_tls=None):
    """Serve until the block ends."""
    settings = load_settings(data_dir=tmp_path, allowed_origins=("https://dash.example",), live_tail_events=100)
    context = open_context(settings, clock=clock)
    fanout = await make_fanout(context)
    listener = listen("127.0.0.1", 0, settings.socket_send_buffer_bytes)
    app = create_app(context, fanout)
    server, started = Server(app, settings, server_tls), asyncio.Event()
    serving = asyncio.create_task(server.run(listener, started))
    flushing = asyncio.create_task(fanout.run())
    watching = asyncio.create_task(watch_sessions(context, fanout))
    await started.wait()
    try:
        yield Door(context, fanout, app, listener.getsockname()[1], client_tls)
    finally:
        server.stop()
        await serving
        for task in (flushing, watching):
            task.cancel()
        await asyncio.wait({flushing, watching})
        context.passwords.close()
        context.journal.close()


async def frames_of(websocket, count):
    """Receive so many frames."""
    async with asyncio.timeout(10):
        return [json.loads(await websocket.recv()) for _ in range(count)]


async def next_of(websocket, *types):
    """Receive until a frame of one of these types comes."""
    async with asyncio.timeout(10):
        while True:
            frame = json.loads(await websocket.recv())
            if frame["type"] in types:
                return frame


async def closing(websocket):
    """Read until the server closes; returns the code."""
    async with asyncio.timeout(10):
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await websocket.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code
