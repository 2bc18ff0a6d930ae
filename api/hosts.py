"""Which names HomeGuard answers to: the guard against DNS rebinding.

A page of `evil.example` may let its own name point to this box once it is loaded: then the browser takes HomeGuard for
a part of that page, and lets its script read every answer. What such a page cannot have is a `Host` that is an
address, or the name of this machine. So addresses always pass, and nobody on the LAN who types one notices any of this.
"""

import re
import socket
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from starlette.types import Scope

from homeguard.errors import Misdirected
from homeguard.web_settings import ANY_HOST

# Ends that a router or mDNS gives to a machine's name, and that no public name has (RFC 6762, RFC 8375, ICANN 2024).
_AT_HOME: Final = ("", ".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain", ".fritz.box")
MAX_HOST: Final = 300  # a name has 253 characters at most (RFC 1035), and a port
_PORT: Final = re.compile(r":\d{0,5}")


class Hosts:
    """The names that a request may be for."""

    def __init__(self, allowed: Sequence[str], *, bound: str, machine: str | None = None) -> None:
        """Take names besides those of loopback, of this machine, and what the server is bound to."""
        machine = (machine or socket.gethostname()).lower()
        own = machine.partition(".")[0]
        self._names = {"localhost", machine, bound.lower(), *(own + end for end in _AT_HOME), *_lower(allowed)}
        self._answers_to = lru_cache(256)(self._look_up)

    def check(self, scope: Scope) -> None:
        """Let pass who asks for one of them; without a Host it was no browser (HTTP/1.0).

        Raises:
            Misdirected: this name is not ours.
        """
        host = next((value for name, value in scope["headers"] if name == b"host"), None)
        if host is None or (len(host) <= MAX_HOST and self._answers_to(host)):
            return
        shown = host.decode("latin-1")[:100]
        raise Misdirected(
            f"this HomeGuard does not answer to {shown!r}; HOMEGUARD_ALLOWED_HOSTS lists the names it has"
        )

    def _look_up(self, host: bytes) -> bool:
        name = _name_in(host.decode("latin-1"))
        wild = f"*.{name.partition('.')[2]}"  # as a certificate says it: one label, whichever
        is_named = not self._names.isdisjoint({name, wild, ANY_HOST})
        return is_named or name.endswith(".localhost") or _is_address(name)


def _lower(names: Iterable[str]) -> list[str]:
    return [name.lower().rstrip(".") for name in names]


def _name_in(host: str) -> str:
    """Read the name in front of the port, as a browser compares it: in small letters, without the root's dot."""
    name, colon, port = host.rpartition(":")
    if not (colon and _PORT.fullmatch(colon + port)) or host.endswith("]"):
        name = host
    return name.lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
