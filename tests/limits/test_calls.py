"""Calls are counted by address and by user, each for itself."""

import pytest

from api.limits.calls import Calls
from homeguard.errors import TooMany
from tests.limits.clock import Seconds


def test_calls_beyond_the_limit_wait_for_the_next_minute():
    seconds = Seconds()
    calls = Calls(per_user=2, per_address=3, seconds=seconds)
    for _ in range(3):
        calls.count_address("192.0.2.1")
    seconds.now += 20
    with pytest.raises(TooMany, match=r"192\.0\.2\.1 has made all of its 3 calls") as refused:
        calls.count_address("192.0.2.1")
    assert refused.value.retry_after_seconds == 40
    calls.count_address("192.0.2.2")
    seconds.now += 40
    calls.count_address("192.0.2.1")


def test_a_user_is_counted_from_wherever_they_call():
    calls = Calls(per_user=2, per_address=3, seconds=Seconds())
    calls.count_user("ann")
    calls.count_user("ann")
    calls.count_user("bob")
    with pytest.raises(TooMany, match="ann"):
        calls.count_user("ann")


def test_a_network_of_ipv6_is_one_address():
    calls = Calls(per_user=2, per_address=1, seconds=Seconds())
    calls.count_address("2001:db8::1")
    with pytest.raises(TooMany):
        calls.count_address("2001:db8::2")
