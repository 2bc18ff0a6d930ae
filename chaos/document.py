"""Puts the figures of the full run into docs/reliability.md; `python -m chaos.document` does it without a run."""

import json
from typing import Final

from bench.processes import ROOT
from bench.tables import table
from chaos.report import Results, aims, counts, faults, recovery, seconds

DOCUMENT: Final = ROOT / "docs" / "reliability.md"
BEGIN: Final = "<!-- Written by `make chaos` from chaos/results/full.json, down to the next such line: do not edit. -->"
END: Final = "<!-- From here on written by hand again. -->"


def figures(results: Results) -> str:
    """Write the generated part."""
    return "\n".join(
        (
            _taken(results),
            table(
                ("what", "aim", "measured", ""),
                [(what, aim, measured, "met" if met else "MISSED") for what, aim, measured, met in aims(results)],
            ),
            table(*counts(results)),
            table(*recovery(results)),
            table(*faults(results)),
        )
    )


def inserted(page: str, results: Results) -> str:
    """Return the page with these figures instead of those it has."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{figures(results)}\n{END}{after}"


def write_document(results: Results) -> None:
    """Write the figures into the page."""
    DOCUMENT.write_text(inserted(DOCUMENT.read_text("utf-8"), results), "utf-8")


def _taken(results: Results) -> str:
    box, versions, verdict = results["machine"], results["versions"], results["verdict"]
    changed = " with changes" if results["changed"] else ""
    others = ", ".join(f"{number} of category `{name}`" for name, number in verdict["others"].items()) or "none"
    return (
        f"- {results['taken_at']}, {results['minutes']} minutes, git {results['revision']}{changed}, "
        f"`--seed {results['seed']}`.\n"
        f"- {box['cpu']}, {box['cores']} cores, Linux {box['kernel']}; load before: {box['load_before']:.2f}, "
        f"nice {box['nice']}; Python {versions['python']}, Mosquitto {versions.get('mosquitto', 'unknown')}.\n"
        f"- {verdict['begun']:,} alerts begun, {verdict['kept']:,} of them kept by the outbox before their publisher "
        f"was killed, {verdict['proved']:,} proved. All screens at the head {seconds(results['rest_seconds'])} after "
        f"the last fault. `PRAGMA integrity_check`: {results['integrity']}.\n"
        f"- `homeguard up` could not start and was started again: {results['failed_starts']} times. Screens were told "
        f"that storage is offline {results['storage_offline_seen']} times. Alerts beside the numbered ones: {others}.\n"
    )


if __name__ == "__main__":
    write_document(json.loads((ROOT / "chaos" / "results" / "full.json").read_text("utf-8")))
