"""A proxy between browser and HomeGuard, as houses have one: under a sub-path, and losing WebSockets on demand."""

import asyncio
from types import TracebackType
from typing import Self

from tests.ports import LOOPBACK

CHUNK_BYTES = 65_536
MAX_HEAD_BYTES = 65_536
REFUSED = b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Passes each request on by a connection of its own, `prefix` ("/guard") taken off its path."""

    def __init__(self, upstream_port: int, prefix: str = "") -> None:
        """Pass on to a port of this machine."""
        self._upstream_port = upstream_port
        self._prefix = prefix.encode()
        self._refuses_sockets = False
        self._sockets: set[asyncio.StreamWriter] = set()
        self._visits: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.asked: list[str] = []  # what browsers asked for, one path each

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._begin, LOOPBACK, 0, limit=MAX_HEAD_BYTES)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        """Stop listening, and cut what is open."""
        assert self._server is not None
        self._server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where the page is; ends with a slash, without which a browser would look beside the sub-path."""
        assert self._server is not None
        return f"http://{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}{self._prefix.decode()}/"

    @property
    def open_sockets(self) -> int:
        """How many WebSockets go through it now."""
        return len(self._sockets)

    def cut_sockets(self) -> None:
        """Reset every WebSocket, and refuse others until `mend_sockets`; requests pass as before."""
        self._refuses_sockets = True
        for socket in self._sockets:
            socket.transport.abort()

    def mend_sockets(self) -> None:
        """Let WebSockets through again."""
        self._refuses_sockets = False

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.create_task(self._serve(reader, writer), name="proxy visit")
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await self._pass_on(head, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one of both sides is gone, and the other is told by the close
        finally:
            writer.transport.abort()

    async def _pass_on(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        method, target, version = request.split(b" ")
        self.asked.append(target.decode())
        is_socket = any(header.lower().startswith(b"upgrade:") for header in headers)
        if not target.startswith(self._prefix + b"/"):
            await _refuse(writer, b"404 Not Found")
            return
        if is_socket and self._refuses_sockets:
            await _refuse(writer, b"503 Service Unavailable")
            return
        if not is_socket:  # so that each request begins a connection, and has its path changed
            headers = [*(one for one in headers if not one.lower().startswith(b"connection:")), b"Connection: close"]
        up_reader, up_writer = await asyncio.open_connection(LOOPBACK, self._upstream_port)
        up_writer.write(b"\r\n".join([b" ".join([method, target[len(self._prefix) :], version]), *headers, b"", b""]))
        if is_socket:
            self._sockets.add(writer)
        try:
            await _both_ways((reader, up_writer), (up_reader, writer))
        finally:
            self._sockets.discard(writer)
            up_writer.transport.abort()


async def _refuse(writer: asyncio.StreamWriter, status: bytes) -> None:
    writer.write(REFUSED % status)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def _both_ways(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Copy until one side ends."""
    copies = [asyncio.create_task(_copy(*way), name="proxy copy") for way in ways]
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for copy in copies:
            copy.cancel()
        await asyncio.gather(*copies, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    writer.close()  # what was written is sent before
    await writer.wait_closed()
