"""Targets at the two doors: client frames, handshakes, tokens, REST queries, and bytes after the upgrade."""

import asyncio
import json
import logging
from base64 import urlsafe_b64encode
from datetime import timedelta
from functools import cache
from hashlib import sha256
from hmac import digest
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

import orjson
from websockets.client import ClientProtocol
from websockets.frames import CLOSE_CODE_EXPLANATIONS, Frame, Opcode
from websockets.uri import parse_uri

from api.auth.identity import Identity, Role
from api.auth.keys import Keys
from api.auth.tokens import MAX_TOKEN, Tokens
from api.live.framing import text_of
from api.live.hear import hear
from api.live.log import LiveLog
from api.live.protocol import Close
from api.live.subscriber import Send, Standing, Start, Subscriber
from homeguard.clock import utc_now
from homeguard.errors import BadCredentials
from homeguard.events import Channel
from homeguard.settings import load_settings
from tests.clock import ManualClock
from tests.fuzz import laws
from tests.fuzz.home import home

KEY: Final = b"k" * 32
SECONDS: Final = 5  # after which a door that has not answered hangs


def client_frame(data: bytes) -> None:
    """Law: a client is told exactly one thing, by the contract, or its token is taken; what it may say is described."""
    text = data.decode(errors="replace")
    subscriber = _subscriber()
    token = hear(subscriber, text)
    step = subscriber.next_own()
    if token is not None:
        assert step is None
        laws.fits(orjson.loads(text), "Auth")
        return
    assert isinstance(step, Send)
    (answer,) = [orjson.loads(text_of(framed)) for framed in step.frames]
    if answer["type"] == "pong":
        laws.fits(answer, "Pong")
        laws.fits(orjson.loads(text), "Ping")
    else:
        laws.fits(answer, "Error")
        laws.storable(answer["message"])
        assert len(answer["message"]) <= laws.MAX_COMPLAINT


def _subscriber() -> Subscriber:
    """Return one that has said hello."""
    log = LiveLog(dict.fromkeys(Channel, 0), 10, 1024)
    who = Identity("ada", Role.VIEWER, "s", ManualClock().now)
    standing = Standing("5f0c2a91", 0, 0)
    made = Subscriber(
        Channel.ALERTS, log[Channel.ALERTS], who, Start(), standing, heartbeat_seconds=15.0, status=b"\x81\x02{}"
    )
    made.next_own()
    return made


def handshake(data: bytes) -> None:
    """Law: a client comes in where its cursor says, or is refused with a problem that names no fault of ours.

    The first line is path and query, the rest are headers; `{token}` is a good token, `{ticket}` a good ticket.
    """
    home().run(_handshake(data))


async def _handshake(data: bytes) -> None:
    address, *lines = _filled(data).split(b"\n")
    path, _, query = address.partition(b"?")
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    offered = [one.strip() for name, value in headers if name == b"sec-websocket-protocol" for one in value.split(b",")]
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"home.test"), *headers],
        "subprotocols": [one.decode("latin-1") for one in offered],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "extensions": {"websocket.http.response": {}},
    }
    sent: list[Any] = []
    greeted = asyncio.Event()

    async def receive() -> Any:
        if not greeted.is_set():
            greeted.set()
            return {"type": "websocket.connect"}
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(message: Any) -> None:
        sent.append(message)

    async with asyncio.timeout(SECONDS):
        await home().app(scope, receive, send)
    if sent[0]["type"] == "websocket.accept":
        assert sent[0].get("subprotocol") in (None, "homeguard.v1")
        if len(sent) > 1:
            _check_hello(orjson.loads(sent[1]["text"]), query)
        return
    assert sent[0]["type"] == "websocket.http.response.start"
    assert sent[0]["status"] in (401, 403, 404, 422)
    assert dict(sent[0]["headers"])[b"content-type"] == b"application/problem+json"
    refusal = orjson.loads(b"".join(message["body"] for message in sent[1:]))
    laws.fits(refusal, "Problem")
    assert len(refusal["detail"]) <= laws.MAX_COMPLAINT


def _check_hello(hello: Any, query: bytes) -> None:
    laws.fits(hello, "Hello")
    assert hello["user"] == "ada"
    if hello["resumed"]:
        assert b"since" in unquote_to_bytes(query)


