"""A web server of somebody else: an empty page, from which a test's script tries things."""

import asyncio
from types import TracebackType
from typing import Self

from tests.ports import LOOPBACK

PAGE = b"<!doctype html><html lang=en><title>Elsewhere</title><link rel=icon href=data:,><p>Elsewhere</p></html>"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(PAGE)


class OtherSite:
    """Serves the page on a free port of loopback, to whatever is asked."""

    _server: asyncio.Server

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        """Stop listening."""
        self._server.close()

    def url(self, host: str) -> str:
        """Tell where the page is, under one of the names of loopback."""
        return f"http://{host}:{self._server.sockets[0].getsockname()[1]}/"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER + PAGE)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the browser thought better of it
        finally:
            writer.close()
