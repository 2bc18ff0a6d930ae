"""From the set that is to be blocked to nftables' JSON, and back from what nft lists; runs nothing.

What stops a device whatever others have accepted (DESIGN 6): frames from and to its MAC are dropped where they enter
and leave each port (`netdev`) and the bridge (`bridge`), before connection tracking and before flowtables. What is for
its addresses is dropped in `inet` besides: so the box does not even ask for it, and where the kernel has no egress hook
that is the second best. What comes from its addresses is not: by another MAC it is another device, which has them now.
Nothing but parsed MACs, parsed addresses and the kernel's own names of interfaces reaches nft.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from typing import Any, Final, NamedTuple

from enforce.neighbours.network import Address

TABLE: Final = "homeguard"
FAMILIES: Final = ("bridge", "netdev", "inet")

_PRIORITY: Final = -310  # before everything of a bridge (-300) and of connection tracking (-200): linux/netfilter*.h
_PORT_PRIORITY: Final = -500  # before flowtables, which people put at 0 or a little below
# Not `ip4` and `ip6`: the latter is a word of nft, whose own listing could then not be read by it.
_SETS: Final = {"macs": "ether_addr", "addresses4": "ipv4_addr", "addresses6": "ipv6_addr"}
_MATCHES: Final = {"macs": ("ether", "saddr", "daddr"), "addresses4": ("ip", "daddr"), "addresses6": ("ip6", "daddr")}

Command = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Port:
    """An interface whose frames are looked at."""

    index: int
    name: str


class Chain(NamedTuple):
    """Where packets are looked at. nft 1.0 does not list the device of a chain: its name holds the port's index."""

    hook: str
    priority: int
    policy: str = "accept"
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the elements of its sets, its chains, and their rules in nft's JSON as text."""

    sets: Mapping[str, frozenset[str]]
    chains: Mapping[str, Chain]
    rules: Mapping[str, tuple[str, ...]]

    @property
    def structure(self) -> tuple[Any, ...]:
        """Return everything but the elements, as it can be read back."""
        chains = {name: (chain.hook, chain.priority, chain.policy) for name, chain in self.chains.items()}
        return set(self.sets), chains, {name: rules for name, rules in self.rules.items() if rules}


Tables = dict[str, Table]  # by family


@dataclass(frozen=True, slots=True)
class Blocked:
    """What is to be in force. Without MACs there are no tables at all: a home without blocks pays nothing."""

    macs: frozenset[str] = frozenset()
    ips: frozenset[Address] = frozenset()
    ports: tuple[Port, ...] = ()
    has_bridge: bool = False
    has_egress: bool = True

    def tables(self) -> Tables:
        """Return the tables that bring it about."""
        if not self.macs:
            return {}
        ip4 = frozenset(str(ip) for ip in self.ips if isinstance(ip, IPv4Address))
        ip6 = frozenset(str(ip) for ip in self.ips if not isinstance(ip, IPv4Address))
        found = {}
        if self.has_bridge:
            found["bridge"] = _table({"macs": self.macs}, _hooks("prerouting", "output", "postrouting"))
        if self.ports:
            found["netdev"] = _table({"macs": self.macs}, dict(self._port_chains()))
        # No MACs here: a packet that is to leave has none yet.
        found["inet"] = _table({"addresses4": ip4, "addresses6": ip6}, _hooks("forward", "output"))
        return found

    def _port_chains(self) -> Iterator[tuple[str, Chain]]:
        for port in self.ports:
            yield f"in_{port.index}", Chain("ingress", _PORT_PRIORITY, device=port.name)
            if self.has_egress:
                yield f"out_{port.index}", Chain("egress", _PORT_PRIORITY, device=port.name)


def _hooks(*names: str) -> dict[str, Chain]:
    return {name: Chain(name, _PRIORITY) for name in names}


def _table(sets: Mapping[str, frozenset[str]], chains: Mapping[str, Chain]) -> Table:
    rules = tuple(_text(rule) for name in sets for rule in _drops(name))
    return Table(sets, chains, dict.fromkeys(chains, rules))


def _drops(name: str) -> Iterator[list[Command]]:
    protocol, *sides = _MATCHES[name]
    for side in sides:
        left = {"payload": {"protocol": protocol, "field": side}}
        yield [{"match": {"op": "==", "left": left, "right": f"@{name}"}}, {"drop": None}]


