"""The bench measures what it says: exact counts on a running HomeGuard, and a page that follows from its results."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench import document
from bench.figures import faults, stages
from bench.goals import goals

ROOT = Path(__file__).parents[2]
SMALL = Path(__file__).with_name("small.json")
PAGE = Path(__file__).with_name("small.md")


@pytest.fixture(scope="module")
def small():
    return json.loads(SMALL.read_text())


@pytest.mark.skipif(shutil.which("cc") is None, reason="no cc: the bench's client is a C program")
def test_bench_counts_every_frame_of_a_running_homeguard(tmp_path):
    out = tmp_path / "smoke.json"
    subprocess.run([sys.executable, "-m", "bench", "--size", "smoke", "--out", out], cwd=ROOT, check=True, timeout=100)
    results = json.loads(out.read_text())
    assert faults(results) == 0
    for stage in stages(results, "paced", scenario="ratios"):
        assert stage["frames"] == stage["events_published"] * 20
        assert stage["complete"]
    assert {run["server"] for run in results["runs"] if run["scenario"] == "ratios"} == {"c-loop", "homeguard"}
    (back,) = stages(results, "lose")
    assert (back["lost"], back["resumed"], back["complete"]) == (20, 20, True)


def test_page_is_that_of_its_results(small):
    assert document.document(small) == PAGE.read_text()


def test_committed_page_is_that_of_the_committed_results():
    results = json.loads((ROOT / "bench" / "results" / "full.json").read_text())
    notes = document.NOTES.read_text() if document.NOTES.exists() else ""
    assert document.document(results, notes) == document.DOCUMENT.read_text()


def test_goals_say_what_was_not_measured(small):
    measured = {goal.what: goal.met for goal in goals({**small, "runs": [], "blocks": {}})}
    assert set(measured.values()) == {None}


def test_faults_count_what_was_missing(small):
    broken = json.loads(json.dumps(small))
    broken["runs"][0]["stages"][-1]["missing"] = 3
    assert (faults(small), faults(broken)) == (0, 3)
