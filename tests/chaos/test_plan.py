"""A plan is repeatable, and breaks only what it may."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chaos.plan import KILLS, Kind, draw


def test_same_seed_draws_the_same_plan_and_another_one_another():
    assert draw(1, 100, set(Kind)) == draw(1, 100, set(Kind))
    assert draw(1, 100, set(Kind)) != draw(2, 100, set(Kind))


def test_full_run_breaks_everything_about_once_a_second_and_kills_enough():
    plan = draw(1, 500, set(Kind))
    assert {fault.kind for fault in plan} == set(Kind)
    assert 250 < len(plan) < 600
    assert sum(fault.kind in KILLS for fault in plan) >= 100


@given(st.integers(0, 1000), st.sets(st.sampled_from(Kind)))
def test_a_fault_that_lasts_is_over_before_its_kind_comes_again(seed, kinds):
    plan = draw(seed, 200, kinds)
    assert {fault.kind for fault in plan} <= kinds
    for kind in kinds:
        for one, next_one in pairwise(fault for fault in plan if fault.kind is kind):
            assert next_one.at > one.at + one.seconds


def test_haste_shortens_what_lasts():
    assert all(fault.seconds <= 2 for fault in draw(1, 500, set(Kind), haste=5))
