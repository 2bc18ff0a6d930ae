"""`python -m bench [--quick]`: measures, and writes results, plots and docs/benchmarks.md."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from bench import blocks, machine, namespace
from bench.build import build
from bench.document import goals_text, write_document
from bench.plots import draw
from bench.processes import ROOT, CannotMeasure, Cores, raise_file_limit
from bench.scenarios import FULL, QUICK, SMOKE, Session
from bench.server import Place
from bench.servers import SERVERS, install_ws, left_out

SIZES: Final = {"full": FULL, "quick": QUICK, "smoke": SMOKE}
_DIRECTORY: Final = "HOMEGUARD_BENCH_DIRECTORY"  # made before the namespace is entered, which has no network
RESULTS: Final = ROOT / "bench" / "results"


def main() -> int:
    """Run what was asked for."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    is_inside = namespace.INSIDE in os.environ
    directory = Path(os.environ.get(_DIRECTORY) or tempfile.mkdtemp(prefix="homeguard-bench-"))
    try:
        if not is_inside:
            if options.size == "full":
                install_ws(directory)
            os.environ[_DIRECTORY] = str(directory)
        return _run(options, directory, in_namespace=namespace.enter("bench", sys.argv[1:]))
    except CannotMeasure as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("bench: stopped\n")
        return 130
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full", help="how much is run (default: full)")
    parser.add_argument("--out", type=Path, help="the JSON file (default: bench/results/SIZE.json)")
    parser.add_argument("--nice", type=int, default=0, help="priority on a box that others use too: -10 (as root)")
    return parser.parse_args()


def _run(options: argparse.Namespace, directory: Path, *, in_namespace: bool) -> int:
    raise_file_limit()
    if options.nice:
        os.setpriority(os.PRIO_PROCESS, 0, options.nice)
    node_modules = directory if (directory / "node_modules" / "ws").is_dir() else None
    place = Place(build(directory), Cores.choose(), directory, node_modules)
    size = SIZES[options.size]
    missing = left_out([*SERVERS] if size.others else size.servers, in_namespace, place)
    results: dict[str, Any] = {
        "size": options.size,
        "taken_at": machine.now(),
        "machine": {**machine.machine(), "nice": options.nice},
        "versions": machine.versions(),
        **machine.revision(),
        "left_out": missing,
        "runs": [],
    }
    for name, reason in missing.items():
        _say(f"left out: {name}: {reason}")
    began = time.monotonic()
    for run in Session(place, size, missing, _say).run():
        results["runs"].append(run)
    if options.size != "smoke":
        results["blocks"] = blocks.measure(_say)
    results["minutes"] = round((time.monotonic() - began) / 60, 1)
    path = options.out or RESULTS / f"{options.size}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    _say(f"results: {path}")
    if options.size == "full" and options.out is None:
        draw(results)
        write_document(results)
    sys.stdout.write("\n" + goals_text(results))
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"bench: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
