"""Knows the addresses of the broker's host, which is never blocked: without it nobody would hear of the unblock."""

import asyncio
import logging
import socket
from ipaddress import ip_address
from typing import Final

from enforce.neighbours.network import Address

logger = logging.getLogger(__name__)

RESOLVE_SECONDS: Final = 1.0  # a block does not wait longer for a name
KEPT_SECONDS: Final = 300.0  # how long what a name meant is believed


class BrokerHost:
    """A name or an address; what a name meant last is kept where the resolver does not answer."""

    def __init__(self, host: str | None) -> None:
        """Take the host as it was configured; None where it is not known."""
        self._host = host
        self._addresses: frozenset[Address] = frozenset()
        self._asked_at: float | None = None

    async def addresses(self) -> frozenset[Address]:
        """Return what is known of it; asks the resolver now and then, and for no longer than a second."""
        loop = asyncio.get_running_loop()
        is_fresh = self._asked_at is not None and loop.time() - self._asked_at < KEPT_SECONDS
        if self._host is None or is_fresh:
            return self._addresses
        self._asked_at = loop.time()
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await loop.getaddrinfo(self._host, None, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError, UnicodeError) as error:
            logger.warning("firewall: the broker's host %s cannot be resolved: %s", self._host, error or "no answer")
        else:
            # A link-local address carries its link: "fe80::1%eth0".
            self._addresses = frozenset(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found)
        return self._addresses
