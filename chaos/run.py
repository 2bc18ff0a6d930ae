"""One run: a home, a crowd, a plan; then rest, and the ledgers are held against each other."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from chaos.check import check
from chaos.crowd import Crowd
from chaos.faults import Hands
from chaos.home import PASSWORD, Home
from chaos.ledger import Rendered, read_greeted, read_lines, read_rendered
from chaos.network import Network
from chaos.place import Place
from chaos.plan import KILLS, NEED_NFTABLES, Fault, Kind, Struck
from chaos.processes import Child
from chaos.publisher import Task
from chaos.recovery import Recovery, Screen, next_event, recoveries, younger_alert
from chaos.screen import Watch

RESULTS: Final = Path(__file__).with_name("results")
LOOK_SECONDS: Final = 0.25
FIRST_EVENT_SECONDS: Final = 2.0  # from the start of the publishers' processes to number 1: they begin together


@dataclass(frozen=True, slots=True)
class Size:
    """How much is run: numbers in all, who takes part, for how long things are broken, and how soon all must rest."""

    events: int
    publishers: int
    screens: int
    seconds: float
    rest_seconds: float
    haste: float = 1.0


@dataclass(frozen=True, slots=True)
class Rest:
    """How long it took until everything was proved and shown, and up to which `seq` screens were then."""

    seconds: float
    head: int


class Run:
    """One run; `say` gets a line for whatever happens."""

    def __init__(self, size: Size, plan: Sequence[Fault], place: Place, say: Callable[[str], None]) -> None:
        """Take what will be broken; nothing is started yet."""
        self._size = size
        self._place = place
        self._say = say
        self._plan = plan
        self._struck: list[Struck] = []
        self._began = 0.0

    async def run(self) -> dict[str, Any]:
        """Break what the plan says and return the results."""
        home = Home(self._place.data_dir, self._place.directory / "homeguard.log", self._place.environment, self._say)
        ids = [f"publisher-{number}" for number in range(1, self._size.publishers + 1)]
        try:
            passwords = await home.start(ids)
            network = None
            if self._place.kinds & NEED_NFTABLES:
                network = Network(home.web_port, home.mqtt_port)
            crowd = self._crowd(home, passwords)
            try:
                rest = await self._break(home, crowd, network)
            finally:
                crowd.stop()
            return self._results(home, crowd, rest)
        finally:
            home.stop()

    def _crowd(self, home: Home, passwords: dict[str, str]) -> Crowd:
        directory, size = self._place.directory, self._size
        numbers = size.events // size.publishers
        self._began = time.monotonic() + FIRST_EVENT_SECONDS
        each = size.seconds / numbers
        tasks = [
            Task(id, home.mqtt_port, password, directory, numbers, each, self._began)
            for id, password in passwords.items()
        ]
        names = [f"screen-{number}" for number in range(1, size.screens + 1)]
        return Crowd(tasks, [Watch(name, home.url, PASSWORD, directory) for name in names], directory)

    async def _break(self, home: Home, crowd: Crowd, network: Network | None) -> Rest | None:
        """Start everybody and strike; returns how all came to rest, None where it did not."""
        hands = Hands(home, network, crowd.publishers, crowd.screens, self._place.clock)
        async with asyncio.TaskGroup() as keepers:
            crowd.start()
            kept = [keepers.create_task(one.keep_running()) for one in (home, crowd)]
            async with asyncio.TaskGroup() as strikes:
                for fault in self._plan:
                    await asyncio.sleep(max(0.0, self._began + fault.at - time.monotonic()))
                    self._announce(fault)
                    strikes.create_task(self._strike(hands, fault))
            rest = await self._rest(home, crowd)
            for task in kept:
                task.cancel()
        return rest

    def _announce(self, fault: Fault) -> None:
        lasts = f", for {fault.seconds:g} s" if fault.seconds else ""
        self._say(f"{time.monotonic() - self._began:6.1f} s  {fault.kind}{lasts}")

    async def _strike(self, hands: Hands, fault: Fault) -> None:
        struck = await hands.strike(fault)
        if struck is not None:
            self._struck.append(struck)

    async def _rest(self, home: Home, crowd: Crowd) -> Rest | None:
        """Wait until every alert is proved and every screen has shown all of them."""
        began = max(time.monotonic(), self._began + self._size.seconds)
        self._say("no more faults: waiting for the last proof, and for the screens")
        while time.monotonic() < began + self._size.rest_seconds:
            head = await asyncio.to_thread(home.head) if crowd.is_done else None
            if head is not None and crowd.is_at(head):
                return Rest(max(0.0, time.monotonic() - began), head)
            await asyncio.sleep(LOOK_SECONDS)
        return None

    def _results(self, home: Home, crowd: Crowd, rest: Rest | None) -> dict[str, Any]:
        """Read the ledgers, of a crowd that has ended, and the journal."""
        published, journal = crowd.published(), home.journal()
        screens = {child.name: read_rendered(self._ledger(child)) for child in crowd.screens}
        faults = sorted(self._struck, key=lambda struck: struck.at)
        notes = [line for child in crowd.screens for line in read_lines(self._ledger(child))]
        return {
            "verdict": check(published, journal, screens, rest.head if rest else None).to_json(),
            "rest_seconds": round(rest.seconds, 2) if rest else None,
            "integrity": home.integrity(),
            "faults": [self._line(struck) for struck in faults],
            "kills": sum(struck.kind in KILLS for struck in faults),
            "recovery": self._recovery(faults, crowd, screens),
            "failed_starts": home.failed_starts,
            "broken": crowd.broken,
            "storage_offline_seen": sum("storage_offline" in line for line in notes),
            "signed_out": sum("signed_out" in line for line in notes),
        }

    def _ledger(self, child: Child) -> Path:
        return self._place.directory / f"{child.name}.ledger"

    def _recovery(
        self, faults: Sequence[Struck], crowd: Crowd, shown: Mapping[str, Sequence[Rendered]]
    ) -> dict[str, Any]:
        greeted = {child.name: read_greeted(self._ledger(child)) for child in crowd.screens}
        screens = {name: Screen(rendered, greeted[name]) for name, rendered in shown.items()}
        wanted = ((Kind.KILL_BRIDGE, next_event), (Kind.KILL_BRIDGE, younger_alert), (Kind.KILL_BROKER, younger_alert))
        return {
            f"{kind.name.lower()} {back.__name__}": self._figures(list(recoveries(kind, faults, screens, back)))
            for kind, back in wanted
        }

    def _figures(self, measured: Sequence[Recovery]) -> dict[str, Any]:
        return {
            "all": _spread([one.seconds for one in measured]),
            "alone": _spread([one.seconds for one in measured if one.is_alone]),
            "each": [
                {"at": round(one.at - self._began, 2), "seconds": round(one.seconds, 2), "alone": one.is_alone}
                for one in measured
            ],
        }

    def _line(self, struck: Struck) -> dict[str, Any]:
        at, lasted = round(struck.at - self._began, 2), round(struck.until - struck.at, 2)
        return {"at": at, "kind": struck.kind.value, "victim": struck.victim, "seconds": lasted}


def _spread(seconds: Sequence[float]) -> dict[str, Any]:
    return {
        "kills": len(seconds),
        "median_seconds": round(median(seconds), 2) if seconds else None,
        "worst_seconds": round(max(seconds), 2) if seconds else None,
    }
