"""From what nft was read back to say, to one finding for each wish; knows values alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from enforce.enforcer import Finding, Wish
from enforce.firewall.path import Path, why_never
from enforce.firewall.rules import Tables, difference, macs_in_force
from enforce.neighbours.network import Address, Network
from homeguard.events import ReportState

MAX_SHOWN: Final = 4  # devices that a report names
NO_MAC: Final = (
    "HomeGuard knows no MAC address of this device, and an address alone may be another's tomorrow: let the device "
    "send `mac`, or run `homeguard enforce --watch` on the gateway"
)


@dataclass(frozen=True)
class Facts:
    """What is known after a look. `trouble` says why nft could not be used; then `found` means nothing."""

    network: Network
    broker: Collection[Address]
    wanted: Tables
    found: Tables
    trouble: str | None = None
    missing: str = ""
    offloading: Collection[str] = ()  # flowtables whose flows pass by every rule
    seen: Collection[str] = ()  # MACs that were on the network at some time since they were blocked


def allowed(wishes: Mapping[str, Wish], network: Network, broker: Collection[Address]) -> frozenset[str]:
    """Return the MACs that are wished to be blocked and may be."""
    macs = {wish.mac for wish in wishes.values() if wish.desired and wish.mac is not None}
    return frozenset(mac for mac in macs if why_never(network, mac, broker) is None)


def findings(wishes: Mapping[str, Wish], facts: Facts) -> dict[str, Finding]:
    """Say for each wish what is really in force."""
    path = Path(facts.network)
    holders: dict[str, list[str]] = defaultdict(list)
    for wish in wishes.values():
        if wish.desired and wish.mac is not None:
            holders[wish.mac].append(wish.device_id)
    held = macs_in_force(facts.found)
    wrong = facts.trouble or difference(facts.wanted, facts.found)
    found = {}
    for device_id, wish in wishes.items():
        if not wish.desired:
            found[device_id] = _released(wish, facts, path, held, holders)
        else:
            why = _why_not(wish, facts, path)
            found[device_id] = why or _enforced(wish, facts, wrong)
    return found


def _why_not(wish: Wish, facts: Facts, path: Path) -> Finding | None:
    if not path.is_anybodys:
        return Finding(ReportState.NOT_IN_PATH, path.why_not(wish.mac or ""))
    if wish.mac is None:
        return Finding(ReportState.FAILED, NO_MAC)
    if never := why_never(facts.network, wish.mac, facts.broker):
        return Finding(ReportState.FAILED, never)
    why = path.why_not(wish.mac)
    return None if why is None else Finding(ReportState.NOT_IN_PATH, why)


def _enforced(wish: Wish, facts: Facts, wrong: str | None) -> Finding:
    if wrong:
        return Finding(ReportState.FAILED, wrong)
    mac = str(wish.mac)
    lacking = [name for name, table in facts.found.items() if "macs" in table.sets and mac not in table.sets["macs"]]
    if lacking or not facts.found:
        return Finding(ReportState.FAILED, f"{mac} is not in the sets of {', '.join(lacking) or 'nftables'}")
    if facts.offloading:
        return Finding(
            ReportState.FAILED,
            f"flows that are open may go on: the hardware forwards them past every rule (flowtable "
            f"{', '.join(facts.offloading)} with flags offload): turn hardware flow offloading off",
        )
    parts = [f"nftables ({', '.join(facts.found)}): {mac}"]
    if mac not in facts.seen:
        parts.append("not seen on this box's networks yet")
    return Finding(ReportState.ENFORCED, "; ".join([*parts, facts.missing] if facts.missing else parts))


def _released(wish: Wish, facts: Facts, path: Path, held: Collection[str], holders: Mapping[str, list[str]]) -> Finding:
    if facts.trouble and wish.mac is not None:
        # Nobody knows; a box that is in nobody's path holds nobody.
        return Finding(ReportState.FAILED if path.is_anybodys else ReportState.NOT_IN_PATH, facts.trouble)
    if wish.mac is None or wish.mac not in held:
        return Finding(ReportState.RELEASED)
    if others := ", ".join(holders.get(wish.mac, ())[:MAX_SHOWN]):
        return Finding(ReportState.FAILED, f"{wish.mac} is also the MAC of {others}, which is blocked")
    return Finding(ReportState.FAILED, f"{wish.mac} is still in the sets of nftables")