def _text(expression: object) -> str:
    return json.dumps(expression, sort_keys=True)


def replace(wanted: Tables, families: Iterable[str] = FAMILIES) -> list[Command]:
    """Return the one transaction that makes these our tables, whatever there was: not a packet passes between.

    `families` are those that the kernel knows.
    """
    commands: list[Command] = []
    for family in families:
        commands += [_add("table", family), {"delete": {"table": _named(family)}}]  # added, so that there is one
        if family in wanted:
            commands += _create(family, wanted[family])
    return commands


def renew(wanted: Tables) -> list[Command]:
    """Return the one transaction that replaces the elements of all sets. It fails, whole, where a set is missing."""
    return [
        command
        for family, table in wanted.items()
        for name, elements in table.sets.items()
        for command in ({"flush": {"set": _named(family, name)}}, *_elements(family, name, elements))
    ]


def _create(family: str, table: Table) -> Iterator[Command]:
    yield _add("table", family)
    for name, elements in table.sets.items():
        yield _add("set", family, name, type=_SETS[name])
        yield from _elements(family, name, elements)
    for name, chain in table.chains.items():
        device = {} if chain.device is None else {"dev": chain.device}
        hook = {"type": "filter", "hook": chain.hook, "prio": chain.priority, "policy": chain.policy, **device}
        yield _add("chain", family, name, **hook)
        for rule in table.rules[name]:
            yield {"add": {"rule": {"family": family, "table": TABLE, "chain": name, "expr": json.loads(rule)}}}


def _elements(family: str, name: str, elements: Iterable[str]) -> Iterator[Command]:
    if ordered := sorted(elements):
        yield {"add": {"element": {**_named(family, name), "elem": ordered}}}


def _add(kind: str, family: str, name: str | None = None, **more: Any) -> Command:
    return {"add": {kind: {**_named(family, name), **more}}}


def _named(family: str, name: str | None = None) -> Command:
    return {"family": family, "name": TABLE} if name is None else {"family": family, "table": TABLE, "name": name}


def read_table(listed: Iterable[Mapping[str, Any]]) -> Table:
    """Read the objects of `nft -j list table …`; what is not of our kind stays in it, as what differs.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: nft writes otherwise than it did.
    """
    sets: dict[str, frozenset[str]] = {}
    chains: dict[str, Chain] = {}
    rules: dict[str, tuple[str, ...]] = {}
    for entry in listed:
        for kind, value in entry.items():
            if kind == "set":
                sets[value["name"]] = frozenset(_element(one) for one in value.get("elem", ()))
            elif kind == "chain":
                chains[value["name"]] = Chain(
                    value.get("hook", "none"), value.get("prio", 0), value.get("policy", "none")
                )
            elif kind == "rule":
                rules[value["chain"]] = (*rules.get(value["chain"], ()), _text(value["expr"]))
    return Table(sets, chains, rules)


def _element(value: object) -> str:
    if not isinstance(value, str):
        return _text(value)
    try:
        return str(ip_address(value))
    except ValueError:
        return value


def read_offloading(listed: str) -> Iterator[str]:
    """Read the text of `nft list flowtables`: the names of those with the flag `offload`."""
    name = None
    for words in map(str.split, listed.splitlines()):
        if words[:1] == ["flowtable"]:
            name = words[1]
        elif words[:1] == ["flags"] and name is not None and "offload" in " ".join(words).rstrip(";").split()[1:]:
            yield name


def difference(wanted: Tables, found: Tables) -> str | None:
    """Say in a few words what is not as it should be; None where all is in force."""
    for family in FAMILIES:
        if (family in wanted) != (family in found):
            return f"the table {family} {TABLE} is {'gone' if family in wanted else 'there, and should not be'}"
        if family in wanted and wanted[family].structure != found[family].structure:
            return f"the rules of the table {family} {TABLE} are changed"
    for family, table in wanted.items():
        if table.sets != found[family].sets:
            return f"the sets of the table {family} {TABLE} are changed"
    return None


def macs_in_force(found: Tables) -> frozenset[str]:
    """Return the MACs that some rule of ours drops, all or in part."""
    return frozenset(mac for table in found.values() for mac in table.sets.get("macs", ()))
