"""uvicorn as HomeGuard runs it: on a socket bound before, within the caller's loop and signals."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from api.listener import BACKLOG
from api.live.socket import LiveProtocol
from homeguard.events import MAX_PAYLOAD_BYTES
from homeguard.settings import Settings

logger = logging.getLogger(__name__)

PING_SECONDS: Final = 20.0  # between pings, and for each answer: a dead page is gone within 40 s
GRACEFUL_SECONDS: Final = 1  # for answers under way when stopping


class _Server(uvicorn.Server):
    """Says when it answers, and leaves signals to the command line, which has more than a server to stop."""

    started_event: asyncio.Event

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.started_event.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Server:
    """Serves one application until `stop`."""

    def __init__(self, app: ASGIApp, settings: Settings, tls: ssl.SSLContext | None = None) -> None:
        """Configure uvicorn; every deviation from its defaults has its reason here. With `tls` it speaks HTTPS."""
        self._server = _Server(
            uvicorn.Config(
                app,
                ws=LiveProtocol,
                ws_max_size=MAX_PAYLOAD_BYTES,  # the default of 16 MiB is an invitation
                ws_per_message_deflate=False,  # 64 KiB a connection, for frames that are small
                ws_ping_interval=PING_SECONDS,
                ws_ping_timeout=PING_SECONDS,
                timeout_graceful_shutdown=GRACEFUL_SECONDS,  # unset, it waits for parked sockets for ever
                backlog=BACKLOG,
                proxy_headers=False,  # it believes whoever comes from 127.0.0.1; api/proxies.py asks the settings
                lifespan="off",  # the composition root starts and stops the parts
                log_config=None,
                server_header=False,
                access_log=settings.log_level == "DEBUG",
                ssl_context_factory=(lambda _config, _default: tls) if tls else None,
            )
        )

    async def run(self, listener: socket.socket, started: asyncio.Event) -> None:
        """Serve on a bound socket; sets `started` when it answers."""
        self._server.started_event = started
        await self._server.serve([listener])

    def stop(self) -> None:
        """Refuse new connections, close the sockets with 1012, and let `run` return."""
        self._server.should_exit = True
