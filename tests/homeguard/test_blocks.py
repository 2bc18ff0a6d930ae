"""The state of a block adds up wish and reports, and never claims what was not proved."""

from dataclasses import replace

import pytest

from homeguard.blocks import VANISHED, Block
from homeguard.events import BlockReport, ReportState

AT = "2026-11-23T20:00:00.000Z"
LATER = "2026-11-23T20:00:01.000Z"


def with_reports(block, **states):
    for enforcer, (state, command_id) in states.items():
        block = block.with_report(BlockReport("cam-1", enforcer, ReportState(state), command_id=command_id), AT)
    return block


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ({}, "pending"),
        ({"broker": ("enforced", "c2")}, "enforced"),
        ({"broker": ("enforced", None)}, "enforced"),
        ({"broker": ("enforced", "c1")}, "pending"),
        ({"broker": ("enforced", "c2"), "firewall": ("failed", "c2")}, "partial"),
        ({"broker": ("enforced", "c2"), "firewall": ("enforced", "c1")}, "pending"),
        ({"broker": ("failed", "c2"), "firewall": ("unavailable", "c2")}, "failed"),
        ({"broker": ("enforced", "c2"), "firewall": ("unavailable", "c2")}, "partial"),
        ({"broker": ("unavailable", "c2"), "firewall": ("unavailable", "c2")}, "pending"),
        ({"broker": ("enforced", "c2"), "firewall": ("not_in_path", "c2")}, "enforced"),
        ({"firewall": ("not_in_path", "c2")}, "failed"),
    ],
)
def test_wished_block_is_what_was_reported_for_this_wish(reports, state):
    assert with_reports(Block(desired=True, command_id="c2"), **reports).state == state


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ({}, "none"),
        ({"broker": ("enforced", "c1")}, "releasing"),
        ({"broker": ("released", "c2")}, "none"),
        ({"broker": ("released", "c2"), "firewall": ("enforced", "c1")}, "releasing"),
        ({"broker": ("released", "c2"), "firewall": ("failed", "c2")}, "releasing"),
        ({"broker": ("released", "c2"), "firewall": ("not_in_path", "c2")}, "none"),
    ],
)
def test_release_is_over_when_everybody_who_held_has_let_go(reports, state):
    assert with_reports(Block(desired=False, command_id="c2"), **reports).state == state


@pytest.mark.parametrize(
    ("desired", "enforcers", "reports", "state"),
    [
        (True, {"firewall": True}, {}, "pending"),
        (True, {"broker": True, "firewall": True}, {"broker": ("enforced", "c2")}, "pending"),
        (True, {"broker": True, "firewall": False}, {"broker": ("enforced", "c2")}, "partial"),
        (True, {"broker": True, "firewall": True}, {"broker": ("not_in_path", "c2")}, "pending"),
        (True, {"firewall": False}, {}, "pending"),
        (False, {"firewall": True}, {}, "releasing"),
        (False, {"firewall": False}, {}, "none"),
        (False, {"firewall": True}, {"firewall": ("released", "c1")}, "releasing"),
        (False, {"firewall": False}, {"firewall": ("enforced", "c1")}, "releasing"),
    ],
)
def test_wish_waits_for_every_enforcer_that_is_known(desired, enforcers, reports, state):
    block = Block(desired=desired, command_id="c2", enforcers=enforcers)
    assert with_reports(block, **reports).state == state


def test_what_a_vanished_enforcer_held_is_unavailable_until_it_is_back():
    block = with_reports(
        Block(desired=True, command_id="c1", enforcers={"broker": True, "firewall": True}),
        broker=("enforced", "c1"),
        firewall=("enforced", "c1"),
    )
    away = replace(block, enforcers={"broker": True, "firewall": False}).without_enforcer("firewall", LATER)
    assert away.state == "partial"
    assert (away.reports["firewall"]["state"], away.reports["firewall"]["detail"]) == ("unavailable", VANISHED)
    assert away.reports["broker"] == block.reports["broker"]
    back = replace(away, enforcers={"broker": True, "firewall": True})
    assert with_reports(back, firewall=("enforced", "c1")).state == "enforced"


def test_unblock_of_what_an_enforcer_that_is_away_holds_is_releasing_until_it_returns():
    held = with_reports(Block(desired=True, command_id="c1", enforcers={"firewall": True}), firewall=("enforced", "c1"))
    unblocked = replace(held, desired=False, command_id="c2", enforcers={"firewall": False})
    assert unblocked.without_enforcer("firewall", LATER).state == "releasing"
    assert with_reports(unblocked, firewall=("released", "c2")).state == "none"


def test_vanished_enforcer_that_had_let_go_changes_nothing():
    free = with_reports(
        Block(desired=False, command_id="c1", enforcers={"firewall": True}), firewall=("released", "c1")
    )
    away = replace(free, enforcers={"firewall": False})
    assert away.without_enforcer("firewall", LATER) == away
    assert away.state == "none"


def test_report_that_says_nothing_new_keeps_the_time_at_which_it_became_so():
    report = BlockReport("cam-1", "broker", ReportState.ENFORCED, 41.0, "kicked", "c1")
    block = Block(desired=True, command_id="c1").with_report(report, AT)
    assert block.with_report(replace(report, took_ms=0.5), LATER) is block
    drifted = block.with_report(replace(report, drifted="enabled by hand"), LATER)
    assert (drifted.reports["broker"]["at"], drifted.reports["broker"]["drifted"]) == (LATER, "enabled by hand")
