"""Under which names and addresses a server is reached, and for which an authority may ever vouch."""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final

from homeguard.errors import BadInput

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# A host name (RFC 1123 section 2.1), in lower case; `*.` in front would vouch for every machine of a domain.
_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)
MAX_NAME: Final = 253
MAX_COMMON_NAME: Final = 64  # RFC 5280, ub-common-name

# What is only ever in a home: RFC 6762, RFC 8375, ICANN's `internal`, and what routers call their network.
HOME_DOMAINS: Final = ("localhost", "local", "lan", "home.arpa", "internal")
HOME_NETWORKS: Final[tuple[Network, ...]] = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",  # RFC 6598: also what Tailscale and the like hand out
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

FIB_TRIE: Final = Path("/proc/net/fib_trie")
IF_INET6: Final = Path("/proc/net/if_inet6")
LINK_LOCAL_SCOPE: Final = "20"  # of if_inet6: such an address means nothing without its interface


@dataclass(frozen=True, slots=True)
class Names:
    """DNS names and addresses, each once, in order."""

    dns: tuple[str, ...]
    addresses: tuple[Address, ...]

    def __or__(self, other: "Names") -> "Names":
        """Add those of another."""
        return Names(tuple(dict.fromkeys(self.dns + other.dns)), tuple(dict.fromkeys(self.addresses + other.addresses)))

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self.dns or self.addresses)

    def __le__(self, other: "Names") -> bool:
        """Say whether all of these are among the other's."""
        return set(self.dns) <= set(other.dns) and set(self.addresses) <= set(other.addresses)

    def __str__(self) -> str:
        """Write them as a person would."""
        return ", ".join([*self.dns, *map(str, self.addresses)])


LOOPBACK_NAMES: Final = Names(("localhost",), (ip_address("127.0.0.1"), ip_address("::1")))


@dataclass(frozen=True, slots=True)
class Territory:
    """For what an authority may vouch: domains, with all below them, and networks."""

    domains: tuple[str, ...]
    networks: tuple[Network, ...]

    @classmethod
    def of_a_home(cls, names: Names) -> "Territory":
        """Return a home's, with these names besides."""
        networks = [ip_network(address) for address in names.addresses if not _is_within(address, HOME_NETWORKS)]
        return cls(tuple(dict.fromkeys((*HOME_DOMAINS, *names.dns))), (*HOME_NETWORKS, *networks))

    def split(self, names: Names) -> tuple[Names, Names]:
        """Return the names within it, and those outside."""
        inside = Names(
            tuple(name for name in names.dns if self._holds_name(name)),
            tuple(address for address in names.addresses if _is_within(address, self.networks)),
        )
        outside = Names(
            tuple(name for name in names.dns if name not in inside.dns),
            tuple(address for address in names.addresses if address not in inside.addresses),
        )
        return inside, outside

    def _holds_name(self, name: str) -> bool:
        return any(name == domain or name.endswith(f".{domain}") for domain in self.domains)


def _is_within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def named(names: Iterable[str], addresses: Iterable[str]) -> Names:
    """Read names and addresses that somebody typed.

    Raises:
        BadInput: one is none.
    """
    return Names(tuple(dict.fromkeys(map(_name, names))), tuple(dict.fromkeys(map(_address, addresses))))


def _name(text: str) -> str:
    name = text.strip().rstrip(".").lower()
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise BadInput(f"{text!r} is not a host name such as homeguard.example.org", field="name")
    if name.replace(".", "").isdigit():
        raise BadInput(f"{text!r} is an address: give it with --address", field="name")
    return name


def _address(text: str) -> Address:
    try:
        address = ip_address(text.strip())
    except ValueError:
        raise BadInput(f"{text!r} is not an IP address such as 192.168.1.10", field="address") from None
    if address.is_unspecified or address.is_multicast or getattr(address, "scope_id", None):
        raise BadInput(f"{text!r} is no address under which a server is reached", field="address")
    return address


def machine_names() -> Names:
    """Tell the names and addresses of this machine. Blocks.

    Not its public IPv6 addresses: they change by themselves, and nobody types them.
    """
    host = socket.gethostname().split(".")[0].lower()
    dns = (host, f"{host}.local") if _NAME.fullmatch(host) and host != "localhost" else ()
    lasting = (each for each in _machine_addresses() if each.version == 4 or _is_within(each, HOME_NETWORKS))
    return LOOPBACK_NAMES | Names(dns, tuple(lasting))


def _machine_addresses() -> list[Address]:
    """Read the kernel's tables, where it shows them (Linux); elsewhere `--address` must say them."""
    found: list[Address] = []
    if FIB_TRIE.exists():
        local = re.findall(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL", FIB_TRIE.read_text(encoding="ascii"))
        found += [ip_address(text) for text in local]
    if IF_INET6.exists():
        rows = [line.split() for line in IF_INET6.read_text(encoding="ascii").splitlines()]
        found += [IPv6Address(int(row[0], 16)) for row in rows if row[3] != LINK_LOCAL_SCOPE]
    return [address for address in sorted(set(found), key=_order) if not address.is_loopback]


def _order(address: Address) -> tuple[int, int]:
    return address.version, int(address)
