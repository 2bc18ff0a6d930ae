"""Judges whether this box stands in the path of a device, and whom it must never cut off; knows values alone."""

from collections.abc import Collection, Iterator
from typing import Final

from enforce.neighbours.network import Address, Link, Network, is_group

_MIN_PORTS: Final = 2  # a bridge with one port joins nothing


def ports(network: Network) -> tuple[Link, ...]:
    """Return the links by which frames come in and go out: neither the bridges above them nor the containers'."""
    found = [
        link
        for link in network.links.values()
        if link.is_ethernet and not link.is_bridge and not network.is_inside(link.index)
    ]
    return tuple(sorted(found, key=lambda link: link.index))


def has_bridge(network: Network) -> bool:
    """Tell whether frames pass this box without being routed."""
    return any(link.is_bridge and not network.is_inside(link.index) for link in network.links.values())


class Path:
    """Where this box stands among its networks, worked out once for all the devices."""

    def __init__(self, network: Network) -> None:
        """Look at the network as it was read."""
        self._segments = {segment.index: segment for segment in _segments(network)}
        self._crossed = {index for index, one in self._segments.items() if _is_crossed(network, one, self._segments)}
        self._seen: dict[str, set[int]] = {}
        for neighbour in network.neighbours:
            self._seen.setdefault(neighbour.mac, set()).add(network.segment_of(neighbour.link))
        for station in network.stations:
            self._seen.setdefault(station.mac, set()).add(station.bridge)

    @property
    def is_anybodys(self) -> bool:
        """Tell whether anything at all passes this box."""
        return bool(self._crossed)

    def has_seen(self, mac: str) -> bool:
        """Tell whether the device is on one of these networks, as far as the kernel remembers."""
        return not self._segments.keys().isdisjoint(self._seen.get(mac, ()))

    def why_not(self, mac: str) -> str | None:
        """Say why this box cannot stop the device; None where what the device says passes here.

        A device that was not seen counts as in the path of a box that stands in anybody's: it is stopped when it comes.
        """
        seen = self._segments.keys() & self._seen.get(mac, set())
        if self._crossed & seen or (self._crossed and not seen):
            return None
        if self._crossed:
            here = ", ".join(sorted(self._segments[index].name for index in seen))
            return f"the device is on {here}, and what it sends to others does not pass this box there"
        names = ", ".join(sorted(segment.name for segment in self._segments.values())) or "none"
        return (
            f"this box is beside the path (its networks: {names}): it neither joins two ports of a bridge nor forwards "
            "between two networks; run the firewall on the gateway, or put this box between (docs/blocking.md)"
        )


def why_never(network: Network, mac: str, broker: Collection[Address]) -> str | None:
    """Say why this MAC must not be blocked, whoever wishes it; None where it may."""
    if is_group(mac):
        return f"{mac} is a group (broadcast or multicast), not a device"
    if mac in network.own_macs:
        return f"{mac} is this box itself"
    gateways = {route.gateway for route in network.default_routes}
    if any(mac in network.macs_by_ip.get(ip, ()) for ip in gateways if ip is not None):
        return f"{mac} is the way from this box to the internet: everybody would be cut off"
    if any(mac in network.macs_by_ip.get(ip, ()) for ip in broker):
        return f"{mac} is the broker's host: no enforcer would hear of the unblock"
    return None


def addresses_of(network: Network, macs: Collection[str]) -> frozenset[Address]:
    """Return the addresses that belong to these MACs and to nobody else.

    Link-local ones are left out: another device may have the same on another link.
    """
    wanted = frozenset(macs)
    return frozenset(
        ip
        for mac in wanted
        for ip in network.ips_by_mac.get(mac, ())
        if not ip.is_link_local and network.macs_by_ip[ip] <= wanted
    )


def _segments(network: Network) -> Iterator[Link]:
    """Return the networks of this box: its bridges, and the links that are no port of anything."""
    for link in network.links.values():
        if link.is_ethernet and link.is_up and not network.is_inside(link.index) and link.master not in network.links:
            yield link


def _is_crossed(network: Network, segment: Link, segments: Collection[int]) -> bool:
    joined = [link for link in network.links.values() if link.master == segment.index and link.is_up]
    if segment.is_bridge and len(joined) >= _MIN_PORTS:
        return True
    if not network.forwards:
        return False
    ways = {network.segment_of(route.link) for route in network.default_routes}
    return bool(ways - {segment.index}) if ways else len(segments) >= _MIN_PORTS
