"""A run is judged by everything that must not be, and the page says what its results say."""

import json
from copy import deepcopy

import pytest

from chaos.document import BEGIN, DOCUMENT, END, inserted
from chaos.report import aims, mistakes, text
from chaos.run import RESULTS


@pytest.fixture(scope="module")
def results():
    return json.loads((RESULTS / "full.json").read_text("utf-8"))


def change(results, *path, to):
    changed = deepcopy(results)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return changed


def test_committed_run_found_nothing_and_was_as_long_as_it_should_be(results):
    """How fast a box comes back is told on the page, and not for a test to judge."""
    assert mistakes(results) == []
    assert [what for what, _, _, is_met in aims(results) if not is_met and "median" not in what] == []
    assert "Nothing lost, nothing doubled" in text(results)


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("verdict", "journal", "lost"), 1),
        (("verdict", "journal", "invented"), 1),
        (("verdict", "screens", "screen-1", "doubled"), 1),
        (("verdict", "screens", "screen-1", "unadmitted_gaps"), 1),
        (("verdict", "proved"), 0),
        (("rest_seconds",), None),
        (("integrity",), "row 3 missing from index"),
        (("broken",), ["screen-1 ended with 1"]),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_anything_that_must_not_be_is_said(results, path, to):
    broken = change(results, *path, to=to)
    assert mistakes(broken)
    assert "FOUND: " in text(broken)


def test_aims_are_missed_by_less_than_was_aimed_at(results):
    slow = change(results, "recovery", "kill_bridge next_event", "alone", "median_seconds", to=2.1)
    assert [what for what, _, _, is_met in aims(slow) if not is_met] == [
        "next event on every screen after `kill -9` of the bridge, median"
    ]


def test_committed_page_has_the_figures_of_the_committed_results(results):
    page = DOCUMENT.read_text("utf-8")
    assert (page.count(BEGIN), page.count(END)) == (1, 1)
    assert inserted(page, results) == page


def test_what_is_written_by_hand_stays(results):
    assert inserted(f"before\n{BEGIN}\nold\n{END}\nafter\n", results).startswith(f"before\n{BEGIN}\n")
    assert inserted(f"before\n{BEGIN}\nold\n{END}\nafter\n", results).endswith(f"{END}\nafter\n")
