"""Reads what settings say of the web: origins, names and networks; a mistake is told at the start, not guessed at."""

import re
from ipaddress import ip_network
from typing import Final

MAX_PORT: Final = 65_535
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}  # a browser leaves them out
_ORIGIN: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9_.-]+|\[[0-9a-f:.]+\])(:(?P<port>\d{1,5}))?", re.ASCII | re.IGNORECASE
)
ANY_HOST: Final = "*"
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", re.ASCII | re.IGNORECASE)


def checked_origin(text: str) -> str:
    """Return an origin as browsers write it.

    Raises:
        ValueError: it is none; `null` and `*`, which would be anybody, are none.
    """
    found = _ORIGIN.fullmatch(text)
    if found is None or int(found["port"] or 0) > MAX_PORT:
        raise ValueError(
            f"{text!r} is no origin: it is like https://dash.example or http://192.0.2.1:8080, and no more"
        )
    origin = f"{found['scheme']}://{found['host']}".lower()
    is_default = int(found["port"] or 0) in (0, _DEFAULT_PORTS[found["scheme"].lower()])
    return origin if is_default else f"{origin}:{int(found['port'])}"


def checked_host(text: str) -> str:
    """Return a name in small letters, or `*`.

    Raises:
        ValueError: it has a scheme, a port or a path.
    """
    if text != ANY_HOST and not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no name: it is like guard.example, without scheme, port and path; or *, any")
    return text.lower()


def checked_network(text: str) -> str:
    """Return an address or a network, in CIDR notation.

    Raises:
        ValueError: it is none.
    """
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise ValueError(
            f"{text!r} is no address and no network: it is like 192.0.2.1, 172.16.0.0/12 or fd00::/8"
        ) from None
