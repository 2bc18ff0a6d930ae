"""Reads the network from the kernel by rtnetlink, and waits for its changes.

pyroute2 asks and decodes. The socket of the changes is ours: its queue is the kernel's and has a limit, and what does
not fit is seen (ENOBUFS) and made good by reading everything anew. A message only ever says that it is time to read.
"""

import asyncio
import logging
import socket
from pathlib import Path
from typing import Any, Final

from pyroute2.iproute.linux import AsyncIPRoute
from pyroute2.netlink.rtnl.marshal import MarshalRtnl

from enforce.neighbours.messages import is_news, read_default_route, read_link, read_neighbour, read_station
from enforce.neighbours.network import Network, Station
from enforce.netlink import Groups
from homeguard.errors import Unavailable

logger = logging.getLogger(__name__)

MAX_STATIONS: Final = 8192  # of all bridges; a flood of made-up MACs fills their tables without limit
READ_SECONDS: Final = 5.0  # the kernel answers in milliseconds, also with thousands of neighbours
# RTMGRP_LINK, RTMGRP_NEIGH, RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_ROUTE: rtnetlink.h
_GROUPS: Final = 0x1 | 0x4 | 0x40 | 0x400
_FORWARDING: Final = (Path("/proc/sys/net/ipv4/ip_forward"), Path("/proc/sys/net/ipv6/conf/all/forwarding"))


async def read_network() -> Network:
    """Read everything there is now.

    Raises:
        Unavailable: the kernel does not answer.
    """
    try:
        async with asyncio.timeout(READ_SECONDS), AsyncIPRoute() as route:
            links = [read_link(message) async for message in await route.link("dump")]
            neighbours = [read_neighbour(message) async for message in await route.neigh("dump")]
            routes = [read_default_route(message) async for message in await route.route("dump")]
            stations = await _read_stations(route)  # the last, since it may leave the rest of its answer unread
    except (OSError, TimeoutError) as error:
        raise Unavailable("the kernel's table of neighbours", str(error) or "no answer") from error
    ethernet = {link.index for link in links if link.is_ethernet}
    return Network(
        links={link.index: link for link in links},
        neighbours=frozenset(one for one in neighbours if one is not None and one.link in ethernet),
        stations=frozenset(stations),
        default_routes=frozenset(one for one in routes if one is not None),
        forwards=any(_is_on(path) for path in _FORWARDING),
    )


async def _read_stations(route: Any) -> list[Station]:
    found: list[Station] = []
    async for message in await route.fdb("dump"):
        station = read_station(message)
        if station is not None:
            found.append(station)
        if len(found) == MAX_STATIONS:
            break
    return found


def _is_on(path: Path) -> bool:
    try:
        return path.read_text().strip() not in {"", "0"}
    except OSError:
        return False  # a kernel without that protocol


class Changes(Groups):
    """Wakes whoever waits when the network is not any more as it was read."""

    def __init__(self) -> None:
        """Listen from now on, so that nothing falls between this and a read that follows."""
        super().__init__(socket.NETLINK_ROUTE, _GROUPS)
        self._marshal = MarshalRtnl()

    async def wait(self, network: Network) -> None:
        """Return as soon as something says what `network` does not."""
        await self.told(lambda data: self.tells(data, network))

    def tells(self, data: bytes, network: Network) -> bool:
        """Tell whether a datagram says what `network` does not; one that cannot be read may."""
        try:
            return any(is_news(message, network) for message in self._marshal.parse(data))
        except Exception:  # noqa: BLE001  whatever a newer kernel may send, reading everything is the right answer
            logger.debug("neighbours: a message that is not understood: %s", data[:64].hex())
            return True