def _filled(data: bytes) -> bytes:
    if b"{token}" in data:
        data = data.replace(b"{token}", home().token.encode())
    if b"{ticket}" in data:
        context = home().context
        who = context.tokens.verify(home().token)
        data = data.replace(b"{ticket}", quote(context.tickets.issue(who)).encode())
    return data


@cache
def _tokens() -> Tokens:
    return Tokens(Keys.of(KEY), load_settings(), utc_now)


def token(data: bytes) -> None:
    """Law: only a token with our key and every claim is anybody; all else is BadCredentials, never another error.

    Two lines are header and claims, signed here with the right key; anything else is the token itself.
    """
    header, is_signed, claims = data.partition(b"\n")
    text = _signed(header, claims) if is_signed else data.decode(errors="replace")
    try:
        identity = _tokens().verify(text)
    except BadCredentials as error:
        assert len(str(error)) <= laws.MAX_COMPLAINT + MAX_TOKEN
        return
    assert is_signed, "a token that we did not sign"
    said = json.loads(claims)  # as lenient as PyJWT: UTF-16, and half a character
    assert (identity.username, identity.role, identity.session_id) == (said["sub"], said["role"], said["sid"])
    assert identity.expires_at > utc_now() - timedelta(seconds=61)


def _signed(header: bytes, claims: bytes) -> str:
    signed = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in (header, claims))
    return b".".join([signed, urlsafe_b64encode(digest(KEY, signed, sha256)).rstrip(b"=")]).decode()


_LISTS: Final = {b"events": "Events", b"alerts": "Alerts", b"devices": "Devices", b"rejects": "Rejects"}
_CURSOR: Final = {b"events": b"since", b"alerts": b"before", b"devices": b"after", b"rejects": b"before"}


def rest_query(data: bytes) -> None:
    """Law: a list fits its schema and its cursor leads on, or a problem names the parameter. `resource?query`."""
    resource, _, query = data.partition(b"?")
    if resource in _LISTS:
        home().run(_list(resource, query))


async def _list(resource: bytes, query: bytes) -> None:
    path = b"/api/" + resource
    status, body = await home().ask("GET", path, query)
    if status == 422:
        refusal = orjson.loads(body)
        laws.fits(refusal, "Problem")
        assert refusal["errors"]
        return
    page = home().fits(body, _LISTS[resource], status)
    if page["next"] is not None:
        cursor = f"{_CURSOR[resource].decode()}={page['next']}&limit=2".encode()
        status, body = await home().ask("GET", path, cursor)
        home().fits(body, _LISTS[resource], status)


class _Log(logging.Handler):
    """Hears of the server's own faults; that uvicorn logs a client's text that is not UTF-8 as an error is none."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.getMessage().startswith("Invalid UTF-8 sequence received"):
            self.faults.append(record.getMessage())


def websocket(data: bytes) -> None:
    """Law: whatever comes after the upgrade, the server answers in well-formed frames, logs no fault, and lets go."""
    log = _Log()
    logging.getLogger().addHandler(log)
    try:
        home().run(_after_upgrade(data))
    finally:
        logging.getLogger().removeHandler(log)
    assert not log.faults, log.faults


async def _after_upgrade(data: bytes) -> None:
    uri = parse_uri(f"ws://127.0.0.1:{home().port}/ws/alerts")
    client = ClientProtocol(uri, max_size=None)
    request = client.connect()
    request.headers["Authorization"] = f"Bearer {home().token}"
    client.send_request(request)
    reader, writer = await asyncio.open_connection("127.0.0.1", home().port)
    try:
        async with asyncio.timeout(SECONDS):
            writer.write(b"".join(client.data_to_send()))
            answered = await reader.readuntil(b"\r\n\r\n")
            writer.write(data)
            writer.write_eof()
            answered += await reader.read(-1)
    except ConnectionError:
        return  # it was cut while we still sent
    finally:
        writer.close()
    client.receive_data(answered)
    client.receive_eof()
    events = client.events_received()
    assert client.handshake_exc is None
    assert client.parser_exc is None or isinstance(client.parser_exc, EOFError), client.parser_exc
    for event in events[1:]:
        assert isinstance(event, Frame)
        if event.opcode is Opcode.TEXT:
            laws.storable(bytes(event.data).decode())
            assert orjson.loads(event.data)["channel"] == "alerts"
    if client.close_rcvd is not None:
        code = client.close_rcvd.code
        assert code in {*CLOSE_CODE_EXPLANATIONS, *Close} or 3000 <= code < 5000, code  # the client's own
