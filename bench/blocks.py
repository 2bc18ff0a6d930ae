"""What `make bench` measures of blocks: at the broker through the whole of HomeGuard, and at the firewall."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from bench import enforce, firewall
from bench.processes import CannotMeasure

Blocks = dict[str, Any]


def measure(say: Callable[[str], None]) -> Blocks:
    """Measure what can be measured here; the rest is told in `left_out`, with the reason."""
    found: Blocks = {"left_out": {}}
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
    return {"count": enforce.MANY, "seconds": asyncio.run(enforce.measure_many())}


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
