"""Decides who on the network is told: each MAC once, and again when it has an address more; knows no socket."""

import logging
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Final, Protocol

from enforce.neighbours.network import Address, Network, is_randomised

logger = logging.getLogger(__name__)

SETTLE_SECONDS: Final = 1.0  # IPv4, link-local and global IPv6 come within it, and are one piece of news
MAX_KNOWN: Final = 4096  # MACs; more are a flood of made-up ones, not a home
MAX_TOLD_A_SECOND: Final = 20  # each makes a device and an alert: a flood must not drown the bus
MAX_IPS: Final = 16  # of one device, as told
MAX_IPS_KNOWN: Final = 64  # of one device, so that one that comes back is no news


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A device of the network; `ips` begins with IPv4 and ends with link-local addresses."""

    mac: str
    ips: tuple[str, ...]
    vendor: str | None
    randomised: bool

    def to_json(self) -> dict[str, Any]:
        """Write it as it is published on `neighbours/{enforcer}`."""
        return {"mac": self.mac, "ips": list(self.ips), "vendor": self.vendor, "randomised": self.randomised}


class NamesVendors(Protocol):
    """Whoever knows the makers of network cards."""

    def name_of(self, mac: str) -> str | None:
        """Return who made it, if known."""


class Newcomers:
    """What was told already, and what is to be told."""

    def __init__(self, vendors: NamesVendors) -> None:
        """Know nobody: at the start everybody is told, and whoever listens knows whom it has."""
        self._vendors = vendors
        self._told: dict[str, frozenset[Address]] = {}
        self._due_at: dict[str, float] = {}
        self._next_at = 0.0
        self._is_full = False

    def see(self, network: Network, now: float) -> list[Newcomer]:
        """Look at the network; return those whose news has settled, in the order in which they came.

        `now` is in seconds of a clock that only rises.
        """
        present = _present(network)
        for mac, ips in present.items():
            if (
                len(self._due_at) < MAX_KNOWN
                and mac not in self._due_at
                and (mac not in self._told or ips - self._told[mac])
            ):
                self._due_at[mac] = now + SETTLE_SECONDS
        told = []
        for mac in [mac for mac, due_at in self._due_at.items() if due_at <= now]:
            if now < self._next_at:
                break
            del self._due_at[mac]
            if mac in present and self._has_room(mac, present):
                self._next_at = max(self._next_at, now - 1) + 1 / MAX_TOLD_A_SECOND
                told.append(self._newcomer(mac, present[mac]))
        return told

    @property
    def due_at(self) -> float | None:
        """When to look again although nothing changes; None where nothing waits."""
        return max(min(self._due_at.values()), self._next_at) if self._due_at else None

    def _newcomer(self, mac: str, ips: frozenset[Address]) -> Newcomer:
        known = self._told.get(mac, frozenset()) | ips
        self._told[mac] = known if len(known) <= MAX_IPS_KNOWN else ips
        return Newcomer(mac, _spelled(ips), self._vendors.name_of(mac), is_randomised(mac))

    def _has_room(self, mac: str, present: dict[str, frozenset[Address]]) -> bool:
        """Tell whether one more may be remembered; whoever has left makes room first."""
        if mac in self._told or len(self._told) < MAX_KNOWN:
            return True
        self._told = {known: ips for known, ips in self._told.items() if known in present}
        has_room = len(self._told) < MAX_KNOWN
        if not has_room and not self._is_full:
            logger.warning("neighbours: more than %d devices on the network; no more are told", MAX_KNOWN)
        self._is_full = not has_room
        return has_room


def _present(network: Network) -> dict[str, frozenset[Address]]:
    """Return who is there: known by an address, or learnt by a bridge; neither this box nor what lives in it."""
    macs = {one.mac for one in network.neighbours if not network.is_inside(one.link)}
    macs |= {one.mac for one in network.stations if not network.is_inside(one.bridge)}
    return {mac: network.ips_by_mac.get(mac, frozenset()) for mac in macs - network.own_macs}


def _spelled(ips: frozenset[Address]) -> tuple[str, ...]:
    def order(ip: Address) -> tuple[bool, bool, int]:
        return ip.is_link_local, not isinstance(ip, IPv4Address), int(ip)

    return tuple(str(ip) for ip in sorted(ips, key=order)[:MAX_IPS])
