"""The goals of DESIGN 7 that are about this side of HomeGuard, and how far a run met them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.figures import (
    Results,
    bytes_a_connection,
    cpu_a_delivery,
    deliveries_a_second,
    fan_out_ratio,
    ingested_a_second,
    is_held,
    middle,
    p99,
    paired_ratio,
    stages,
)

FLAT: Final = 1.05  # memory after all events, by memory after the first fifth of them: a wobble is no growth
A_CROWD: Final = 1_000  # connections from which on their rate means something


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the table. `value` is None where the run did not measure it."""

    what: str
    limit: str
    measured: str
    met: bool | None


def goals(results: Results) -> list[Goal]:
    """Hold a run against every goal."""
    return [make(results) for make in _GOALS]


def _judge(what: str, limit: str, value: float | None, text: str, met: Callable[[float], bool]) -> Goal:
    if value is None:
        return Goal(what, limit, "not measured", None)
    return Goal(what, limit, text.format(value), met(value))


def _cpu(results: Results) -> Goal:
    value = paired_ratio(results, "paced", cpu_a_delivery, "homeguard", "c-loop")
    what = "CPU a delivery, 500 clients, one frame a write, journalling included"
    return _judge(what, "≤ 1.3 × a C `send` loop", value, "{:.2f} ×", lambda ratio: ratio <= 1.3)


def _fan_out(results: Results) -> Goal:
    what = "the same, fan-out alone: without what an event costs HomeGuard with a single client"
    limit = "≤ 1.3 × a C `send` loop"
    return _judge(what, limit, fan_out_ratio(results), "{:.2f} ×", lambda ratio: ratio <= 1.3)


def _deliveries(results: Results) -> Goal:
    value = paired_ratio(results, "saturate", deliveries_a_second, "homeguard", "mosquitto")
    what = "deliveries a second from MQTT to 500 sockets, everything journalled first"
    return _judge(what, "≥ 25 × Mosquitto's listener", value, "{:.1f} ×", lambda ratio: ratio >= 25)


def _latency(results: Results) -> Goal:
    value = paired_ratio(results, "paced", p99, "homeguard", "mosquitto")
    what = "p99 from publish to socket, 500 clients, 50 events a second"
    return _judge(what, "≤ 1.0 × Mosquitto's listener", value, "{:.2f} ×", lambda ratio: ratio <= 1.0)


def _memory(results: Results) -> Goal:
    runs = [run for run in results["runs"] if run["scenario"] == "crowd"]
    most = max(runs, key=lambda run: run["clients"], default=None)
    value = bytes_a_connection(most) if most else None
    what = f"memory of an idle connection, {most['clients']:,} connected" if most else "memory of an idle connection"
    return _judge(what, "≤ 10 KB", value and value / 1000, "{:.1f} KB", lambda kilobytes: kilobytes <= 10)


def _handshakes(results: Results) -> Goal:
    found = [
        *stages(results, "connect", scenario="crowd", server="homeguard"),
        *stages(results, "connect", scenario="back", server="homeguard"),
    ]
    value = middle(stage["per_second"] for stage in found if stage["clients"] >= A_CROWD)
    what = "new connections a second, token verified"
    return _judge(what, "≥ 1,500", value, "{:,.0f}", lambda rate: rate >= 1_500)


def _back(results: Results) -> Goal:
    what, limit = "clients back and complete after `kill -9` and a restart", "≤ 10 s, none with a gap"
    for stage in stages(results, "lose"):
        seconds = stage["complete_at"] - stage["run"]["killed_at"]
        wrong = stage["missing"] + stage["doubled"] + stage["gaps"] + (stage["clients"] - stage["resumed"])
        whole = stage["complete"] and stage["lost"] == stage["clients"] and wrong == 0
        text = f"{stage['clients']:,} in {seconds:.1f} s, {'none with a gap' if whole else 'NOT all complete'}"
        return Goal(what, limit, text, bool(whole and seconds <= 10))
    return Goal(what, limit, "not measured", None)


