"""Chooses the port of a server of ours: the usual one, or the next free one where nobody asked for one."""

import errno
import socket
from typing import Final

from homeguard.errors import Misconfigured

TRIES = 100  # ports looked at before giving up: far more servers than a machine has
EVERYWHERE: Final = ""  # every address of the machine, IPv4 and IPv6


def choose_port(
    requested: int | None, default: int, host: str, *, option: str = "--mqtt-port", what: str = "the broker"
) -> tuple[int, str | None]:
    """Return a free port, and what to tell the user where it is not the default. 0 asks for any free one.

    Raises:
        Misconfigured: the port that was asked for is taken, naming it and the option; or none is free.
    """
    if requested is not None:
        if why := _why_not(host, requested):
            raise Misconfigured(f"port {requested} {why}: choose another one with {option}")
        return requested or _any_port(host), None
    for port in range(default, min(default + TRIES, 65536)):
        why = _why_not(host, port)
        if why is None and port == default:
            return port, None
        if why is None:
            return port, f"port {default} is taken, so {what} uses {port} ({option} chooses another one)"
    raise Misconfigured(f"no port from {default} on is free at {host or 'this machine'}: choose one with {option}")


def _why_not(host: str, port: int) -> str | None:
    """Say why a server could not listen there; None where it could."""
    for family, address in _addresses(host):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
                if family is socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((address, port))
                probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"is taken by another program at {address}"
            if error.errno == errno.EACCES:
                return "is below 1024, which only root may use"
            if family is socket.AF_INET6 and host == EVERYWHERE:
                continue  # a machine without IPv6
            return f"cannot be used at {address} ({error.strerror})"
    return None


def _addresses(host: str) -> list[tuple[socket.AddressFamily, str]]:
    if host == EVERYWHERE:
        return [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")]  # noqa: S104 - only asks whether it is free
    return [(socket.AF_INET6 if ":" in host else socket.AF_INET, host)]


def _any_port(host: str) -> int:
    family, address = _addresses(host)[0]
    with socket.socket(family) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])
