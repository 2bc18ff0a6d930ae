"""The words of the live channels: frames out (framed), frames in, close codes (DESIGN 4.3). No I/O."""

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, Final, Literal

import orjson

from api.live.framing import frame
from homeguard.clock import to_rfc3339
from homeguard.errors import (
    BadCredentials,
    BadInput,
    HomeGuardError,
    NotAllowed,
    NotFound,
    TokenExpired,
    TooMany,
    Unavailable,
)
from homeguard.events import Channel

SUBPROTOCOL: Final = "homeguard.v1"
BEARER_SUBPROTOCOL: Final = "bearer."
TOKEN_WARNING_SECONDS: Final = 60  # `token_expiring` comes this long before the token ends
MAX_REASON_BYTES: Final = 123  # of a close frame (RFC 6455 section 5.5)
TOKEN_GRACE_SECONDS: Final = 5  # after its end; a refresh that is on its way still counts


class Close(IntEnum):
    """Why HomeGuard closes a socket; what the client should do stands in the contract."""

    GOING_AWAY = 1001
    RESTARTING = 1012
    OVERLOADED = 1013
    BAD_MESSAGE = 4400
    TOKEN_INVALID = 4401
    TOKEN_EXPIRED = 4402
    NOT_ALLOWED = 4403
    NO_PONG = 4408
    SESSION_REVOKED = 4409
    TOO_MANY = 4429


_CLOSES: Final[dict[type[HomeGuardError], Close]] = {
    BadInput: Close.BAD_MESSAGE,
    NotFound: Close.BAD_MESSAGE,
    NotAllowed: Close.NOT_ALLOWED,
    BadCredentials: Close.TOKEN_INVALID,
    TokenExpired: Close.TOKEN_EXPIRED,
    TooMany: Close.TOO_MANY,
    Unavailable: Close.OVERLOADED,
}


def close_for(error: HomeGuardError) -> Close:
    """Say by a close code what a refusal before the upgrade says by its status; what is our own fault is a 1013."""
    return next((_CLOSES[kind] for kind in type(error).__mro__ if kind in _CLOSES), Close.OVERLOADED)


def close_reason(text: str) -> str:
    """Cut what a close frame says to what fits into one."""
    return text.encode()[:MAX_REASON_BYTES].decode(errors="ignore")


def _frame(type: str, channel: Channel, **fields: Any) -> bytes:
    return frame(orjson.dumps({"type": type, "channel": channel.value, **fields}).decode())


def hello(
    channel: Channel,
    *,
    epoch: str,
    head: int,
    resumed: bool,
    user: str,
    expires_at: datetime,
    heartbeat_seconds: float,
) -> bytes:
    """Write the first frame of a connection."""
    return _frame(
        "hello",
        channel,
        epoch=epoch,
        head=head,
        resumed=resumed,
        user=user,
        expires_at=to_rfc3339(expires_at),
        heartbeat_seconds=heartbeat_seconds,
    )


def snapshot(since: int, seq: int, devices: Sequence[dict[str, Any]], removed: Sequence[str]) -> bytes:
    """Write the devices that changed after `since`, as they were at `seq`."""
    return _frame("snapshot", Channel.DEVICES, since=since, seq=seq, data=devices, removed=removed)


def status(channel: Channel, state: dict[str, Any]) -> bytes:
    """Write how HomeGuard's parts are."""
    return _frame("status", channel, data=state)


def heartbeat(channel: Channel, head: int, at: datetime) -> bytes:
    """Write a sign of life that also shows what a client may have missed."""
    return _frame("heartbeat", channel, head=head, at=to_rfc3339(at))


def gap(channel: Channel, first: int, last: int, reason: Literal["trimmed", "epoch"]) -> bytes:
    """Admit that the events from `first` to `last` cannot be replayed."""
    return _frame("gap", channel, **{"from": first, "to": last, "reason": reason})


def token_expiring(channel: Channel, expires_at: datetime) -> bytes:
    """Warn that the connection will end with its token."""
    return _frame("token_expiring", channel, expires_at=to_rfc3339(expires_at))


def pong(channel: Channel) -> bytes:
    """Answer a `ping`."""
    return _frame("pong", channel)


def error(channel: Channel, message: str) -> bytes:
    """Say what was wrong with a client's frame."""
    return _frame("error", channel, message=message)


def read_client_frame(text: str | None) -> str | None:
    """Read what a client sent (None: it was binary): None for a `ping`, the fresh token for an `auth`.

    Raises:
        BadInput: anything else.
    """
    if text is None:
        raise BadInput("binary messages are not taken; send JSON text")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as broken:
        raise BadInput(f"not JSON: {broken.msg}") from None
    match value:
        case {"type": "ping"}:
            return None
        case {"type": "auth", "token": str(token)}:
            return token
        case {"type": "auth"}:
            raise BadInput("an auth frame needs a token")
        case {"type": str(type)}:
            raise BadInput(f"unknown type {type[:80]!r}; a client sends ping or auth")
    raise BadInput('a client sends {"type":"ping"} or {"type":"auth","token":"…"}')
