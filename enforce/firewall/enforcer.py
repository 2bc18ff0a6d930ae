"""The firewall as an enforcer: from wishes to the kernel, and from what the kernel says back to findings."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from pathlib import Path as FilePath
from typing import Final

from enforce.enforcer import Finding, Wish
from enforce.firewall.broker import BrokerHost
from enforce.firewall.features import Features, read_features
from enforce.firewall.findings import Facts, allowed, findings
from enforce.firewall.monitor import Monitor
from enforce.firewall.nft import Nft, NftFailed, NoSuchObject
from enforce.firewall.path import Path, addresses_of, has_bridge, ports
from enforce.firewall.rules import Blocked, Port, Tables, difference, renew, replace
from enforce.firewall.saved import Saved
from enforce.neighbours.kernel import Changes, read_network
from enforce.neighbours.network import Address, Network
from homeguard.errors import Unavailable

logger = logging.getLogger(__name__)

BREATH_SECONDS: Final = 0.05  # between two looks, whatever others do to the ruleset or the network


class FirewallEnforcer:
    """Blocks by nftables on this box. What it has put in force stays when it ends."""

    kind = "firewall"

    def __init__(
        self,
        name: str = "firewall",
        *,
        broker_host: str | None = None,
        saved: FilePath | None = None,
        nft: Nft | None = None,
    ) -> None:
        """Prepare; nothing is read or changed yet.

        `broker_host` is never blocked. `saved` is the file from which `restore` blocks after a boot.
        """
        self.name = name
        self._broker = BrokerHost(broker_host)
        self._saved = None if saved is None else Saved(saved)
        self._on_disk: frozenset[str] | None = None
        self._nft = nft or Nft()
        self._features: Features | None = None
        self._macs: frozenset[str] = frozenset()
        self._was_in_path = False
        self._seen: frozenset[str] = frozenset()
        self._in_force: Tables | None = None  # what was read back last; None where nothing is known
        self._wrong: Tables | None = None  # what `watch` found otherwise than we left it, until `enforce` mends it
        self._lock = asyncio.Lock()  # `watch` keeps the addresses current while `enforce` may be called

    async def restore(self) -> int:
        """Block whoever was blocked when the box went down, without asking anybody; return how many.

        A box whose network is not up yet is in nobody's path: then `watch` blocks as soon as it is.

        Raises:
            Misconfigured: the file is none of ours.
            NftFailed, Unavailable: it could not be done.
        """
        macs = await asyncio.to_thread(self._saved.load) if self._saved else frozenset()
        async with self._lock:
            self._on_disk = macs
            if macs:
                self._macs = macs
                await self._bring_about(await read_network())
        return len(self._macs)

    async def enforce(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Bring the whole desired set about in one transaction, and read it back.

        Raises:
            Unavailable: the kernel does not say who is on the network.
        """
        async with self._lock:
            network = await read_network()
            broker = await self._broker.addresses()
            self._macs = allowed(wishes, network, broker)
            try:
                network, wanted, found = await self._bring_about(network)
                await self._keep_on_disk()
                return findings(wishes, await self._facts(network, broker, wanted, found))
            except NftFailed as error:
                logger.warning("firewall: %s", error)
                return findings(wishes, Facts(network, broker, {}, {}, str(error)))

    async def look(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Say what is really in force, changing nothing.

        Raises:
            Unavailable: the kernel does not say who is on the network.
            NftFailed: nft does not say what is in force, which is not to say that it is another.
        """
        async with self._lock:
            network = await read_network()
            broker = await self._broker.addresses()
            macs = allowed(wishes, network, broker)
            found = await self._nft.tables() if self._wrong is None else self._wrong
            wanted = await self._tables(network, macs)
            # As we left it is right too: what the network changed since then is for `watch` to follow.
            if self._in_force is not None and macs == self._macs and difference(self._in_force, found) is None:
                wanted = self._in_force
            return findings(wishes, await self._facts(network, broker, wanted, found))

    async def watch(self, drifted: Callable[[str], None]) -> None:
        """Run for ever: tell where somebody changed our tables, and follow addresses and ports that come and go.

        Raises:
            Unavailable: the kernel does not let us listen (CAP_NET_ADMIN).
        """
        with Monitor() as monitor, Changes() as changes:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hear(monitor, drifted), name="firewall: ruleset")
                tasks.create_task(self._follow(changes, drifted), name="firewall: network")

    async def _hear(self, monitor: Monitor, drifted: Callable[[str], None]) -> None:
        while True:
            await monitor.wait()
            await self._keep(drifted)
            await asyncio.sleep(BREATH_SECONDS)

    async def _follow(self, changes: Changes, drifted: Callable[[str], None]) -> None:
        while True:
            network = await self._keep(drifted)
            await changes.wait(network)
            await asyncio.sleep(BREATH_SECONDS)

    async def _keep(self, drifted: Callable[[str], None]) -> Network:
        """Look once: follow what the network changed, tell what somebody changed. Return the network."""
        async with self._lock:
            network = Network()
            try:
                network = await read_network()
                if self._in_force is not None:
                    await self._compare(network, self._in_force, drifted)
            except (NftFailed, Unavailable) as error:
                logger.warning("firewall: %s", error)
                drifted(str(error))
            return network

    async def _compare(self, network: Network, expected: Tables, drifted: Callable[[str], None]) -> None:
        wanted = await self._tables(network, self._macs)
        found = await self._nft.tables()
        why = difference(expected, found)
        # The kernel itself takes chains away with their port; then what is there is what is wanted now.
        if why is not None and difference(wanted, found) is not None:
            self._wrong = found
            drifted(why)
        elif difference(wanted, found) is not None:
            await self._bring_about(network)
        else:
            self._in_force = wanted

    async def _bring_about(self, network: Network) -> tuple[Network, Tables, Tables]:
        """Put `self._macs` in force, and read back. Return the network as it was then, what was wanted, what was found.

        Raises:
            NftFailed, Unavailable: it could not be done, or not be read back.
        """
        wanted = await self._tables(network, self._macs)
        known, self._in_force = self._in_force, None
        is_wrong, self._wrong = self._wrong is not None, None
        found: Tables | None = None
        if is_wrong:
            pass  # read already, and every start of nft is a moment in which the device talks
        elif known is None or wanted == known:
            found = await self._nft.tables()
        elif wanted and _has_same_structure(wanted, known):
            found = await self._renew(wanted)
        if found is None or difference(wanted, found) is not None:
            network, wanted, found = await self._replace(network)
        self._in_force = wanted
        return network, wanted, found

    async def _renew(self, wanted: Tables) -> Tables | None:
        """Exchange the elements alone; None where the tables are not there for it."""
        try:
            await self._nft.apply(renew(wanted))
        except NoSuchObject:
            return None
        return await self._nft.tables()

    async def _replace(self, network: Network) -> tuple[Network, Tables, Tables]:
        families = (await self._known_features()).families
        wanted = await self._tables(network, self._macs)
        try:
            await self._nft.apply(replace(wanted, families))
        except NoSuchObject:  # a port has gone since the network was read
            network = await read_network()
            wanted = await self._tables(network, self._macs)
            await self._nft.apply(replace(wanted, families))
        return network, wanted, await self._nft.tables()

    async def _tables(self, network: Network, macs: Collection[str]) -> Tables:
        # Once in the path: a port that is down for a moment must not let anybody through when it is up again.
        self._was_in_path = self._was_in_path or Path(network).is_anybodys
        if not macs or not self._was_in_path:
            return {}
        features = await self._known_features()
        bridged = has_bridge(network)
        if not features.netdev and not (bridged and features.bridge):
            raise NftFailed(features.missing)
        return Blocked(
            macs=frozenset(macs),
            ips=addresses_of(network, macs),
            ports=tuple(Port(link.index, link.name) for link in ports(network)) if features.netdev else (),
            has_bridge=bridged and features.bridge,
            has_egress=features.egress,
        ).tables()

    async def _known_features(self) -> Features:
        if self._features is None:
            self._features = await read_features(self._nft)
        return self._features

    async def _facts(self, network: Network, broker: Collection[Address], wanted: Tables, found: Tables) -> Facts:
        # Once seen is seen: the kernel forgets whom nobody hears, and a report that changes by itself is noise.
        path = Path(network)
        self._seen = frozenset(mac for mac in self._macs if mac in self._seen or path.has_seen(mac))
        offloading = await self._nft.offloading() if wanted else ()
        missing = (await self._known_features()).missing if wanted else ""
        return Facts(network, broker, wanted, found, missing=missing, offloading=offloading, seen=self._seen)

    async def _keep_on_disk(self) -> None:
        if self._saved is None or self._on_disk == self._macs:
            return
        try:
            await asyncio.to_thread(self._saved.save, self._macs)
        except OSError as error:
            logger.warning("firewall: after a boot the blocks wait for the broker: %s: %s", self._saved.path, error)
        else:
            self._on_disk = self._macs


def _has_same_structure(one: Tables, other: Tables) -> bool:
    return one.keys() == other.keys() and all(one[family].chains == other[family].chains for family in one)