def stalled_ratio(results: Results) -> float | None:
    """Return the readers' p99 beside stalled clients, by their p99 without them; the median of the repetitions."""
    return middle(
        p99(stage) / p99(alone)
        for stage in stages(results, "paced", scenario="stalled", stalled_percent=10)
        for alone in stages(results, "paced", scenario="stalled", clients=stage["readers"])
        if alone["run"]["repetition"] == stage["run"]["repetition"]
    )


def _ingest(results: Results) -> Goal:
    value = middle(ingested_a_second(stage) for stage in stages(results, "ingest", server="mqtt5"))
    what = "events a second from the broker into a journal of 1,000,000 events, one core"
    return _judge(what, "≥ 20,000", value, "{:,.0f}", lambda rate: rate >= 20_000)


def _links(results: Results) -> Goal:
    value = paired_ratio(results, "ingest", ingested_a_second, "mqtt5", "aiomqtt", scenario="ingest")
    return _judge("the same, beside the link on aiomqtt", "≥ 4 ×", value, "{:.1f} ×", lambda ratio: ratio >= 4)


def _stalled(results: Results) -> Goal:
    held = all(is_held(stage) for stage in stages(results, "paced", scenario="stalled"))
    what = "p99 of the others with 10 % of the clients stalled, 200 events a second"
    return _judge(what, "≤ 1.1 × without them", stalled_ratio(results), "{:.2f} ×", lambda ratio: ratio <= 1.1 and held)


def memory_growth(results: Results) -> float | None:
    """Return the memory at the end of the million by that when a fifth had passed."""
    for run in results["runs"]:
        if run["scenario"] == "million":
            told = [stage for stage in run["stages"] if stage["stage"] == "progress"]
            last = told[-1]["events"]
            early = next(stage for stage in told if stage["events"] >= last / 5)
            return float(told[-1]["resident"]["server"]) / float(early["resident"]["server"])
    return None


def _flat(results: Results) -> Goal:
    passed = max((stage["total_events"] for stage in stages(results, "events")), default=1_000_000)
    what = f"memory while {passed:,} events pass, 10 % of the clients stalled"
    return _judge(what, f"flat (≤ {FLAT} ×)", memory_growth(results), "{:.3f} ×", lambda ratio: ratio <= FLAT)


def _kicked(results: Results) -> Goal:
    times = results.get("blocks", {}).get("broker")
    value = times[0]["median_ms"] if times else None
    what = "from the POST of a block until the device is thrown off the broker, median"
    return _judge(what, "≤ 50 ms", value, "{:.0f} ms", lambda milliseconds: milliseconds <= 50)


def _many_blocks(results: Results) -> Goal:
    many = results.get("blocks", {}).get("many")
    what = "1,000 blocks wished at once, until the last is proved, median"
    return _judge(what, "≤ 2 s", many and many["seconds"], "{:.1f} s", lambda seconds: seconds <= 2)


def _repaired(results: Results) -> Goal:
    repair = results.get("blocks", {}).get("repair")
    what = "`nft flush ruleset` by hand, until it is reported that all is in force again, worst"
    return _judge(what, "≤ 1 s", repair and repair["worst_ms"], "{:.0f} ms", lambda milliseconds: milliseconds <= 1000)


def _leaked(results: Results) -> Goal:
    leaks = results.get("blocks", {}).get("leaks")
    value = sum(leak["leaked"] for leak in leaks) if leaks else None
    what = "frames of a blocked device past the firewall, from 100 ms after the report, over 400 reconciles"
    return _judge(what, "0", value, "{:.0f}", lambda frames: frames == 0)


_GOALS: Final = (
    _cpu,
    _fan_out,
    _deliveries,
    _latency,
    _memory,
    _handshakes,
    _back,
    _ingest,
    _links,
    _stalled,
    _flat,
    _kicked,
    _many_blocks,
    _repaired,
    _leaked,
)
