"""The stories of a home, as endless generators of steps; the same seed tells the same story. No I/O, no wall clock."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Final

from devices_sim.actions import Action, Arrive, FindNetwork, LoseNetwork, Raise, Report, Step
from devices_sim.members import NEWCOMER_ID, Member
from devices_sim.sensors import Sensors
from homeguard.events import Severity

NEWCOMER_AFTER_SECONDS: Final = 20.0  # long enough to see the home without it
CALM_SECONDS: Final = 20.0  # between two break-ins or scans
SMALL_ALERT_SHARE: Final = 0.06  # of what happens in a quiet home
OUTAGE_SHARE: Final = 0.2  # of what happens on bad Wi-Fi
OUTAGE_SECONDS: Final = (3.0, 12.0)
MAX_SCANNED: Final = 8  # devices a scanner tries before it rests
SCANNED_PORTS: Final = (21, 22, 23, 80, 443, 554, 1883, 8080, 8443, 49152)

Small = tuple[str, Severity, str]
_UNKNOWN: Final[tuple[Small, ...]] = (("New device talks to the internet", Severity.LOW, "network"),)
_SMALL_ALERTS: Final[dict[str | None, tuple[Small, ...]]] = {
    "camera": (("Person at the door", Severity.LOW, "motion"), ("Cat in the garden", Severity.INFO, "motion")),
    "lock": (("Door left open", Severity.MEDIUM, "access"), ("Unlocked with a code", Severity.INFO, "access")),
    "motion": (("Motion", Severity.INFO, "motion"), ("Battery is getting low", Severity.LOW, "battery")),
    "thermostat": (("A window is open while heating", Severity.LOW, "climate"),),
    "tv": (("Firmware update is waiting", Severity.INFO, "maintenance"),),
    "phone": (("Joined the guest network", Severity.INFO, "network"),),
}


class Scenario(StrEnum):
    """The stories that can be told."""

    QUIET_HOME = "quiet_home"
    BREAK_IN = "break_in"
    PORT_SCAN = "port_scan"
    BAD_WIFI = "bad_wifi"
    ALERT_STORM = "alert_storm"

    @property
    def default_rate(self) -> float:
        """Events a second over the whole home, where nothing else is said."""
        return 300.0 if self is Scenario.ALERT_STORM else 1.0


class Home:
    """The state of the story: who is there, what they measure, and how late it is."""

    def __init__(self, members: Sequence[Member], rate: float, seed: int, begins_at_hour: float) -> None:
        """Begin with everybody there but the newcomer."""
        self.rate = rate
        self.chance = random.Random(f"{seed}")  # noqa: S311  # a story, not a secret
        self.seconds = 0.0
        self.present = [member for member in members if member.id != NEWCOMER_ID]
        self.awaited = [member for member in members if member.id == NEWCOMER_ID]
        self.sensors = {member.id: Sensors(member.kind, self.chance) for member in members}
        self._begins_at_hour = begins_at_hour

    @property
    def hour(self) -> float:
        """The hour of the day, 0 to 24."""
        return (self._begins_at_hour + self.seconds / 3600) % 24

    def step(self, member: Member, action: Action, delay_seconds: float | None = None) -> Step:
        """Let a device do something, after a pause that gives the home its rate unless told otherwise."""
        delay = self.chance.expovariate(self.rate) if delay_seconds is None else delay_seconds
        self.seconds += delay
        return Step(delay, member.id, action)

    def anyone(self) -> Member:
        """Choose one of those present."""
        return self.chance.choice(self.present)

    def one(self, kind: str) -> Member:
        """Choose one of a kind, or anyone where there is none of it."""
        return self.chance.choice([member for member in self.present if member.kind == kind] or self.present)

    def report(self, member: Member, delay_seconds: float | None = None) -> Step:
        """Let a device say what it measures."""
        return self.step(member, Report(self.sensors[member.id].read(self.hour)), delay_seconds)

    def small_alert(self, member: Member) -> Step:
        """Let a device raise something of every day."""
        reason, severity, category = self.chance.choice(_SMALL_ALERTS.get(member.kind, _UNKNOWN))
        return self.step(member, Raise(reason, severity, category))

    def routine(self) -> Step:
        """Do what is done on any day: mostly telemetry, now and then a small alert."""
        member = self.anyone()
        return self.small_alert(member) if self.chance.random() < SMALL_ALERT_SHARE else self.report(member)

    def calm(self) -> Iterator[Step]:
        """Let nothing happen for a while."""
        until = self.seconds + CALM_SECONDS
        while self.seconds < until:
            yield self.routine()


def story(
    scenario: Scenario, members: Sequence[Member], *, rate: float, seed: int, begins_at_hour: float = 20.0
) -> Iterator[Step]:
    """Tell a story for ever: `rate` events a second over the whole home; the hour changes only what is measured."""
    home = Home(members, rate, seed, begins_at_hour)
    if not home.present:  # a home of nobody but the newcomer
        home.present, home.awaited = home.awaited, []
    for member in home.present:
        yield home.step(member, Arrive(member), 0.0)
    yield from chain.from_iterable(_with_newcomer(home, step) for step in _TOLD[scenario](home))


def _with_newcomer(home: Home, step: Step) -> Iterator[Step]:
    yield step
    if home.awaited and home.seconds >= NEWCOMER_AFTER_SECONDS:
        newcomer = home.awaited.pop()
        home.present.append(newcomer)
        yield home.step(newcomer, Arrive(newcomer), 0.0)
        yield home.step(
            newcomer, Raise("A device that nobody knows joined the network", Severity.MEDIUM, "network"), 0.0
        )


def _quiet_home(home: Home) -> Iterator[Step]:
    while True:
        yield home.routine()


def _break_in(home: Home) -> Iterator[Step]:
    while True:
        yield from home.calm()
        motion, lock, camera = home.one("motion"), home.one("lock"), home.one("camera")
        yield home.step(motion, Raise("Motion while nobody is home", Severity.HIGH, "intrusion"))
        yield home.step(camera, Raise("Person at the back door", Severity.HIGH, "intrusion", {"confidence": 0.93}))
        yield home.step(lock, Raise("Three wrong codes", Severity.HIGH, "access", {"attempts": 3}))
        home.sensors[lock.id].is_locked = False
        yield home.step(lock, Raise("Lock forced open", Severity.CRITICAL, "intrusion"))
        yield home.report(lock)
        yield home.step(camera, Raise("Camera covered", Severity.CRITICAL, "tampering"))
        yield home.step(motion, Raise("Motion in the hall", Severity.HIGH, "intrusion"))
        home.sensors[lock.id].is_locked = True
        yield home.report(lock)


def _port_scan(home: Home) -> Iterator[Step]:
    while True:
        yield from home.calm()
        source = next((member for member in home.present if member.kind is None), None) or home.one("tv")
        targets = [member for member in home.present if member is not source] or [source]
        for target in home.chance.sample(targets, min(MAX_SCANNED, len(targets))):
            ports = sorted(home.chance.sample(SCANNED_PORTS, 4))
            details = {"source_ip": source.ip, "source_device": source.id, "ports": ports}
            yield home.step(target, Raise(f"Port scan from {source.ip}", Severity.HIGH, "network", details))
        yield home.step(home.one("camera"), Raise(f"Telnet log-ins from {source.ip}", Severity.CRITICAL, "network"))


def _bad_wifi(home: Home) -> Iterator[Step]:
    for sensors in home.sensors.values():
        sensors.has_weak_signal = True
    away: dict[str, _Outage] = {}
    while True:
        yield home.routine()
        member, share, seconds = home.anyone(), home.chance.random(), home.chance.uniform(*OUTAGE_SECONDS)
        if share < OUTAGE_SHARE and member.id not in away:
            away[member.id] = _Outage(member, home.seconds, home.seconds + seconds)
            yield home.step(member, LoseNetwork(), 0.0)
        for outage in [outage for outage in away.values() if outage.until <= home.seconds]:
            del away[outage.member.id]
            details = {"seconds": round(home.seconds - outage.since)}
            yield home.step(outage.member, FindNetwork(), 0.0)
            yield home.step(outage.member, Raise("Was offline", Severity.LOW, "connectivity", details), 0.0)


@dataclass(frozen=True, slots=True)
class _Outage:
    member: Member
    since: float
    until: float


def _alert_storm(home: Home) -> Iterator[Step]:
    while True:
        yield home.small_alert(home.anyone())


_TOLD: Final[dict[Scenario, Callable[[Home], Iterator[Step]]]] = {
    Scenario.QUIET_HOME: _quiet_home,
    Scenario.BREAK_IN: _break_in,
    Scenario.PORT_SCAN: _port_scan,
    Scenario.BAD_WIFI: _bad_wifi,
    Scenario.ALERT_STORM: _alert_storm,
}
