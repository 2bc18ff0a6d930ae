"""What a device of the story does, and when. Values without I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devices_sim.members import Member
from homeguard.events import Severity


@dataclass(frozen=True, slots=True)
class Arrive:
    """Come to the home and say who one is."""

    member: Member


@dataclass(frozen=True, slots=True)
class Report:
    """Say what is measured."""

    telemetry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise an alert."""

    reason: str
    severity: Severity
    category: str
    details: Mapping[str, Any] | None = field(default=None)


@dataclass(frozen=True, slots=True)
class LoseNetwork:
    """Drop off without a word; the last will speaks."""


@dataclass(frozen=True, slots=True)
class FindNetwork:
    """Come back."""


Action = Arrive | Report | Raise | LoseNetwork | FindNetwork


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story: so many seconds after the step before, this device does this."""

    delay_seconds: float
    device_id: str
    action: Action
