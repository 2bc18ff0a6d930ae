"""Follows a channel of HomeGuard for ever: reconnects, resumes, renews its token, and admits what is missing."""

import asyncio
import inspect
import logging
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.http11 import Response

from homeguard.backoff import STABLE_SECONDS, Backoff
from homeguard.certificates.tls import client_context, why_not
from homeguard.client.frames import Cursor, Frame, Missed, read_frame
from homeguard.client.refusals import why_refused
from homeguard.errors import BadCredentials, BadInput, HomeGuardError, NotAllowed, NotFound, TokenExpired, Unavailable
from homeguard.events import Channel

logger = logging.getLogger(__name__)

OPEN_SECONDS: Final = 10.0  # for the handshake, and again for `hello`
CLOSE_SECONDS: Final = 2.0  # for the server's answer to our close
SILENCE_HEARTBEATS: Final = 2.5  # heartbeats that may be missing before the connection counts as dead
MAX_FRAME_BYTES: Final = 64 * 1024 * 1024  # a snapshot of 100,000 devices at 600 bytes each
MAX_QUEUED_FRAMES: Final = 64  # read ahead of a slow consumer; the rest waits in the socket

MAX_RETRY_AFTER_SECONDS: Final = 60.0  # a server that asks for more is asked once a minute all the same

Token = str | Callable[[], str | Awaitable[str]]


async def subscribe(
    url: str,
    channel: Channel | str,
    *,
    token: Token,
    since: int | None = None,
    epoch: str | None = None,
    tail: int | None = None,
    tls: ssl.SSLContext | None = None,
    backoff: Backoff | None = None,
    on_hello: Callable[[Frame], None] | None = None,
    on_retry: Callable[[str, float], None] | None = None,
) -> AsyncGenerator[Frame, None]:
    """Yield what happens on a channel, each event once and in order, over any number of connections.

    Yielded are events, `snapshot`, `status` and `gap` (what nobody can tell any more; `raw` has `from`, `to` and
    `reason`); greetings and heartbeats are not. `url` is HomeGuard's address, such as `http://127.0.0.1:8000`; for
    `https://`, `tls` says whom to believe (`tls_context`), by itself the system's authorities and this box's own.
    Begin behind a cursor (`frame.seq` and `frame.epoch` of an earlier run), or with the newest `tail` alerts. A
    callable token (`SignIn` is one) is asked first, and anew when the token ends; where it raises `Unavailable` or
    `OSError` it is asked later again. `on_hello` gets the greeting of each connection, `on_retry` why one ended and
    the seconds until the next.

    Raises:
        BadCredentials: the token is invalid, has ended and cannot be renewed (`TokenExpired`), or was revoked.
        NotAllowed: the user may not read this channel.
        BadInput: the address is wrong, or the server did not understand us.
        Misconfigured: a CA file cannot be used.
    """
    cursor = Cursor(Channel(channel), since, epoch, tail)
    address = _address(url, cursor.channel)
    context = (tls or client_context()) if address.startswith("wss:") else None
    purse = _Purse(token)
    waits = backoff or Backoff()
    now = asyncio.get_running_loop().time
    while True:
        began = now()
        try:
            async with (
                _connection(address, cursor, await purse.token(), context) as socket,
                aclosing(_frames(socket, cursor, purse, on_hello)) as frames,
            ):
                async for frame in frames:
                    yield frame
        except (ConnectionClosed, InvalidHandshake) as error:
            end = purse.judge(error)
        except (OSError, TimeoutError, EOFError, Unavailable, Missed) as error:
            end = _End(why_not(error))
        if now() - began >= STABLE_SECONDS:
            waits.reset()
        seconds = end.not_before_seconds + waits.next()  # each at a time of its own, and none before it may
        logger.info("%s: %s; trying again in %.1f s", address, end.why, seconds)
        if on_retry is not None:
            on_retry(end.why, seconds)
        await asyncio.sleep(seconds)


async def _frames(
    socket: ClientConnection, cursor: Cursor, purse: "_Purse", on_hello: Callable[[Frame], None] | None
) -> AsyncGenerator[Frame, None]:
    silence = OPEN_SECONDS
    while True:
        try:
            async with asyncio.timeout(silence):
                frame = read_frame(await socket.recv(), cursor.epoch)
        except TimeoutError:
            raise Unavailable("the server", f"it said nothing for {silence:.1f} s") from None
        shown = cursor.take(frame)
        if frame.type == "hello":
            purse.accepted()
            silence = SILENCE_HEARTBEATS * _seconds(frame.raw.get("heartbeat_seconds"))
            if on_hello is not None:
                on_hello(frame)
        elif frame.type == "token_expiring" and purse.is_renewable:
            await _renew(socket, purse)
        for one in shown:
            yield one


