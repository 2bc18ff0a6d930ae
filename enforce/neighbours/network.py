"""The network around this box as frozen values; `kernel.py` reads them, `enforce.firewall.path` judges them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple

Address = IPv4Address | IPv6Address

_LOCALLY_ADMINISTERED: Final = 0x02  # IEEE 802-2014 section 8.4: the second lowest bit of the first octet
_GROUP: Final = 0x01  # the lowest: broadcast and multicast

# Bridges that programs make for containers and virtual machines: what is behind them is inside this box.
_CONTAINERS: Final = re.compile(r"docker\d+|br-[0-9a-f]{12}|podman\d+|virbr\d+|lxcbr\d+|lxdbr\d+|incusbr\d+|cni\w*")


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface. `master` is the index of the bridge (or bond) that it is a port of."""

    index: int
    name: str
    mac: str | None
    is_ethernet: bool
    is_up: bool
    is_bridge: bool
    master: int | None


class Neighbour(NamedTuple):
    """What ARP or neighbour discovery found: the address belongs to that MAC, on that link."""

    mac: str
    ip: Address
    link: int


class Station(NamedTuple):
    """A MAC that a bridge has learnt behind one of its ports."""

    mac: str
    port: int
    bridge: int


class DefaultRoute(NamedTuple):
    """A way to everywhere; `gateway` is None where the link itself is the way."""

    gateway: Address | None
    link: int


@dataclass(frozen=True)
class Network:
    """Everything at one moment."""

    links: Mapping[int, Link] = field(default_factory=dict)
    neighbours: frozenset[Neighbour] = frozenset()
    stations: frozenset[Station] = frozenset()
    default_routes: frozenset[DefaultRoute] = frozenset()
    forwards: bool = False

    @cached_property
    def own_macs(self) -> frozenset[str]:
        """The MACs of this box itself."""
        return frozenset(link.mac for link in self.links.values() if link.mac is not None)

    @cached_property
    def macs_by_ip(self) -> Mapping[Address, frozenset[str]]:
        """Whom each address belongs to: more than one MAC where two claim it, or on two links."""
        found: dict[Address, set[str]] = {}
        for neighbour in self.neighbours:
            found.setdefault(neighbour.ip, set()).add(neighbour.mac)
        return {ip: frozenset(macs) for ip, macs in found.items()}

    @cached_property
    def ips_by_mac(self) -> Mapping[str, frozenset[Address]]:
        """Which addresses each MAC has."""
        found: dict[str, set[Address]] = {}
        for neighbour in self.neighbours:
            found.setdefault(neighbour.mac, set()).add(neighbour.ip)
        return {mac: frozenset(ips) for mac, ips in found.items()}

    def segment_of(self, link: int) -> int:
        """Return the link that stands for the whole segment: the bridge, where the link is a port of one."""
        found = self.links.get(link)
        master = None if found is None else found.master
        return link if master is None or master not in self.links else master

    def is_inside(self, link: int) -> bool:
        """Tell whether what is behind the link lives in this box: containers and virtual machines."""
        found = self.links.get(self.segment_of(link))
        return found is not None and _CONTAINERS.fullmatch(found.name) is not None


def is_group(mac: str) -> bool:
    """Tell whether the MAC means many: broadcast, multicast."""
    return bool(int(mac[:2], 16) & _GROUP)


def is_randomised(mac: str) -> bool:
    """Tell whether the device made its MAC up (locally administered), as phones do for each Wi-Fi network."""
    return bool(int(mac[:2], 16) & _LOCALLY_ADMINISTERED)
