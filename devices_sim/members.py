"""Who lives in the home: ids, kinds and what each says of itself on arrival. No I/O."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# The id's first part names the kind; the order is the order of arrival.
KINDS: Final[dict[str, str]] = {
    "cam": "camera",
    "lock": "lock",
    "motion": "motion",
    "thermostat": "thermostat",
    "tv": "tv",
    "phone": "phone",
}
NEWCOMER_ID: Final = "newcomer-1"  # the seventh, and the only one whose kind nobody knows
ROOMS: Final = (
    "Front door",
    "Hall",
    "Kitchen",
    "Living room",
    "Garden",
    "Garage",
    "Bedroom",
    "Cellar",
    "Attic",
    "Study",
)
FIRMWARES: Final = ("1.0.3", "1.4.2", "2.0.0", "2.1.7", "3.2.1")


@dataclass(frozen=True, slots=True)
class Member:
    """One device of the home; `kind` and `name` are None for the newcomer."""

    id: str
    kind: str | None
    name: str | None
    ip: str
    mac: str
    firmware: str | None


def device_ids(n: int) -> list[str]:
    """Return the ids of a home of `n` devices; a larger home begins with the smaller one's."""
    ids = [f"{kind}-{number}" for number in range(1, n // len(KINDS) + 2) for kind in KINDS]
    return [*ids[: len(KINDS)], NEWCOMER_ID, *ids[len(KINDS) :]][:n]


def plan(devices: int, seed: int) -> list[Member]:
    """Return the devices of a home; ids and kinds do not depend on the seed, rooms and firmware do."""
    return describe(device_ids(devices), seed)


def describe(ids: Iterable[str], seed: int) -> list[Member]:
    """Return the devices with these ids, each described by its place among them and the seed."""
    chance = random.Random(seed)  # noqa: S311  # a story, not a secret
    return [_member(id, place, chance) for place, id in enumerate(ids)]


def _member(id: str, place: int, chance: random.Random) -> Member:
    first, _, number = id.rpartition("-")
    kind = KINDS.get(first)
    room, firmware = chance.choice(ROOMS), chance.choice(FIRMWARES)
    return Member(
        id,
        kind,
        f"{room} {kind} {number}" if kind else None,
        f"192.168.{1 + place // 200 % 250}.{20 + place % 200}",
        f"02:00:5e:10:{place // 256 % 256:02x}:{place % 256:02x}",
        firmware if kind else None,
    )
