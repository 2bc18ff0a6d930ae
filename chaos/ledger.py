"""What publishers and screens write down while they live: one JSON object a line, never half of one."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

CATEGORY = "ledger"  # of our alerts; what HomeGuard raises itself has another


class Ledger:
    """A file that only grows. A line is one `write`: a kill leaves it there or not at all."""

    def __init__(self, path: Path) -> None:
        """Open it, made on first use."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, *lines: dict[str, Any], is_durable: bool = False) -> None:
        """Append lines; with `is_durable` they are on the disk when it returns."""
        os.write(self._file, b"".join(orjson.dumps(line) + b"\n" for line in lines))
        if is_durable:
            os.fsync(self._file)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read a ledger, oldest line first; nothing where there is none."""
    if path.exists():
        for line in path.read_bytes().splitlines():
            yield orjson.loads(line)


@dataclass(slots=True)
class Published:
    """The ledger of one publisher, by number.

    `begun` are the numbers it was about to raise, `kept` those that were in its outbox when `alert` returned, by id,
    `proved` those it had the proof of. One that was begun and not kept died with its process: it may be in the
    journal, once, or not.
    """

    begun: set[int] = field(default_factory=set)
    kept: dict[int, str] = field(default_factory=dict)
    proved: set[int] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path) -> "Published":
        """Read what a publisher has written so far."""
        published = cls()
        for line in read_lines(path):
            match line:
                case {"begun": number}:
                    published.begun.add(number)
                case {"kept": number, "id": id}:
                    published.kept[number] = id
                case {"proved": number}:
                    published.proved.add(number)
                case {"rejected": id}:
                    published.rejected.add(id)
        return published


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one screen showed: an event, or a `gap` from `prev` to `seq`.

    `device` and `number` are None where it is not one of ours.
    `at` is when, and `born` when the publisher raised it: seconds of CLOCK_MONOTONIC, which all processes share.
    """

    kind: Literal["event", "gap"]
    seq: int
    prev: int
    epoch: str | None = None
    device: str | None = None
    number: int | None = None
    at: float = 0.0
    born: float = 0.0


def read_greeted(path: Path) -> list[float]:
    """Read when the connections of a screen were greeted: seconds of CLOCK_MONOTONIC."""
    return [line["greeted"] for line in read_lines(path) if "greeted" in line]


def read_rendered(path: Path) -> list[Rendered]:
    """Read what a screen has shown so far, in its order."""
    return [Rendered(**line) for line in read_lines(path) if "kind" in line]
