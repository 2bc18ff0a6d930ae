"""What is missing is what lies below the highest number and never came, whatever the order of arrival."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from homeguard.numbering import Numbering, count_of

NUMBERS = st.lists(st.integers(1, 60), max_size=80)


def after(*numbers):
    numbering = Numbering()
    for number in numbers:
        numbering.take(number)
    return numbering


@given(NUMBERS)
def test_missing_is_the_complement_of_what_came(numbers):
    numbering = after(*numbers)
    missing = {number for first, last in numbering.missing for number in range(first, last + 1)}
    assert missing == set(range(1, max(numbers, default=0) + 1)) - set(numbers)
    assert count_of(numbering.missing) == len(missing)


@given(NUMBERS)
def test_ranges_ascend_and_do_not_touch(numbers):
    ranges = after(*numbers).missing
    assert all(first <= last for first, last in ranges)
    assert all(left[1] + 1 < right[0] for left, right in pairwise(ranges))


def test_late_number_splits_its_range_and_closes_it():
    numbering = after(1, 6, 4)
    assert numbering.missing == [(2, 3), (5, 5)]
    for number in (5, 2, 3):
        numbering.take(number)
    assert numbering.missing == []


def test_jump_is_one_range_however_far():
    assert after(1, 2**53 - 1).missing == [(2, 2**53 - 2)]
