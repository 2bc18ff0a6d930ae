"""Whom an address counts as: a household of IPv6 has 2^64 addresses, and is one."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

IPV6_PREFIX: Final = 64  # what a provider gives to one network at least (RFC 6177); its hosts change theirs at will
MAX_REMEMBERED: Final = 4096  # addresses; reading one takes some microseconds


@lru_cache(MAX_REMEMBERED)
def network_of(address: str) -> str:
    """Return what counts for an address: of IPv6 its /64; IPv4, and what is no address, itself."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(IPv6Network((int(ip), IPV6_PREFIX), strict=False))
