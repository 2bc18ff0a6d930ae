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

_OWN_SITES: Final = ("same-origin", "none")  # `none`: typed by the user
_WHO_MAY: Final = "HOMEGUARD_ALLOWED_ORIGINS lists who may"
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
    """Refuse a page of another site (RFC 6455 section 10.2); a client that names none is not a browser.

    The scheme is compared only where we know that ours is TLS: a proxy that nobody told us of may have it instead.

    Raises:
        NotAllowed: the origin is neither ours nor allowed.
    """
    origin = connection.headers.get("origin")
    if origin is not None and origin in allowed:
        return
    site = connection.headers.get("sec-fetch-site", _OWN_SITES[0])  # no page can write it (Fetch Metadata, W3C)
    if site not in _OWN_SITES:
        raise NotAllowed(f"pages of {(origin or 'other sites')[:200]} may not open this; {_WHO_MAY}")
    if origin is not None and not _is_own(origin, connection):
        raise NotAllowed(f"pages of {origin[:200]} may not open this; {_WHO_MAY}")


def _is_own(origin: str, connection: HTTPConnection) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:  # half an IPv6 address
        return False
    is_downgrade = connection.scope.get("scheme") in ("https", "wss") and parts.scheme == "http"
    return parts.netloc != "" and parts.netloc == connection.headers.get("host") and not is_downgrade


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
