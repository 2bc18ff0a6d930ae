"""What `make bench` measures of blocks: at the broker through the whole of HomeGuard, and at the firewall.

`python -m bench.blocks` measures them alone, in about a minute, and writes them into the results and the page.
"""

import asyncio
import json
import statistics
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from bench import enforce, firewall, machine
from bench.document import FULL, write_document
from bench.processes import CannotMeasure

Blocks = dict[str, Any]

MANY_ROUNDS: Final = 3


def main() -> None:
    """Measure, and put it in the place of what was measured before."""
    results = json.loads(FULL.read_text())
    results["blocks"] = measure(lambda text: print(f"bench: {text}"))
    FULL.write_text(json.dumps(results, indent=1) + "\n")
    write_document(results)


def measure(say: Callable[[str], None]) -> Blocks:
    """Measure what can be measured here; the rest is told in `left_out`, with the reason."""
    load = machine.machine()["load_before"]
    found: Blocks = {"left_out": {}, "taken_at": machine.now(), "load_before": load, **machine.revision()}
    for name, ask in _ALL.items():
        say(f"blocks: {name}")
        try:
            found[name] = ask()
        except CannotMeasure as error:
            found["left_out"][name] = str(error)
            say(f"left out: {name}: {error}")
    return found


def _at_the_broker() -> list[dict[str, Any]]:
    return [asdict(times) for times in asyncio.run(enforce.measure_blocks())]


def _many() -> dict[str, Any]:
    took = [asyncio.run(enforce.measure_many()) for _ in range(MANY_ROUNDS)]
    return {"count": enforce.MANY, "seconds": statistics.median(took), "worst_seconds": max(took)}


def _at_the_firewall() -> list[dict[str, Any]]:
    return [asdict(enforced) for enforced in firewall.measure_enforce()]


def _repair() -> dict[str, Any]:
    return asdict(firewall.measure_repair())


def _leaks() -> list[dict[str, Any]]:
    return [asdict(leak) for leak in firewall.measure_leaks()]


_ALL: Final = {
    "broker": _at_the_broker,
    "many": _many,
    "firewall": _at_the_firewall,
    "repair": _repair,
    "leaks": _leaks,
}


if __name__ == "__main__":
    main()
