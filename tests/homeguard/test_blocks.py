"""The state of a block adds up wish and reports, and never claims what was not proved."""

import pytest

from homeguard.blocks import Block
from homeguard.events import BlockReport, ReportState

AT = "2026-11-23T20:00:00.000Z"


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
        ({"broker": ("enforced", "c2"), "firewall": ("not_in_path", "c2")}, "enforced"),
        ({"firewall": ("not_in_path", "c2")}, "pending"),
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
    ],
)
def test_release_is_over_when_everybody_who_held_has_let_go(reports, state):
    assert with_reports(Block(desired=False, command_id="c2"), **reports).state == state
