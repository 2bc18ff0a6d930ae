"""Decides before the upgrade who may open a socket and where it begins: token, origin, query."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.auth.identity import Identity
from api.context import Context
from api.live.protocol import BEARER_SUBPROTOCOL, SUBPROTOCOL
from api.live.subscriber import Start
from api.services.sessions import identify, identify_ticket
from homeguard.errors import BadCredentials, BadInput, NotAllowed

MAX_TAIL: Final = 1_000  # alerts a client may ask for in its first breath; history has REST


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody who may come in."""

    identity: Identity
    start: Start
    subprotocol: str | None


async def admit(connection: HTTPConnection, context: Context) -> Admission:
    """Check a handshake.

    Raises:
        NotAllowed: the page's origin may not.
        BadCredentials: no token, or not a good one.
        BadInput: the query is wrong.
    """
    check_origin(connection, context.settings.allowed_origins)
    identity = await _identity(connection, context)
    offered = connection.scope.get("subprotocols", [])
    return Admission(identity, _start(connection), SUBPROTOCOL if SUBPROTOCOL in offered else None)


def check_origin(connection: HTTPConnection, allowed: tuple[str, ...]) -> None:
    """Refuse a page of another site (RFC 6455 section 10.2); no Origin means that it is not a browser.

    Raises:
        NotAllowed: the origin is neither ours nor allowed.
    """
    origin = connection.headers.get("origin")
    if origin is None or origin in allowed:
        return
    if _host_of(origin) != connection.headers.get("host"):
        raise NotAllowed(f"pages of {origin[:200]} may not open this; HOMEGUARD_ALLOWED_ORIGINS lists who may")


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # half an IPv6 address
        return None


async def _identity(connection: HTTPConnection, context: Context) -> Identity:
    address = connection.client.host if connection.client else None
    if ticket := connection.query_params.get("ticket"):
        return await identify_ticket(context, ticket, address)
    token = _token(connection)
    if token is None:
        raise BadCredentials("a token is needed: ?token=, Authorization: Bearer, the subprotocol bearer., or ?ticket=")
    return await identify(context, token, address)


def _token(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    for offered in connection.scope.get("subprotocols", []):
        if offered.startswith(BEARER_SUBPROTOCOL):
            return str(offered.removeprefix(BEARER_SUBPROTOCOL))
    return connection.query_params.get("token")


def _start(connection: HTTPConnection) -> Start:
    return Start(
        since=_number(connection, "since", 2**63 - 1),
        epoch=connection.query_params.get("epoch"),
        tail=_number(connection, "tail", MAX_TAIL) or 0,
    )


def _number(connection: HTTPConnection, name: str, most: int) -> int | None:
    text = connection.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= most):
        raise BadInput(f"{name} must be a whole number from 0 to {most}, not {text[:80]!r}", field=name)
    return int(text)
