"""`python -m chaos`: breaks a running HomeGuard for minutes and counts; exits 1 where anything was lost or doubled."""

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from bench import machine, namespace
from bench.processes import CannotMeasure
from chaos.document import write_document
from chaos.place import place
from chaos.plan import Kind, draw
from chaos.report import mistakes, text
from chaos.run import RESULTS, Run, Size

SIZES: Final = {
    "full": Size(events=21_000, publishers=4, screens=4, seconds=500.0, rest_seconds=120.0),
    "short": Size(events=300, publishers=2, screens=2, seconds=9.0, rest_seconds=60.0, haste=5.0),
}


def main() -> int:
    """Run what was asked for."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    in_namespace = namespace.enter("chaos", sys.argv[1:], "--mount")
    try:
        return _run(options, in_namespace=in_namespace)
    except CannotMeasure as error:
        sys.stderr.write(f"chaos: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("chaos: stopped\n")
        return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full", help="how much is run (default: full)")
    parser.add_argument("--seed", type=int, help="break the same things at the same times as the run that printed it")
    parser.add_argument("--only", nargs="+", choices=[kind.name.lower() for kind in Kind], help="break nothing else")
    parser.add_argument("--nice", type=int, default=0, help="priority on a box that others use too: -10 (as root)")
    parser.add_argument("--out", type=Path, help="the JSON file (default: chaos/results/SIZE.json)")
    return parser.parse_args()


def _run(options: argparse.Namespace, *, in_namespace: bool) -> int:
    for name in [name for name in os.environ if name.startswith("HOMEGUARD_") and name != namespace.INSIDE]:
        del os.environ[name]  # settings of whoever runs this
    if options.nice:
        os.setpriority(os.PRIO_PROCESS, 0, options.nice)
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(options.nice))  # what counts between sessions: sched(7)
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    _say(f"--seed {seed}")
    results: dict[str, Any] = {
        "size": options.size,
        "seed": seed,
        "taken_at": machine.now(),
        "machine": {**machine.machine(), "nice": options.nice},
        "versions": machine.versions(),
        **machine.revision(),
    }
    began = time.monotonic()
    with place(Path(tempfile.mkdtemp(prefix="homeguard-chaos-")), in_namespace=in_namespace) as here:
        results["left_out"] = here.left_out
        for kind, why in here.left_out.items():
            _say(f"left out: {kind}: {why}")
        size = SIZES[options.size]
        wanted = {Kind[name.upper()] for name in options.only} if options.only else set(Kind)
        plan = [fault for fault in draw(seed, size.seconds, wanted, haste=size.haste) if fault.kind in here.kinds]
        results |= asyncio.run(Run(size, plan, here, _say).run())
    results["minutes"] = round((time.monotonic() - began) / 60, 1)
    path = options.out or RESULTS / f"{options.size}.json"
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _say(f"results: {path}")
    if options.size == "full" and options.out is None:
        write_document(results)
    sys.stdout.write("\n" + text(results))
    return 1 if mistakes(results) else 0


def _say(words: str) -> None:
    sys.stdout.write(f"chaos: {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
