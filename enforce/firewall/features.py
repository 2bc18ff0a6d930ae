"""Finds out which hooks this kernel has, by transactions that are only checked."""

from dataclasses import dataclass
from typing import Final

from enforce.firewall.nft import Nft, NoSuchObject
from enforce.firewall.rules import Command

_TABLE: Final = "homeguard_probe"  # never made
_ANY_DEVICE: Final = "lo"


@dataclass(frozen=True, slots=True)
class Features:
    """What there is. Without `egress` (Linux before 5.16) what leaves a port is stopped by address alone."""

    bridge: bool
    netdev: bool
    egress: bool

    @property
    def families(self) -> tuple[str, ...]:
        """The families of tables that may be named to this kernel."""
        return (*(["bridge"] if self.bridge else []), *(["netdev"] if self.netdev else []), "inet")

    @property
    def missing(self) -> str:
        """Say what is missing and what that means; empty where nothing is."""
        parts = []
        if not self.bridge:
            parts.append("this kernel has no nftables for bridges (OpenWrt: kmod-nft-bridge)")
        if not self.netdev:
            parts.append("this kernel has no nftables on ports (OpenWrt: kmod-nft-netdev)")
        elif not self.egress:
            parts.append("this kernel has no egress hook (Linux 5.16)")
        return "; ".join(parts)


async def read_features(nft: Nft) -> Features:
    """Ask the kernel.

    Raises:
        NftFailed: nft does not work at all here; the text says why.
    """
    await nft.check(_probe("inet", "forward"))
    ingress = await _has(nft, _probe("netdev", "ingress", _ANY_DEVICE))
    return Features(
        bridge=await _has(nft, _probe("bridge", "prerouting")),
        netdev=ingress,
        egress=ingress and await _has(nft, _probe("netdev", "egress", _ANY_DEVICE)),
    )


async def _has(nft: Nft, commands: list[Command]) -> bool:
    try:
        await nft.check(commands)
    except NoSuchObject:
        return False
    return True


def _probe(family: str, hook: str, device: str | None = None) -> list[Command]:
    chain = {"family": family, "table": _TABLE, "name": "probe", "type": "filter", "hook": hook, "prio": 0}
    return [
        {"add": {"table": {"family": family, "name": _TABLE}}},
        {"add": {"chain": {**chain, "policy": "accept", **({} if device is None else {"dev": device})}}},
    ]
