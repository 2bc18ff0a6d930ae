"""Figures computed from the stages of a run: what tables, goals and plots are made of."""

import statistics
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bench.measure import Stage

Results = dict[str, Any]


def stages(results: Results, stage: str, **where: Any) -> Iterator[Stage]:
    """Find the stages of one kind in the runs that fit; each knows its run as `run`."""
    for run in results["runs"]:
        if all(run.get(name) == value for name, value in where.items()):
            for found in run["stages"]:
                if found["stage"] == stage:
                    yield {**found, "run": run}


def middle(values: Iterable[float]) -> float | None:
    """Return the median, None where there is nothing."""
    found = list(values)
    return float(statistics.median(found)) if found else None


def deliveries_a_second(stage: Stage) -> float:
    """Frames that reached a socket of a client, per second."""
    return float(stage["frames"]) / float(stage["measured_seconds"])


def cpu_a_delivery(stage: Stage) -> float:
    """Microseconds of CPU of the process that writes to the sockets, for one frame to one client."""
    return float(stage["cpu_seconds"]["server"]) / max(int(stage["frames"]), 1) * 1e6


def cpu_an_event(stage: Stage) -> float:
    """Microseconds of CPU of the process that writes to the sockets, for one event to all its clients."""
    return float(stage["cpu_seconds"]["server"]) / max(int(stage["events_done"]), 1) * 1e6


def cpu_of_all(stage: Stage) -> float:
    """Microseconds of CPU of all processes of the server, its broker too, for one frame to one client."""
    return float(sum(stage["cpu_seconds"].values())) / max(int(stage["frames"]), 1) * 1e6


def foreign_share(stage: Stage) -> float:
    """Share of the server's core that others took, above what the server and its broker used."""
    busy = float(stage["core_busy_seconds"]) - float(sum(stage["cpu_seconds"].values()))
    return max(0.0, busy / float(stage["measured_seconds"]))


def client_share(stage: Stage) -> float:
    """Share of its core that the measuring client used: near 1, it was the limit."""
    return float(stage["client_cpu_seconds"]) / float(stage["measured_seconds"])


def p99(stage: Stage) -> float:
    """Milliseconds within which 99 of 100 deliveries came."""
    return float(stage["latency_ms"]["p99"])


def bytes_a_connection(run: dict[str, Any]) -> float | None:
    """Resident memory that the server's processes gained with the connections of a run, for each of them."""
    connect = next(stage for stage in run["stages"] if stage["stage"] == "connect")
    idle = next((stage for stage in run["stages"] if stage["stage"] == "idle"), None)
    if idle is None:
        return None
    before = sum(connect["resident_before"].values())
    return float(sum(idle["resident"].values()) - before) / float(run["clients"])


def is_held(stage: Stage) -> bool:
    """Say whether a server kept up with a steady rate: at most a quarter of a second of it was under way at the end."""
    return bool(stage["complete"]) and float(stage["backlog"]) <= 2 + stage["rate"] / 4


def paired_ratio(
    results: Results, stage: str, figure: Callable[[Stage], float], ours: str, theirs: str, scenario: str = "ratios"
) -> float | None:
    """Return the median, over the repetitions, of our figure by theirs of the same repetition."""
    ratios = []
    pairs = {found["run"]["repetition"]: found for found in stages(results, stage, scenario=scenario, server=theirs)}
    for found in stages(results, stage, scenario=scenario, server=ours):
        other = pairs.get(found["run"]["repetition"])
        if other is not None and found.get("clients") == other.get("clients"):
            ratios.append(figure(found) / figure(other))
    return middle(ratios)


def fan_out_ratio(results: Results) -> float | None:
    """Return HomeGuard's CPU a delivery by the C loop's, what an event costs with one client taken off first."""
    limits = {s["run"]["repetition"]: s for s in stages(results, "paced", scenario="ratios", server="c-loop")}
    alone = {s["run"]["repetition"]: s for s in stages(results, "paced", scenario="alone")}
    ratios = []
    for stage in stages(results, "paced", scenario="ratios", server="homeguard"):
        repetition = stage["run"]["repetition"]
        if repetition in limits and repetition in alone:
            more = cpu_an_event(stage) - cpu_an_event(alone[repetition])
            ratios.append(more / (stage["clients"] - 1) / cpu_a_delivery(limits[repetition]))
    return middle(ratios)


def ingested_a_second(stage: Stage) -> float:
    """Events that one core took from the broker into the journal, per second."""
    return float(stage["events"]) / float(stage["wall"])


def _ends_of_clients(results: Results) -> list[Stage]:
    return [run["stages"][-1] for run in results["runs"] if run["clients"]]


def faults(results: Results) -> int:
    """Count frames that were missing, came twice or out of order, in all runs."""
    return sum(stage["missing"] + stage["doubled"] + stage["gaps"] for stage in _ends_of_clients(results))


def frames_verified(results: Results) -> int:
    """Count frames that were held against what had to come."""
    return sum(stage["published"] * stage["readers"] for stage in _ends_of_clients(results))
