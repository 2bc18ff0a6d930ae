"""Holds what was promised against what was stored, and that against what each screen showed. No I/O."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from typing import Any

from chaos.ledger import Published, Rendered

Key = tuple[str, int]  # device and number


@dataclass(frozen=True, slots=True)
class Stored:
    """One event of the alerts channel in the journal; `device` and `number` are None where it is not ours."""

    seq: int
    prev: int
    device: str | None = None
    number: int | None = None
    category: str | None = None


@dataclass(slots=True)
class Count:
    """What was found in one place. All but `events` must be 0."""

    events: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    unadmitted_gaps: int = 0
    admitted_gaps: int = 0  # nothing was trimmed, so there is nothing to admit
    invented: int = 0  # never raised; or, on a screen, never stored
    rejected: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How many mistakes that is."""
        return sum(value for name, value in asdict(self).items() if name not in ("events", "examples"))

    def note(self, what: str, which: object) -> None:
        """Count one mistake; the first few are also named."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.examples) < 10:
            self.examples.append(f"{what.replace('_', ' ')}: {which}")


@dataclass(slots=True)
class Verdict:
    """All of it: begun, kept and proved by the publishers, then the journal, then each screen."""

    begun: int
    kept: int
    proved: int
    journal: Count
    screens: dict[str, Count]
    others: dict[str, int]  # alerts that are not ours, by category

    @property
    def faults(self) -> int:
        """How many mistakes there are in all."""
        return self.journal.faults + sum(count.faults for count in self.screens.values())

    def to_json(self) -> dict[str, Any]:
        """Write it down."""
        return {**asdict(self), "faults": self.faults}


def check(
    published: Mapping[str, Published],
    journal: Sequence[Stored],
    screens: Mapping[str, Sequence[Rendered]],
    head: int | None = None,
) -> Verdict:
    """Judge one run: `published` by device id, the journal by rising `seq`, what each screen showed in its order.

    Screens must have shown everything up to the `head`, by default all of the journal.
    """
    expected = {stored.seq for stored in journal if head is None or stored.seq <= head}
    others = Counter(stored.category or "none" for stored in journal if stored.number is None)
    return Verdict(
        begun=sum(len(one.begun) for one in published.values()),
        kept=sum(len(one.kept) for one in published.values()),
        proved=sum(len(one.proved) for one in published.values()),
        journal=_check_journal(published, journal),
        screens={name: _check_screen(journal, expected, shown) for name, shown in screens.items()},
        others=dict(others),
    )


def _check_journal(published: Mapping[str, Published], journal: Iterable[Stored]) -> Count:
    count = Count()
    times: Counter[Key] = Counter()
    newest: dict[str, int] = {}
    last_seq = 0
    for stored in journal:
        if stored.prev != last_seq:
            count.note("unadmitted_gaps", f"event {stored.seq} follows {stored.prev}, not {last_seq}")
        last_seq = stored.seq
        if stored.device is None or stored.number is None:
            continue
        key = (stored.device, stored.number)
        times[key] += 1
        if stored.device not in published or stored.number not in published[stored.device].begun:
            count.note("invented", key)
        elif times[key] > 1:
            count.note("doubled", key)
        elif stored.number < newest.get(stored.device, 0):
            count.note("out_of_order", key)
        newest[stored.device] = max(newest.get(stored.device, 0), stored.number)
    for device, one in published.items():
        for number in sorted(one.kept.keys() | one.proved):
            if one.kept.get(number) in one.rejected:
                count.note("rejected", (device, number))
            elif (device, number) not in times:
                count.note("lost", (device, number))
    count.events = sum(times.values())
    return count


def _check_screen(journal: Iterable[Stored], expected: Set[int], shown: Iterable[Rendered]) -> Count:
    count = Count()
    stored = {one.seq: one for one in journal}
    seen: set[int] = set()
    last = 0
    for one in shown:
        if one.kind == "gap":
            count.note("admitted_gaps", f"{one.prev} to {one.seq}")
            last = max(last, one.seq)
            continue
        count.events += one.number is not None
        true = stored.get(one.seq)
        if true is None or (true.device, true.number) != (one.device, one.number):
            count.note("invented", one.seq)
        if one.seq in seen:
            count.note("doubled", one.seq)
        elif one.seq < last:
            count.note("out_of_order", one.seq)
        elif one.prev > last:
            count.note("unadmitted_gaps", f"event {one.seq} follows {one.prev}, shown was {last}")
        seen.add(one.seq)
        last = max(last, one.seq)
    for seq in sorted(expected - seen):
        count.note("lost", seq)
    return count
