"""Passwords cannot be guessed, and whoever guesses keeps nobody out."""

import random

import pytest

from api.limits.memory import MAX_KEYS
from api.limits.sign_ins import EVERYWHERE_PER_HOUR, LONGEST_WAIT_SECONDS, SignIns
from homeguard.errors import TooMany
from tests.limits.clock import Seconds

HOME = "192.0.2.1"
DAY = 24 * 60 * 60


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def sign_ins(seconds):
    return SignIns(seconds=seconds)


def tries(sign_ins, username, address, count):
    """Try wrong passwords; returns how many were looked at."""
    looked_at = 0
    for _ in range(count):
        try:
            sign_ins.attempt(username, address)
            looked_at += 1
        except TooMany:
            pass
    return looked_at


def wait_of(sign_ins, username, address):
    with pytest.raises(TooMany) as refused:
        sign_ins.attempt(username, address)
    return refused.value.retry_after_seconds


def test_a_name_has_five_wrong_tries_from_an_address(sign_ins):
    assert tries(sign_ins, "ann", HOME, 100) == 5
    assert tries(sign_ins, "bob", HOME, 100) == 5


def test_an_address_has_twenty_wrong_tries_a_minute_whatever_the_names(sign_ins, seconds):
    assert sum(tries(sign_ins, f"name-{number}", HOME, 1) for number in range(100)) == 20
    assert wait_of(sign_ins, "ann", HOME) == 60
    seconds.now += 60
    assert tries(sign_ins, "ann", HOME, 1) == 1


def test_the_wait_doubles_with_every_wrong_try_up_to_a_quarter_of_an_hour(sign_ins, seconds):
    tries(sign_ins, "ann", HOME, 5)
    waits = []
    for _ in range(7):
        waits.append(wait_of(sign_ins, "ann", HOME))
        seconds.now += waits[-1]
        sign_ins.attempt("ann", HOME)
    assert waits == [60, 120, 240, 480, 900, 900, 900]
    assert waits[-1] == LONGEST_WAIT_SECONDS


def test_asking_too_early_does_not_make_the_wait_longer(sign_ins, seconds):
    tries(sign_ins, "ann", HOME, 5)
    for _ in range(59):
        seconds.now += 1
        assert wait_of(sign_ins, "ann", HOME) == 1000 + 60 - seconds.now
    seconds.now += 1
    sign_ins.attempt("ann", HOME)


def test_a_right_password_begins_anew(sign_ins, seconds):
    tries(sign_ins, "ann", HOME, 4)
    sign_ins.attempt("ann", HOME).succeeded()
    assert tries(sign_ins, "ann", HOME, 100) == 5


def test_right_passwords_are_never_counted(sign_ins):
    for _ in range(100):
        sign_ins.attempt("ann", HOME).succeeded()
    assert sum(tries(sign_ins, f"name-{number}", HOME, 1) for number in range(100)) == 20


def test_a_right_password_of_ones_own_gives_nobody_more_tries_for_another(sign_ins):
    """Who has an account signs in between guesses at somebody else's."""
    looked_at = 0
    for _ in range(100):
        sign_ins.attempt("mallory", HOME).succeeded()
        looked_at += tries(sign_ins, "ann", HOME, 1)
        if looked_at == 5:
            break
    assert tries(sign_ins, "ann", HOME, 100) == 0
    assert sum(tries(sign_ins, f"name-{number}", HOME, 1) for number in range(100)) == 15


def test_a_thousand_at_once_are_five(sign_ins):
    begun = []
    for _ in range(1000):
        try:
            begun.append(sign_ins.attempt("ann", HOME))
        except TooMany:
            continue
    assert len(begun) == 5


def test_a_try_that_nobody_looked_at_does_not_count(sign_ins):
    for _ in range(100):
        sign_ins.attempt("ann", HOME).withdrawn()
    assert tries(sign_ins, "ann", HOME, 100) == 5


def test_a_stranger_does_not_lock_the_owner_out(sign_ins):
    tries(sign_ins, "ann", "198.51.100.1", 100)
    sign_ins.attempt("ann", HOME).succeeded()


def test_a_name_has_so_many_wrong_tries_an_hour_from_everywhere(sign_ins, seconds):
    addresses = [f"198.51.{third}.{fourth}" for third in range(40) for fourth in range(250)]
    assert sum(tries(sign_ins, "ann", address, 1) for address in addresses) == EVERYWHERE_PER_HOUR
    seconds.now += 60 * 60
    assert tries(sign_ins, "ann", HOME, 1) == 1


@pytest.mark.parametrize("how", ["signed in", "refreshed"])
def test_a_stranger_with_ten_thousand_addresses_does_not_lock_the_owner_out_at_home(sign_ins, how):
    if how == "signed in":
        sign_ins.attempt("ann", HOME).succeeded()
    else:
        sign_ins.came_in("ann", HOME)
    for number in range(10_000):
        tries(sign_ins, "ann", f"198.51.{number // 250}.{number % 250}", 1)
    sign_ins.attempt("ann", HOME).succeeded()
    assert tries(sign_ins, "ann", HOME, 100) == 5


def test_a_network_of_ipv6_is_one_address(sign_ins):
    assert sum(tries(sign_ins, "ann", f"2001:db8:1:2::{number:x}", 1) for number in range(100)) == 5
    assert tries(sign_ins, "ann", "2001:db8:1:3::1", 100) == 5


def test_an_address_of_ipv4_is_one_address_however_it_is_written(sign_ins):
    assert tries(sign_ins, "ann", HOME, 3) + tries(sign_ins, "ann", f"::ffff:{HOME}", 100) == 5


def test_memory_is_bounded_when_everybody_is_somebody_else(sign_ins, seconds):
    for number in range(5 * MAX_KEYS):
        tries(sign_ins, f"name-{number}", f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1", 1)
        seconds.now += 0.01
    assert len(sign_ins) <= 3 * MAX_KEYS


def test_guesses_of_a_day_from_one_address_are_few_however_they_are_spread(seconds):
    choose = random.Random(7)
    for pause in (0.1, 60, 301, 3601):
        sign_ins, looked_at, begun = SignIns(seconds=seconds), 0, seconds.now
        while seconds.now < begun + DAY:
            looked_at += tries(sign_ins, "ann", HOME, 1)
            seconds.now += pause * choose.uniform(0.5, 1.5) if pause > 1 else 7
        assert looked_at <= 130, pause
