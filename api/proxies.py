"""Who really asks, where a proxy of one's own stands in front: an ASGI shell around everything.

uvicorn has a middleware for this, which is switched off (api/server.py): it trusts 127.0.0.1 unless told otherwise, so
any program of the machine could claim any address; it does not know `::ffff:10.0.0.1`, as a listener on `::` shows the
proxy at 10.0.0.1; and it believes that the text beside the trusted ones is an address, whatever it is.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_SCHEMES: Final = {b"http": "http", b"https": "https", b"ws": "http", b"wss": "https"}
_MAPPED: Final = "::ffff:"


class Proxies:
    """Puts address and scheme as trusted proxies tell them in the place of the proxy's own; believes nobody else."""

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        """Take addresses and networks of proxies."""
        self._app = app
        self._networks = [ip_network(text, strict=False) for text in trusted]
        self._is_trusted = lru_cache(1024)(self._look_up)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as ASGI asks for."""
        client = scope.get("client")
        if client is not None and client[0].startswith(_MAPPED):
            client = scope["client"] = (str(_address_in(client[0])), client[1])
        if client is not None and self._networks and self._is_trusted(client[0]):
            self._believe(scope)
        await self._app(scope, receive, send)

    def _look_up(self, text: str) -> bool:
        address = _address_in(text)
        return address is not None and any(address in network for network in self._networks)

    def _believe(self, scope: Scope) -> None:
        """Change address and scheme to what the headers say."""
        hops = reversed(_values(scope, b"x-forwarded-for"))
        address = self._first_beyond(hop.decode("latin-1") for hop in hops)
        if address is not None:
            scope["client"] = (address, 0)  # nobody tells the port
        schemes = _values(scope, b"x-forwarded-proto")
        scheme = _SCHEMES.get(schemes[-1].lower()) if schemes else None
        if scheme is not None:
            scope["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")

    def _first_beyond(self, hops: Iterable[str]) -> str | None:
        """Find the nearest hop that is no proxy of ours; where a text is no address, the nearest before it."""
        found = None
        for hop in hops:
            address = _address_in(hop)
            if address is None:
                return found
            found = str(address)
            if not self._is_trusted(found):
                return found
        return found


def _values(scope: Scope, name: bytes) -> list[bytes]:
    """Read a header that is a list, however many lines it came in (RFC 9110 section 5.3)."""
    lines = [value for key, value in scope["headers"] if key == name]
    return [part.strip() for part in b",".join(lines).split(b",")] if lines else []


def _address_in(text: str) -> IPv4Address | IPv6Address | None:
    """Read `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
