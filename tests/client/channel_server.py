"""A small server that speaks the contract of the live channels (DESIGN 4.3), with faults on demand."""

import http
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

HEARTBEAT_SECONDS = 5.0


class ChannelServer:
    """The alerts of one journal; what tests may change are the plain attributes."""

    def __init__(self) -> None:
        self.epoch = "e1"
        self.events: list[dict[str, Any]] = []
        self.floor = 0  # events up to here were trimmed
        self.tokens = {"good"}
        self.heartbeat_seconds = HEARTBEAT_SECONDS
        self.refusals: list[tuple[int, dict[str, str]]] = []  # the next handshakes get this status and these headers
        self.close_codes: list[int] = []  # the next connections are closed with these, after `hello`
        self.stray: list[dict[str, Any]] = []  # said right after `hello`
        self.skip: set[int] = set()  # seqs that are lost on the way
        self.snapshot: dict[str, Any] | None = None
        self.asked: list[dict[str, str]] = []
        self.told: list[dict[str, Any]] = []
        self.connections: set[ServerConnection] = set()
        self.server: Server | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        host, port = next(iter(self.server.sockets)).getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def head(self) -> int:
        return int(self.events[-1]["seq"]) if self.events else 0

    def add(self, *, step: int = 1) -> int:
        """Append one alert; `step` leaves seqs to the other channel."""
        seq = self.head + step
        self.events.append(
            {
                "type": "new_alert",
                "channel": "alerts",
                "seq": seq,
                "prev": self.head,
                "id": f"event-{seq}",
                "at": "2026-11-23T20:31:22.123Z",
                "data": {"device_id": "cam-1", "reason": f"Alert {seq}", "severity": "low", "verified": True},
            }
        )
        return seq

    async def push(self, *, step: int = 1) -> int:
        """Append one alert and send it to all."""
        seq = self.add(step=step)
        await self.broadcast(self.events[-1])
        return seq

    async def broadcast(self, frame: dict[str, Any]) -> None:
        if frame.get("seq") not in self.skip:
            for connection in list(self.connections):
                with suppress(ConnectionClosed):
                    await connection.send(json.dumps(frame))

    def kill(self) -> None:
        """Cut all connections without a word."""
        while self.connections:
            self.connections.pop().transport.abort()

    async def check(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.refusals:
            status, headers = self.refusals.pop(0)
            response = connection.respond(http.HTTPStatus(status), "not now")
            response.headers.update(headers)
            return response
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.tokens:
            return None
        response = connection.respond(http.HTTPStatus.UNAUTHORIZED, json.dumps({"detail": "the token is not valid"}))
        response.headers["Content-Type"] = "application/problem+json"
        return response

    async def serve_one(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        query = {name: values[0] for name, values in parse_qs(urlsplit(connection.request.path).query).items()}
        self.asked.append(query)
        try:
            for frame in self._opening(query):
                await connection.send(json.dumps(frame))
            if self.close_codes:
                await connection.close(self.close_codes.pop(0), "as the test wishes")
                return
            self.connections.add(connection)
            async for text in connection:
                self.told.append(json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            self.connections.discard(connection)

    def _opening(self, query: dict[str, str]) -> list[dict[str, Any]]:
        since = int(query["since"]) if "since" in query else None
        is_known = since is not None and query.get("epoch") in (None, self.epoch) and since <= self.head
        hello = {
            "type": "hello",
            "channel": "alerts",
            "epoch": self.epoch,
            "head": self.head,
            "resumed": is_known,
            "user": "admin",
            "expires_at": "2026-11-23T21:00:00.000Z",
            "heartbeat_seconds": self.heartbeat_seconds,
        }
        frames: list[dict[str, Any]] = [hello, {"type": "status", "channel": "alerts", "data": {"broker": "online"}}]
        position = since if is_known and since is not None else self.head
        if since is not None and not is_known:
            frames.append({"type": "gap", "channel": "alerts", "from": since, "to": self.head, "reason": "epoch"})
        if since is None and "tail" in query:
            tail = self.events[len(self.events) - int(query["tail"]) :] if query["tail"] != "0" else []
            position = tail[0]["prev"] if tail else position
        if position < self.floor:
            frames.append(
                {"type": "gap", "channel": "alerts", "from": position + 1, "to": self.floor, "reason": "trimmed"}
            )
            position = self.floor
        if self.snapshot is not None:
            frames.append(self.snapshot)
        frames += self.stray
        frames += [event for event in self.events if event["seq"] > position and event["seq"] not in self.skip]
        return frames


@asynccontextmanager
async def channel_server() -> AsyncIterator[ChannelServer]:
    """Serve while entered, on a free port."""
    running = ChannelServer()
    async with serve(running.serve_one, "127.0.0.1", 0, process_request=running.check) as server:
        running.server = server
        yield running
        running.kill()
