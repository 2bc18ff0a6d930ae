"""Stands in for Centrifugo: the part of its documented protocol that the bench uses, and ways to get it wrong.

A program: `centrifugo version`, `centrifugo --config FILE`. STAND_IN says how it errs, STAND_IN_VERSION what it is.
"""

import asyncio
import json
import os
import sys
from typing import Any

import jwt
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

ERRS = os.environ.get("STAND_IN", "")
VERSION = os.environ.get("STAND_IN_VERSION", "6.8.4")


class StandIn:
    def __init__(self, config: dict[str, Any]) -> None:
        is_new = not VERSION.startswith("5.")
        server = config["http_server"] if is_new else config
        assert config["http_api"]["insecure"] if is_new else config["api_insecure"]
        assert config["uni_websocket"]["enabled"] if is_new else config["uni_websocket"]
        self.address, self.port = server["address"], server["port"]
        self._key = config["client"]["token"]["hmac_secret_key"] if is_new else config["token_hmac_secret_key"]
        self._clients: dict[str, set[Any]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"POST /api/batch HTTP/1.1\r\n"):
                    size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                    writer.write(self._answer(json.loads(await reader.readexactly(size))))
                elif head.startswith(b"GET /connection/uni_websocket HTTP/1.1\r\n"):
                    return await self._listen(head, reader, writer)
                else:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        finally:
            writer.close()

    def _answer(self, batch: dict[str, Any]) -> bytes:
        for command in batch["commands"]:
            self._publish(**command["publish"])
        failed = {"error": {"code": 102, "message": "unknown channel"}}
        replies: list[Any] = [failed if ERRS == "refuses" else {"publish": {}} for _ in batch["commands"]]
        body = json.dumps({"replies": replies}, separators=(",", ":")).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    def _publish(self, channel: str, data: dict[str, Any]) -> None:
        if ERRS in ("mute", "refuses"):
            return
        around = {"data": data, "offset": 1} if ERRS == "offset" else {"data": data}
        push = json.dumps({"channel": channel, "pub": around}, separators=(",", ":")).encode()
        for protocol, writer in self._clients.get(channel, ()):
            protocol.send_text(push)
            writer.writelines(protocol.data_to_send())

    async def _listen(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = ServerProtocol()
        data = head
        client, channels = (protocol, writer), []
        try:
            while data:
                protocol.receive_data(data)
                for event in protocol.events_received():
                    if isinstance(event, Request):
                        protocol.send_response(protocol.accept(event))
                    elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                        claims = jwt.decode(json.loads(bytes(event.data))["token"], self._key, algorithms=["HS256"])
                        channels = claims["channels"]
                        subs: dict[str, Any] = {} if ERRS == "unsubscribed" else {channel: {} for channel in channels}
                        connected = {"connect": {"client": "0", "version": VERSION, "subs": subs, "ping": 25}}
                        protocol.send_text(json.dumps(connected, separators=(",", ":")).encode())
                        for channel in channels:
                            self._clients.setdefault(channel, set()).add(client)
                writer.writelines(protocol.data_to_send())
                data = b"" if protocol.close_expected() else await reader.read(65536)
        finally:
            for channel in channels:
                self._clients[channel].discard(client)


async def main() -> None:
    with open(sys.argv[sys.argv.index("--config") + 1]) as file:  # noqa: ASYNC230, PTH123
        stand_in = StandIn(json.load(file))
    server = await asyncio.start_server(stand_in.serve, stand_in.address, stand_in.port)
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "version":
        print(f"Centrifugo v{VERSION} (Go version: go1.25)")
    else:
        asyncio.run(main())
