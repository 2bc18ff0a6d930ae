"""Measures the firewall in network namespaces: how long a block takes, and what still passes afterwards.

`python -m bench.firewall` prints the figures, in about half a minute; needs root (or the right to make namespaces),
nftables and iproute2. The figures are in docs/blocking.md.
"""

import asyncio
import statistics
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Final

from bench.processes import CannotMeasure
from enforce.enforcer import Wish
from enforce.firewall.enforcer import FirewallEnforcer
from enforce.reconcile import Report
from homeguard.events import ReportState
from tests.enforce.driving import held, wish
from tests.enforce.netns import BRIDGED, ROUTED, Home, why_not
from tests.enforce.traffic import Traffic, now
from tests.waiting import until

SIZES: Final = (1, 50, 1_000)  # of the set in which one device more is blocked
ROUNDS: Final = 21
RECONCILES: Final = 200
QUIET_SECONDS: Final = 0.3
GRACE_SECONDS: Final = 0.1  # after the report, in which what was on its way may arrive


@dataclass(frozen=True, slots=True)
class Enforced:
    """How long `enforce()` took for one block more: the kernel asked, one transaction, everything read back."""

    size: int
    median_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class Leak:
    """What passed a block; `last_ms` is when the last frame arrived, counted from the report (before it: negative)."""

    shape: str
    frames_before: int
    last_ms: float
    reconciles: int
    leaked: int


@dataclass(frozen=True, slots=True)
class Repair:
    """How long somebody's `nft flush ruleset` held: from its start to the report that all is in force again."""

    median_ms: float
    worst_ms: float


def main() -> None:
    """Measure, and print."""
    for enforced in measure_enforce():
        print(f"{enforced.size} in the set: median {enforced.median_ms:.0f} ms, worst {enforced.worst_ms:.0f} ms")
    repair = measure_repair()
    print(f"flushed by hand and in force again: median {repair.median_ms:.0f} ms, worst {repair.worst_ms:.0f} ms")
    for leak in measure_leaks():
        print(
            f"{leak.shape}: {leak.frames_before} frames before the block, the last one {leak.last_ms:+.1f} ms from "
            f"the report; {leak.leaked} in {leak.reconciles} reconciles after it"
        )


def measure_enforce(sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> list[Enforced]:
    """Time one block more in sets of some sizes, on a gateway with a bridge, where there is most to write.

    Raises:
        CannotMeasure: the kernel or the machine does not let us.
    """
    home = _home(BRIDGED)
    try:
        with home.gateway.entered():
            return [asyncio.run(_enforce(size, rounds)) for size in sizes]
    finally:
        home.close()


def measure_repair(rounds: int = ROUNDS) -> Repair:
    """Flush the ruleset by hand again and again, under the eyes of the core.

    Raises:
        CannotMeasure: the kernel or the machine does not let us.
    """
    home = _home(BRIDGED)
    try:
        with home.gateway.entered():
            return asyncio.run(_repair(home, rounds))
    finally:
        home.close()


def measure_leaks(reconciles: int = RECONCILES) -> list[Leak]:
    """Count what passes a block while the set is exchanged again and again, on both kinds of gateway.

    Raises:
        CannotMeasure: the kernel or the machine does not let us.
    """
    leaks = []
    for shape in (ROUTED, BRIDGED):
        home = _home(shape)
        try:
            with home.gateway.entered(), Traffic(home) as traffic:
                leaks.append(asyncio.run(_leak(home, traffic, reconciles)))
        finally:
            home.close()
    return leaks


def _home(shape: str) -> Home:
    if reason := why_not():
        raise CannotMeasure(reason)
    return Home(shape)


async def _enforce(size: int, rounds: int) -> Enforced:
    enforcer = FirewallEnforcer()
    others = _crowd(size - 1)
    took = []
    for _ in range(rounds):
        await enforcer.enforce(others)
        begun = perf_counter()
        found = await enforcer.enforce(others | {"one": Wish("one", True, "c", "02:00:5e:10:00:0a")})
        took.append((perf_counter() - begun) * 1e3)
        _require(found["one"].state is ReportState.ENFORCED, found["one"].detail)
    return Enforced(size, statistics.median(took), max(took))


async def _repair(home: Home, rounds: int) -> Repair:
    took = []
    async with held(FirewallEnforcer(), wish()) as drifted:
        for number in range(rounds):
            await asyncio.sleep(QUIET_SECONDS)  # so that nothing of the repair before is still being looked at
            begun = perf_counter()
            home.gateway.nft("flush ruleset")
            await until(partial(_has_more, drifted, number))
            took.append((perf_counter() - begun) * 1e3)
            report = drifted[-1].finding
            _require(report.state is ReportState.ENFORCED, report.detail)
    return Repair(statistics.median(took), max(took))


def _has_more(reports: list[Report], than: int) -> bool:
    return len(reports) > than


async def _leak(home: Home, traffic: Traffic, reconciles: int) -> Leak:
    enforcer = FirewallEnforcer()
    device = {"one": Wish("one", True, "c", home.devices[0].mac)}
    await asyncio.sleep(0.5)  # of talk, before it is cut
    found = await enforcer.enforce(device)
    reported_at = now()
    _require(found["one"].state is ReportState.ENFORCED, found["one"].detail)
    for number in range(reconciles):
        await enforcer.enforce(device | _crowd(50, number % 2))
    await asyncio.sleep(GRACE_SECONDS)
    frames = [at for sniffer in traffic.sniffers for at, _ in sniffer.frames]
    before = [at for at in frames if at <= reported_at + GRACE_SECONDS]
    return Leak(home.shape, len(before), (max(before) - reported_at) * 1e3, reconciles, len(frames) - len(before))


def _crowd(size: int, which: int = 0) -> dict[str, Wish]:
    macs = (f"02:00:5e:2{which}:{number >> 8:02x}:{number & 255:02x}" for number in range(size))
    return {mac.replace(":", ""): Wish(mac.replace(":", ""), True, "c", mac) for mac in macs}


def _require(is_so: bool, why: str | None) -> None:
    if not is_so:
        raise CannotMeasure(why or "the block was not enforced")


if __name__ == "__main__":
    main()
