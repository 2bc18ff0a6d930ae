"""Turns rtnetlink messages, as pyroute2 decodes them, into the values of `network.py`; knows no socket."""

import re
from ipaddress import ip_address
from typing import Any, Final

from enforce.neighbours.network import DefaultRoute, Link, Neighbour, Network, Station, is_group

_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_NOBODY: Final = "00:00:00:00:00:00"

_ETHERNET: Final = 1  # ARPHRD_ETHER, if_arp.h
_UP: Final = 0x1  # IFF_UP, netdevice(7)
_LOOPBACK: Final = 0x8
_AF_BRIDGE: Final = 7

# rtnetlink(7), the states of a neighbour: one that has not answered, or needs no answer, proves no address.
_INCOMPLETE, _FAILED, _NO_ARP, _PERMANENT = 0x01, 0x20, 0x40, 0x80
_MAIN_TABLE: Final = 254

Message = Any  # pyroute2 has no types: a dictionary with a method `get_attr`


def read_link(message: Message) -> Link:
    """Read RTM_NEWLINK or RTM_DELLINK."""
    flags = message["flags"]
    info = message.get_attr("IFLA_LINKINFO")
    return Link(
        index=message["index"],
        name=str(message.get_attr("IFLA_IFNAME")),
        mac=_mac(message.get_attr("IFLA_ADDRESS")),
        is_ethernet=message["ifi_type"] == _ETHERNET and not flags & _LOOPBACK,
        is_up=bool(flags & _UP),
        is_bridge=info is not None and info.get_attr("IFLA_INFO_KIND") == "bridge",
        master=message.get_attr("IFLA_MASTER"),
    )


def read_neighbour(message: Message) -> Neighbour | None:
    """Read RTM_NEWNEIGH; None where it proves no address of anybody."""
    mac = _mac(message.get_attr("NDA_LLADDR"))
    destination = message.get_attr("NDA_DST")
    if mac is None or not isinstance(destination, str) or message["state"] & (_INCOMPLETE | _FAILED | _NO_ARP):
        return None
    ip = ip_address(destination)
    return None if ip.is_multicast or ip.is_unspecified else Neighbour(mac, ip, message["ifindex"])


def read_station(message: Message) -> Station | None:
    """Read RTM_NEWNEIGH of the family bridge; None where it is the bridge's own, or no bridge's."""
    mac = _mac(message.get_attr("NDA_LLADDR"))
    bridge = message.get_attr("NDA_MASTER")
    if mac is None or bridge is None or message["state"] & (_PERMANENT | _NO_ARP):
        return None
    return Station(mac, message["ifindex"], bridge)


def read_default_route(message: Message) -> DefaultRoute | None:
    """Read RTM_NEWROUTE; None where it is not a way to everywhere."""
    link = message.get_attr("RTA_OIF")
    if message["dst_len"] or link is None or message.get_attr("RTA_TABLE", message["table"]) != _MAIN_TABLE:
        return None
    gateway = message.get_attr("RTA_GATEWAY")
    return DefaultRoute(ip_address(gateway) if gateway else None, link)


def is_news(message: Message, network: Network) -> bool:
    """Tell whether the message says what the network as it was read does not; that one was seen again is no news."""
    match message["event"]:
        case "RTM_NEWNEIGH" if message["family"] == _AF_BRIDGE:
            station = read_station(message)
            return station is not None and station not in network.stations
        case "RTM_NEWNEIGH":
            neighbour = read_neighbour(message)
            return neighbour not in network.neighbours if neighbour else _is_known(message, network)
        case "RTM_DELNEIGH":
            return bool(message["family"] != _AF_BRIDGE) and _is_known(message, network)
        case "RTM_NEWLINK":
            # A bridge tells of its ports in messages of its own, which do not hold all.
            return message["family"] != _AF_BRIDGE and network.links.get(message["index"]) != read_link(message)
        case "RTM_DELLINK":
            return bool(message["family"] != _AF_BRIDGE)
        case "RTM_NEWROUTE" | "RTM_DELROUTE":
            return bool(message["dst_len"] == 0)
    return False


def _is_known(message: Message, network: Network) -> bool:
    destination = message.get_attr("NDA_DST")
    if destination is None:
        return False
    macs = network.macs_by_ip.get(ip_address(destination), ())
    return any(Neighbour(mac, ip_address(destination), message["ifindex"]) in network.neighbours for mac in macs)


def _mac(value: object) -> str | None:
    """Return a MAC in its usual spelling; None for what cannot be one device on Ethernet."""
    if not isinstance(value, str) or _MAC.fullmatch(value) is None or value == _NOBODY or is_group(value):
        return None
    return value
