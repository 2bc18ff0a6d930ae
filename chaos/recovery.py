"""How long a kill is noticed on the screens. No I/O."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chaos.ledger import Rendered
from chaos.plan import QUIET_SECONDS, Kind, Struck

# What strikes those outside leaves HomeGuard as it is.
OUTSIDE: Final = frozenset({Kind.KILL_PUBLISHER, Kind.KILL_SCREEN, Kind.STALL_SCREEN})


@dataclass(frozen=True, slots=True)
class Screen:
    """What one screen rendered, in its order, and when its connections were greeted."""

    rendered: Sequence[Rendered]
    greeted: Sequence[float]


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from one kill until every screen, but those that were struck themselves, was back."""

    at: float  # the kill, in seconds of CLOCK_MONOTONIC
    seconds: float
    is_alone: bool  # nothing else of HomeGuard's was broken at the kill, or in the quiet after it


Back = Callable[[float, Screen], float | None]


def next_event(kill: float, screen: Screen) -> float | None:
    """Tell when a screen first rendered an event over a connection made after the kill."""
    greeted = bisect_right(screen.greeted, kill)
    if greeted == len(screen.greeted):
        return None
    later = bisect_right(screen.rendered, screen.greeted[greeted], key=lambda one: one.at)
    return screen.rendered[later].at if later < len(screen.rendered) else None


def younger_alert(kill: float, screen: Screen) -> float | None:
    """Tell when a screen first rendered an alert that was raised after the kill, behind all that was raised before."""
    later = bisect_right(screen.rendered, kill, key=lambda one: one.at)
    return next((one.at for one in screen.rendered[later:] if one.born > kill), None)


def recoveries(kind: Kind, faults: Sequence[Struck], screens: Mapping[str, Screen], back: Back) -> Iterable[Recovery]:
    """Measure each kill of this kind; one that no screen came back from, or none that was not struck, is left out.

    Whether a kill was alone depends on what was broken around it and not on how long it took: a slow recovery, into
    which the next fault falls, counts like a fast one.
    """
    for kill in (fault for fault in faults if fault.kind is kind):
        returned = {name: back(kill.at, screen) for name, screen in screens.items()}
        seconds = [
            at - kill.at
            for name, at in returned.items()
            if at is not None and not any(_meets(fault, kill.at, at) for fault in faults if fault.victim == name)
        ]
        if seconds:
            others = (fault for fault in faults if fault is not kill and fault.kind not in OUTSIDE)
            is_alone = not any(_meets(fault, kill.at, kill.at + QUIET_SECONDS) for fault in others)
            yield Recovery(kill.at, max(seconds), is_alone)


def _meets(fault: Struck, begin: float, end: float) -> bool:
    return fault.at <= end and fault.until >= begin
