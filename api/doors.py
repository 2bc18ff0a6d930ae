"""The whole ASGI application: what all connections pass first, then REST and the dashboard, or the live channels."""

from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api.context import Context
from api.headers import SecurityHeaders
from api.hosts import Hosts
from api.limits.calls import Calls
from api.live.endpoint import LiveDoor, refuse_handshake
from api.problems import response_for
from api.proxies import Proxies
from homeguard.errors import HomeGuardError
from homeguard.settings import Settings

_PREFLIGHT_SECONDS: Final = 600  # a browser asks again after this whether it may ask
_METHODS: Final = ("GET", "POST", "PATCH", "DELETE")
_REQUEST_HEADERS: Final = ("Authorization", "Content-Type")
_ANSWER_HEADERS: Final = ("Retry-After",)


class Doors:
    """Sorts connections by their kind, behind the shells that look at each."""

    def __init__(self, rest: FastAPI, live: LiveDoor, context: Context) -> None:
        """Take both doors."""
        settings = context.settings
        self.rest = rest
        self.live = live
        self._hosts = Hosts(settings.allowed_hosts, bound=settings.host)
        self._http = _for_allowed_origins(_CountedCalls(rest, context.calls), settings)
        self._shells = SecurityHeaders(Proxies(self._sort, settings.trusted_proxies), settings.hsts_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection."""
        await self._shells(scope, receive, send)

    async def _sort(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_live = scope["type"] == "websocket"
        try:
            self._hosts.check(scope)
        except HomeGuardError as refused:
            await (refuse_handshake if is_live else _refuse_call)(refused, scope, receive, send)
            return
        await (self.live if is_live else self._http)(scope, receive, send)


class _CountedCalls:
    """Refuses an address that calls too often, before anything is done for it."""

    def __init__(self, app: ASGIApp, calls: Calls) -> None:
        self._app = app
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/api/"):
            client = scope.get("client")
            try:
                self._calls.count_address(client[0] if client else "")
            except HomeGuardError as refused:
                await _refuse_call(refused, scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _refuse_call(refused: HomeGuardError, scope: Scope, receive: Receive, send: Send) -> None:
    await response_for(refused)(scope, receive, send)


def _for_allowed_origins(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Let pages of allowed origins call REST as our own page does (Fetch standard, CORS); without any, nobody may."""
    if not settings.allowed_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.allowed_origins,
        allow_credentials=True,  # the refresh cookie; SameSite=Strict keeps it from all but other ports and subdomains
        allow_methods=_METHODS,
        allow_headers=_REQUEST_HEADERS,
        expose_headers=_ANSWER_HEADERS,
        max_age=_PREFLIGHT_SECONDS,
    )
