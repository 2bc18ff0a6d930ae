"""What every answer tells browsers not to do with it: an ASGI shell around everything, refused handshakes included.

Pages of our own (the dashboard, `/docs`) bring a Content-Security-Policy that lets them work; all else is no page.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_Headers = list[tuple[bytes, bytes]]

_STARTS: Final = ("http.response.start", "websocket.http.response.start")
_OVER_TLS: Final = ("https", "wss")
# Only names that browsers know: of others they complain in the console.
_UNUSED: Final = (
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
_ALWAYS: Final[_Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", ", ".join(f"{name}=()" for name in _UNUSED).encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_NO_PAGE: Final[_Headers] = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
]
_NO_STORE: Final = (b"cache-control", b"no-store")
_POLICY: Final = _NO_PAGE[0][0]


class SecurityHeaders:
    """Adds to each answer what it does not say itself."""

    def __init__(self, app: ASGIApp, hsts_seconds: int) -> None:
        """Take the application, and how long browsers shall insist on TLS once they had it; 0: not at all."""
        self._app = app
        self._hsts = [(b"strict-transport-security", b"max-age=%d" % hsts_seconds)] if hsts_seconds else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as ASGI asks for."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] in _STARTS:
                message["headers"] = [*message.get("headers", ()), *self._missing(message, scope)]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _missing(self, message: Message, scope: Scope) -> _Headers:
        said = {name.lower() for name, _ in message.get("headers", ())}
        missing = [header for header in _ALWAYS if header[0] not in said]
        if _POLICY not in said:
            missing += _NO_PAGE
        if scope.get("scheme") in _OVER_TLS:
            missing += self._hsts
        if b"cache-control" not in said and (message["status"] >= 400 or scope["path"].startswith(("/api/", "/ws/"))):
            missing.append(_NO_STORE)
        return missing