async def _renew(socket: ClientConnection, purse: "_Purse") -> None:
    """Show a fresh token on the living connection; where there is none now, the next connection asks again."""
    purse.forget()
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await socket.send(orjson.dumps({"type": "auth", "token": await purse.token()}).decode())
    except (OSError, Unavailable) as error:
        logger.warning("cannot renew the token now: %s", error)


def _connection(address: str, cursor: Cursor, token: str, tls: ssl.SSLContext | None) -> connect:
    query = urlencode(cursor.query())
    return connect(
        f"{address}?{query}" if query else address,
        additional_headers={"Authorization": f"Bearer {token}"},
        compression=None,
        ssl=tls,
        open_timeout=OPEN_SECONDS,
        close_timeout=CLOSE_SECONDS,
        ping_interval=None,  # heartbeats show more: that events flow
        max_size=MAX_FRAME_BYTES,
        max_queue=MAX_QUEUED_FRAMES,
    )


class _Purse:
    """The token: asked for once, kept, and asked for anew when the server says that it has ended."""

    def __init__(self, source: Token) -> None:
        self._source = source
        self._token: str | None = None
        self._is_proven = False
        self.is_renewable = callable(source)

    async def token(self) -> str:
        """Return the token to show now."""
        if self._token is None:
            given: Any = self._source() if callable(self._source) else self._source
            self._token = await given if inspect.isawaitable(given) else given
            self._is_proven = False
        return self._token

    def accepted(self) -> None:
        """Note that the server took this token."""
        self._is_proven = True

    def forget(self) -> None:
        """Ask anew for the next one."""
        self._token = None

    def judge(self, error: ConnectionClosed | InvalidHandshake) -> "_End":
        """Tell how a connection ended, where another one helps.

        Raises:
            BadCredentials: signing in is needed.
            NotAllowed: this user may not.
            BadInput: our mistake; the same again would help nobody.
        """
        end = _read_end(error)
        if end.needs_token and self.is_renewable and self._is_proven:
            self.forget()
        elif end.error is not None:
            raise end.error from error
        return end


@dataclass(frozen=True, slots=True)
class _End:
    """Why a connection ended: with an `error`, unless trying again helps or, with `needs_token`, a fresh token."""

    why: str
    error: HomeGuardError | None = None
    needs_token: bool = False
    not_before_seconds: float = 0.0  # as the server asked


def _read_end(error: ConnectionClosed | InvalidHandshake) -> _End:
    """Read a close code or a refused handshake (DESIGN 4.3)."""
    if isinstance(error, InvalidStatus):
        return _read_refusal(error.response)
    if isinstance(error, InvalidHandshake) or error.rcvd is None:
        return _End(str(error))
    code, why = error.rcvd.code, error.rcvd.reason or f"the server closed with {error.rcvd.code}"
    match code:
        case 4400:
            return _End(why, BadInput(why))
        case 4401 | 4409:
            return _End(why, BadCredentials(why))
        case 4402:
            return _End(why, TokenExpired(why), needs_token=True)
        case 4403:
            return _End(why, NotAllowed(why))
    return _End(why)


def _read_refusal(response: Response) -> _End:
    status = response.status_code
    why = why_refused(status, bytes(response.body or b""))
    match status:
        case 401:
            return _End(why, BadCredentials(why), needs_token=True)
        case 403:
            return _End(why, NotAllowed(why))
        case 404:
            return _End(why, NotFound(f"no HomeGuard channel at this address: {why}"))
    is_ours = 400 <= status < 500 and status not in (408, 425, 429)
    return _End(why, BadInput(why) if is_ours else None, not_before_seconds=_retry_after(response))


def _retry_after(response: Response) -> float:
    """Read `Retry-After` in seconds (RFC 9110 section 10.2.3), as HomeGuard writes it; a date counts as none."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), MAX_RETRY_AFTER_SECONDS) if text.isascii() and text.isdigit() else 0.0


def _address(url: str, channel: Channel) -> str:
    try:
        parts = urlsplit(url)
        scheme = {"http": "ws", "ws": "ws", "https": "wss", "wss": "wss"}.get(parts.scheme)
        is_address = scheme is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise BadInput(f"{url!r} is not an address such as http://127.0.0.1:8000", field="url")
    return urlunsplit((scheme or "", parts.netloc, f"{parts.path.rstrip('/')}/ws/{channel.value}", "", ""))


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else OPEN_SECONDS
