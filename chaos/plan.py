"""Draws what will be broken, and when: the same seed gives the same plan."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What can be done to a running home."""

    KILL_BRIDGE = "kill -9 bridge"
    KILL_BROKER = "kill -9 broker"
    KILL_PUBLISHER = "kill -9 publisher"
    KILL_SCREEN = "kill -9 screen"
    RESTART_BROKER = "restart broker"
    STOP_BRIDGE = "stop bridge"
    STALL_SCREEN = "stall screen"
    CUT = "cut connections"
    HALF_OPEN = "half-open connections"
    LOSE = "lose 20 % of packets"
    FILL_DISK = "fill disk"
    LOCK_DATABASE = "lock database"
    STEP_CLOCK = "step clock 1 h"


KILLS: Final = frozenset({Kind.KILL_BRIDGE, Kind.KILL_BROKER, Kind.KILL_PUBLISHER, Kind.KILL_SCREEN})
NEED_NFTABLES: Final = frozenset({Kind.CUT, Kind.HALF_OPEN, Kind.LOSE})

# How often each is drawn, of 100, and for how many seconds it lasts. What stops everything is rare, or nothing else
# would be seen: locked, full and stopped together take a quarter of the time.
_DRAWN: Final[dict[Kind, tuple[int, float]]] = {
    Kind.KILL_BRIDGE: (12, 0.0),
    Kind.KILL_BROKER: (8, 0.0),
    Kind.KILL_PUBLISHER: (14, 0.0),
    Kind.KILL_SCREEN: (13, 0.0),
    Kind.RESTART_BROKER: (6, 0.0),
    Kind.STOP_BRIDGE: (2, 5.0),
    Kind.STALL_SCREEN: (12, 6.0),
    Kind.CUT: (12, 0.5),
    Kind.HALF_OPEN: (5, 0.0),
    Kind.LOSE: (6, 4.0),
    Kind.FILL_DISK: (3, 5.0),
    Kind.LOCK_DATABASE: (2, 10.0),
    Kind.STEP_CLOCK: (5, 8.0),
}
_PAUSE_SECONDS: Final = (0.5, 1.5)  # between two faults: about one a second, at no rhythm …
QUIET_SECONDS: Final = 2.5  # after a kill of HomeGuard's nothing begins, or its recovery would never be seen …
_REST_SECONDS: Final = (QUIET_SECONDS, 4.0)  # … and soon after that something does


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to break: when after the beginning, for how long, and a number that picks the victim."""

    at: float
    kind: Kind
    seconds: float
    pick: int


@dataclass(frozen=True, slots=True)
class Struck:
    """One fault as it happened: whom it struck, from when to when, in seconds of CLOCK_MONOTONIC."""

    kind: Kind
    victim: str
    at: float
    until: float


def draw(seed: int, seconds: float, kinds: Collection[Kind], *, haste: float = 1.0) -> list[Fault]:
    """Draw the faults of so many seconds, in their order. A kind that lasts is not begun again before its end.

    With `haste` everything lasts that much shorter.
    """
    dice = random.Random(seed)  # noqa: S311 - it must repeat itself
    ends: dict[Kind, float] = {}
    faults: list[Fault] = []
    at = dice.uniform(*_PAUSE_SECONDS)
    while at < seconds:
        free = [kind for kind in Kind if kind in kinds and ends.get(kind, 0.0) <= at]
        pause = _PAUSE_SECONDS
        if free:
            kind = dice.choices(free, [_DRAWN[kind][0] for kind in free])[0]
            lasts = _DRAWN[kind][1] / haste
            faults.append(Fault(at, kind, lasts, dice.randrange(1_000_000)))
            ends[kind] = at + lasts + _PAUSE_SECONDS[0] if lasts else at
            if kind in (Kind.KILL_BRIDGE, Kind.KILL_BROKER):
                pause = _REST_SECONDS
        at += dice.uniform(*pause)
    return faults
