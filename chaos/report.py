"""Says in a table what a run found, and whether it may be believed. No I/O."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

Results = dict[str, Any]
Rows = list[tuple[str, ...]]

# The aim of the full run; a shorter one is judged by its mistakes alone.
AIM_EVENTS: Final = 20_000
AIM_KILLS: Final = 50
AIM_RECOVERY_SECONDS: Final = 2.0

_RECOVERY: Final = {
    "kill_bridge next_event": "the next event after `kill -9` of the bridge",
    "kill_bridge younger_alert": "an alert raised after `kill -9` of the bridge",
    "kill_broker younger_alert": "an alert raised after `kill -9` of the broker",
}
_MISTAKES: Final = ("lost", "doubled", "out_of_order", "unadmitted_gaps", "admitted_gaps", "invented", "rejected")


def mistakes(results: Results) -> list[str]:
    """List everything that must not be, in words; empty where all is well."""
    verdict = results["verdict"]
    places = {"journal": verdict["journal"], **verdict["screens"]}
    found = [
        f"{place}: {count[name]} {name.replace('_', ' ')} ({'; '.join(count['examples'])})"
        for place, count in places.items()
        for name in _MISTAKES
        if count[name]
    ]
    if results["rest_seconds"] is None:
        found.append("it did not come to rest, so what was still on its way counts as lost")
    if verdict["kept"] != verdict["proved"]:
        found.append(f"{verdict['kept'] - verdict['proved']} alerts were kept and never proved")
    if not verdict["proved"]:
        found.append("nothing was proved, so nothing was tested")
    if results["integrity"] != "ok":
        found.append(f"the journal is damaged: {results['integrity']}")
    found += [f"broken by itself: {words}" for words in results["broken"]]
    return found


def aims(results: Results) -> list[tuple[str, str, str, bool]]:
    """Hold the full run against its aims: what, aim, measured, and whether it is met.

    Recovery is judged by the kills with nothing else broken around them: behind a database that somebody locks for
    10 s nobody recovers in 2 s. The other median stands beside it.
    """
    verdict, after = results["verdict"], results["recovery"]["kill_bridge next_event"]
    recovery = after["alone"]["median_seconds"]
    lost, doubled = (_sum(results, name) for name in ("lost", "doubled"))
    return [
        ("alerts proved stored", f"≥ {AIM_EVENTS:,}", f"{verdict['proved']:,}", verdict["proved"] >= AIM_EVENTS),
        ("kills", f"≥ {AIM_KILLS}", str(results["kills"]), results["kills"] >= AIM_KILLS),
        ("lost", "0", str(lost), lost == 0),
        ("doubled", "0", str(doubled), doubled == 0),
        (
            "next event on every screen after `kill -9` of the bridge, median",
            f"≤ {AIM_RECOVERY_SECONDS:g} s",
            f"{seconds(recovery)} alone, {seconds(after['all']['median_seconds'])} with whatever else was broken",
            recovery is not None and recovery <= AIM_RECOVERY_SECONDS,
        ),
    ]


def counts(results: Results) -> tuple[tuple[str, ...], Rows]:
    """Tabulate what was counted in the journal and on each screen."""
    verdict = results["verdict"]
    head = ("", "events", *(name.replace("_", " ") for name in _MISTAKES))
    places = {"journal": verdict["journal"], **verdict["screens"]}
    return head, [
        (place, f"{count['events']:,}", *(str(count[name]) for name in _MISTAKES)) for place, count in places.items()
    ]


def faults(results: Results) -> tuple[tuple[str, ...], Rows]:
    """Tabulate what was broken, how often and for how long in all."""
    times: Counter[str] = Counter()
    lasted: Counter[str] = Counter()
    for fault in results["faults"]:
        times[fault["kind"]] += 1
        lasted[fault["kind"]] += fault["seconds"]
    rows = [
        (kind, str(number), f"{lasted[kind]:.0f} s" if lasted[kind] >= number / 4 else "")
        for kind, number in times.most_common()
    ]
    return ("fault", "times", "in all"), [
        *rows,
        *((kind, "left out", why) for kind, why in results["left_out"].items()),
    ]


def recovery(results: Results) -> tuple[tuple[str, ...], Rows]:
    """Tabulate how long kills were noticed: all, then those with nothing else of HomeGuard's broken around them."""
    rows: Rows = []
    for name, what in _RECOVERY.items():
        row = [what]
        for which in ("all", "alone"):
            figures = results["recovery"][name][which]
            row += [str(figures["kills"]), seconds(figures["median_seconds"]), seconds(figures["worst_seconds"])]
        rows.append(tuple(row))
    return ("until every screen shows", "kills", "median", "worst", "alone", "median", "worst"), rows


def seconds(value: float | None) -> str:
    """Write a duration."""
    return "—" if value is None else f"{value:.2f} s"


def text(results: Results) -> str:
    """Write all of it for a terminal."""
    found = mistakes(results)
    parts = [
        _summary(results),
        *(_aligned(*rows) for rows in (counts(results), faults(results), recovery(results))),
        "\n".join(f"FOUND: {words}" for words in found) or "Nothing lost, nothing doubled, in order, without a gap.",
    ]
    return "\n\n".join(parts) + "\n"


def _summary(results: Results) -> str:
    verdict = results["verdict"]
    return (
        f"{verdict['proved']:,} alerts proved stored, {verdict['begun'] - verdict['kept']} more begun when their "
        f"publisher was killed; {results['kills']} kills among {len(results['faults'])} faults "
        f"(--seed {results['seed']}); at rest after {seconds(results['rest_seconds'])}"
    )


def _sum(results: Results, name: str) -> int:
    verdict = results["verdict"]
    return int(verdict["journal"][name] + sum(count[name] for count in verdict["screens"].values()))


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            word.ljust(width) if column == 0 else word.rjust(width)
            for column, (word, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
