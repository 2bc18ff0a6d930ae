"""The tables of the page, each from the runs of one scenario; empty where it was not run."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bench.figures import (
    Results,
    bytes_a_connection,
    client_share,
    cpu_a_delivery,
    cpu_an_event,
    cpu_of_all,
    deliveries_a_second,
    foreign_share,
    is_held,
    middle,
    stages,
)
from bench.measure import Stage

LABELS: Final = {
    "homeguard": "HomeGuard",
    "homeguard-apart": "HomeGuard, its broker on the client's core",
    "mosquitto": "Mosquitto's websockets listener",
    "send-json": "FastAPI, `send_json` in a loop",
    "broadcast": "`websockets`' broadcast",
    "node-ws": "node's ws",
    "centrifugo": "Centrifugo, its unidirectional WebSocket",
    "c-loop": "C, a `send` for each frame",
    "c-joined": "C, up to 64 frames a `send`",
}
Row = tuple[str, ...]


def all_tables(results: Results) -> list[str]:
    """Write those for which there are runs."""
    made = (_ratios(results), _everybody(results), _latency(results), _memory(results), _connections(results))
    return [*filter(None, made), *filter(None, (_stalled(results), _append(results), _blocks(results)))]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; every column but the first holds numbers or short words."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _section(title: str, head: Sequence[str], rows: Iterable[Row], remark: str = "") -> str:
    written = list(rows)
    if not written:
        return ""
    return f"## {title}\n\n{remark}{table(head, written)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _rate_and_cost(paced: list[Stage], saturated: list[Stage]) -> Row:
    """Write the columns that the first two tables share, medians over the stages given."""
    return (
        f"{middle([cpu_a_delivery(s) for s in paced]):.2f} µs",
        f"{middle([cpu_of_all(s) for s in paced]):.2f} µs",
        f"{middle([deliveries_a_second(s) for s in saturated]):,.0f}",
        f"{middle([cpu_of_all(s) for s in saturated]):.3f} µs",
        f"{middle([s['frames'] / max(s['reads'], 1) for s in saturated]):.1f}",
        _percent(middle([client_share(s) for s in saturated]) or 0),
        _percent(middle([foreign_share(s) for s in saturated]) or 0),
    )


_COST_HEAD: Final = (
    *("CPU a delivery, paced", "with its broker", "deliveries a second, saturated", "CPU a delivery, saturated"),
    *("frames a read", "client's core", "others"),
)


def _ratios(results: Results) -> str:
    rows = []
    for server, label in LABELS.items():
        paced = list(stages(results, "paced", scenario="ratios", server=server))
        saturated = list(stages(results, "saturate", scenario="ratios", server=server))
        if paced and saturated:
            latency = f"{middle([s['latency_ms']['p50'] for s in paced]):.1f} / "
            latency += f"{middle([s['latency_ms']['p99'] for s in paced]):.1f} ms"
            rows.append((label, latency, *_rate_and_cost(paced, saturated)))
    cost = middle(cpu_an_event(stage) for stage in stages(results, "paced", scenario="alone"))
    remark = ""
    if cost is not None:
        remark = (
            f"With one client HomeGuard takes {cost:,.0f} µs of CPU for an event (decode, commit, one delivery): what "
            "is divided among the clients in the CPU a delivery.\n\n"
        )
    return _section("Side by side", ("server", "p50 / p99, paced", *_COST_HEAD), rows, remark)


def _everybody(results: Results) -> str:
    rows = []
    for count in sorted({run["clients"] for run in results["runs"] if run["scenario"] == "everybody"}):
        for server, label in LABELS.items():
            paced = list(stages(results, "paced", scenario="everybody", server=server, clients=count))
            saturated = list(stages(results, "saturate", scenario="everybody", server=server, clients=count))
            if paced and saturated:
                rows.append((f"{count:,}", label, *_rate_and_cost(paced, saturated)))
    return _section("Clients", ("clients", "server", *_COST_HEAD), rows, "One run each.\n\n")


def _latency(results: Results) -> str:
    rows = []
    for stage in stages(results, "paced", scenario="latency"):
        latency = stage["latency_ms"]
        times = tuple(f"{latency[name]:.1f} ms" for name in ("p50", "p99", "max"))
        held = "yes" if is_held(stage) else "no: saturated"
        rows.append(
            (f"{stage['rate']:,.0f}", LABELS[stage["run"]["server"]], *times, held, _percent(foreign_share(stage)))
        )
    head = ("events a second", "server", "p50", "p99", "max", "kept up", "others")
    return _section("Latency from MQTT publish to socket, 500 clients", head, rows)


def _memory(results: Results) -> str:
    rows = [
        (f"{run['clients']:,}", LABELS[run["server"]], f"{held / 1000:.1f} KB")
        for run in results["runs"]
        if run["scenario"] in ("crowd", "everybody") and run["clients"] >= 1_000
        if (held := bytes_a_connection(run)) is not None
    ]
    return _section("Memory of an idle connection", ("clients", "server", "resident, each"), rows)


def _connections(results: Results) -> str:
    rows = list(_connect_rows(results))
    head = ("clients", "server", "connections a second", "handshake p50", "p99", "others")
    remark = "64 handshakes under way at a time. HomeGuard verifies a token; of the peers none does.\n\n"
    return _section("New connections", head, rows, remark) + _back(results)


def _connect_rows(results: Results) -> Iterator[Row]:
    for scenario in ("crowd", "back", "everybody"):
        for stage in stages(results, "connect", scenario=scenario):
            if stage["clients"] < 1_000:
                continue
            times = stage["handshake_ms"]
            yield (
                f"{stage['clients']:,}",
                LABELS[stage["run"]["server"]],
                f"{stage['per_second']:,.0f}",
                f"{times['p50']:.1f} ms",
                f"{times['p99']:.1f} ms",
                _percent(foreign_share(stage)),
            )


def _back(results: Results) -> str:
    for stage in stages(results, "lose"):
        run = stage["run"]
        return (
            f"\nAfter `kill -9` of HomeGuard with {stage['clients']:,} clients: it answers again after "
            f"{run['started_at'] - run['killed_at']:.1f} s, all are back after "
            f"{stage['all_back_at'] - run['killed_at']:.1f} s and have everything after "
            f"{stage['complete_at'] - run['killed_at']:.1f} s. {stage['resumed']:,} resumed, {stage['gaps']} gaps, "
            f"{stage['missing']} events missing, {stage['doubled']} doubled, while 20 events a second were published.\n"
        )
    return ""


def _stalled(results: Results) -> str:
    rows = []
    for percent in (None, 10):
        paced = list(stages(results, "paced", scenario="stalled", stalled_percent=percent))
        saturated = list(stages(results, "saturate", scenario="stalled", stalled_percent=percent))
        saturated = [s for s in saturated if s["run"]["stages"][-1]["frames"] == s["frames"]]  # the last of each run
        if paced:
            who = f"{paced[0]['readers']} readers" + (
                f" beside {paced[0]['clients'] - paced[0]['readers']} stalled" if percent else ""
            )
            latency = tuple(f"{middle([s['latency_ms'][name] for s in paced]):.1f} ms" for name in ("p50", "p99"))
            rate = f"{middle([deliveries_a_second(s) for s in saturated]):,.0f}" if saturated else "—"
            rows.append((who, *latency, rate))
    return _section("Stalled clients", ("", "p50 at 200 a second", "p99", "deliveries a second, saturated"), rows)


def _append(results: Results) -> str:
    rows = []
    for stage in stages(results, "saturate", scenario="growth"):
        run = stage["run"]
        paced = next(s for s in run["stages"] if s["stage"] == "paced")
        rows.append(
            (
                f"{run['journal_events']:,}",
                f"{run['journal_bytes'] / 1e9:.2f} GB",
                f"{stage['events_done'] / stage['measured_seconds']:,.0f}",
                f"{cpu_an_event(stage):.0f} µs",
                f"{paced['latency_ms']['p99']:.1f} ms",
                _percent(foreign_share(stage)),
            )
        )
    head = ("events in the journal", "on disk", "events a second", "CPU an event", "p99 at 100 a second", "others")
    return _section(
        "Appending as the journal grows", head, rows, "MQTT to ten sockets, the broker on the same core.\n\n"
    )


def _blocks(results: Results) -> str:
    blocks = results.get("blocks", {})
    rows = [(t["what"], f"{t['median_ms']:.0f} ms", f"{t['worst_ms']:.0f} ms") for t in blocks.get("broker", [])]
    if many := blocks.get("many"):
        what = f"{many['count']:,} blocks at once, until the last is proved"
        rows.append((what, f"{many['seconds']:.1f} s", f"{many['worst_seconds']:.1f} s"))
    for one in blocks.get("firewall", []):
        what = f"firewall: one block more, {one['size']:,} in the set, read back"
        rows.append((what, f"{one['median_ms']:.0f} ms", f"{one['worst_ms']:.0f} ms"))
    if repair := blocks.get("repair"):
        what = "firewall: flushed by hand, until it is reported that all is in force again"
        rows.append((what, f"{repair['median_ms']:.0f} ms", f"{repair['worst_ms']:.0f} ms"))
    for leak in blocks.get("leaks", []):
        what = f"firewall, {leak['shape']}: the last frame of the device, from the report on"
        rows.append((what, "—", f"{leak['last_ms']:+.0f} ms"))
    left_out = "".join(f"Left out: {name}: {why}.\n\n" for name, why in blocks.get("left_out", {}).items())
    return _section("Blocks", ("", "median", "worst"), rows, _taken(blocks) + left_out)


def _taken(blocks: Results) -> str:
    if not blocks:
        return ""
    load = f"load before: {blocks['load_before']:.2f}"
    return f"Measured {blocks['taken_at']}, git {blocks['revision']}, {load}.\n\n"
