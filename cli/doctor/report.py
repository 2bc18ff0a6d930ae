"""Writes what was found: a calm list for people, JSON for programs."""

import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final

from cli.doctor.examine import Examined, exit_code
from cli.doctor.finding import Finding, State, counted
from cli.errors import printable

MARKS: Final = {State.FINE: "✓", State.WARNING: "!", State.LOSS: "✗", State.UNSEEN: "?"}
COLOURS: Final = {State.FINE: "32", State.WARNING: "33", State.LOSS: "1;31", State.UNSEEN: "36"}
BOLD: Final = "1"
DIM: Final = "2"
NARROWEST: Final = 40  # columns of text; in a narrower terminal the lines are broken by it

Paint = Callable[[str, str], str]


def as_json(examined: Sequence[Examined]) -> str:
    """Write everything, with the exit status."""
    findings = [
        {
            "family": each.family,
            "check": each.check,
            "state": each.finding.state.value,
            "what": each.finding.what,
            "would_lose": each.finding.would_lose,
            "mend": each.finding.mend,
        }
        for each in examined
    ]
    return json.dumps({"exit_code": exit_code(examined), "findings": findings}, indent=1, ensure_ascii=False)


def as_text(examined: Sequence[Examined], *, width: int, is_coloured: bool) -> str:
    """Write a list by family; what is wrong says what it costs and how to mend it. What is pasted is never wrapped."""

    def paint(text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if is_coloured else text

    lines: list[str] = []
    for family, members in groupby(examined, key=lambda each: each.family):
        lines.append(paint(family, BOLD))
        for each in members:
            lines.extend(_lines(each.finding, width, paint))
        lines.append("")
    return "\n".join([*lines, paint(summary(examined), BOLD)])


def _lines(finding: Finding, width: int, paint: Paint) -> Iterator[str]:
    yield from _hanging(f"  {paint(MARKS[finding.state], COLOURS[finding.state])} ", 4, finding.what, width)
    if finding.would_lose:
        yield from _hanging(f"    {paint('loses', DIM)}  ", 11, finding.would_lose, width)
    if finding.mend:
        yield f"    {paint('mend', DIM)}   {printable(finding.mend)}"


def _hanging(head: str, indent: int, text: str, width: int) -> Iterator[str]:
    """Wrap a text behind its head, whose colours have no width."""
    room = max(width - indent, NARROWEST)
    first, *rest = textwrap.wrap(printable(text), room, break_long_words=False, break_on_hyphens=False) or [""]
    yield head + first
    yield from (" " * indent + line for line in rest)


def summary(examined: Sequence[Examined]) -> str:
    """Say it in one sentence."""
    count = Counter(each.finding.state for each in examined)
    said = [
        f"{counted(count[State.LOSS], 'thing')} would cost events, or the control over them"
        if count[State.LOSS]
        else "Nothing seen would be lost",
        *([counted(count[State.WARNING], "warning")] if count[State.WARNING] else []),
        *([f"{counted(count[State.UNSEEN], 'thing')} not visible"] if count[State.UNSEEN] else []),
        f"{count[State.FINE]} fine",
    ]
    return ", ".join(said) + "."
