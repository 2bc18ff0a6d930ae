"""Draws the plots of the page, as SVG and PNG, where matplotlib is installed."""

import importlib
import sys
from typing import Any, Final

from bench.figures import Results, cpu_of_all, deliveries_a_second, stages
from bench.processes import ROOT
from bench.tables import LABELS

TARGET: Final = ROOT / "docs" / "benchmarks"


def draw(results: Results) -> None:
    """Draw all plots, or say why not."""
    try:
        matplotlib: Any = importlib.import_module("matplotlib")
    except ImportError:
        sys.stderr.write("bench: no plots: matplotlib is not installed (bench/requirements.lock)\n")
        return
    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "homeguard", "axes.grid": True, "grid.alpha": 0.3, "font.size": 9})
    plots: Any = importlib.import_module("matplotlib.pyplot")
    TARGET.mkdir(exist_ok=True)
    for name, plot in (
        ("deliveries", _deliveries),
        ("cpu", _cpu),
        ("latency", _latency),
        ("memory", _memory),
        ("append", _append),
    ):
        figure, axes = plots.subplots(figsize=(7, 4))
        plot(axes, results)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=7)
        figure.tight_layout()
        for ending in ("svg", "png"):
            figure.savefig(TARGET / f"{name}.{ending}", metadata={"Date": None} if ending == "svg" else None, dpi=110)
        plots.close(figure)


def _by_clients(axes: Any, results: Results, stage: str, figure: Any) -> None:
    for server, label in LABELS.items():
        points = [(s["clients"], figure(s)) for s in stages(results, stage, scenario="everybody", server=server)]
        if points:
            axes.plot(*zip(*points, strict=True), marker="o", markersize=3, label=label.replace("`", ""))
    axes.set(xscale="log", yscale="log", xlabel="clients")


def _deliveries(axes: Any, results: Results) -> None:
    _by_clients(axes, results, "saturate", deliveries_a_second)
    axes.set(ylabel="deliveries a second, saturated")


def _cpu(axes: Any, results: Results) -> None:
    _by_clients(axes, results, "paced", cpu_of_all)
    axes.set(ylabel="µs of CPU a delivery, one frame a write")


def _latency(axes: Any, results: Results) -> None:
    for server in ("homeguard", "mosquitto"):
        found = list(stages(results, "paced", scenario="latency", server=server))
        for name, line in (("p50", "--"), ("p99", "-"), ("max", ":")):
            points = [(s["rate"], s["latency_ms"][name]) for s in found]
            if points:
                axes.plot(*zip(*points, strict=True), line, marker="o", markersize=3, label=f"{LABELS[server]}, {name}")
    axes.set(xscale="log", yscale="log", xlabel="events a second", ylabel="ms from publish to socket, 500 clients")


def _memory(axes: Any, results: Results) -> None:
    told = list(stages(results, "progress", scenario="million"))
    if told:
        axes.plot([s["events"] for s in told], [s["resident"]["server"] / 1e6 for s in told], label="HomeGuard")
        axes.plot([s["events"] for s in told], [s["resident"]["broker"] / 1e6 for s in told], label="its broker")
    axes.set(xlabel="events passed, 50 clients, 10 % stalled", ylabel="resident memory, MB", ylim=(0, None))


def _append(axes: Any, results: Results) -> None:
    found = list(stages(results, "saturate", scenario="growth"))
    sizes = [s["run"]["journal_events"] / 1e6 for s in found]
    axes.plot(sizes, [s["events_done"] / s["measured_seconds"] for s in found], marker="o", label="HomeGuard")
    axes.set(xlabel="million events in the journal", ylabel="events a second to disk and ten sockets", ylim=(0, None))
