"""The gate counts who is in, and lets in no faster than it may."""

from datetime import UTC, datetime

import pytest

from api.live.limits import Gate, Limits
from homeguard.errors import TooMany, Unavailable

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


class Seconds:
    """A monotonic clock that is moved."""

    now = 0.0

    def __call__(self):
        return self.now


def test_handshakes_beyond_the_rate_are_turned_away_and_come_in_later():
    seconds = Seconds()
    gate = Gate(Limits(100, 100, 100, handshakes_per_second=10), seconds)
    for _ in range(10):
        gate.knock("a")
    with pytest.raises(TooMany, match="handshakes"):
        gate.knock("a")
    seconds.now += 0.1
    gate.knock("a")


def test_those_who_were_turned_away_do_not_keep_others_out():
    seconds = Seconds()
    gate = Gate(Limits(100, 100, 100, handshakes_per_second=1), seconds)
    gate.knock("a")
    for _ in range(100):
        with pytest.raises(TooMany):
            gate.knock("a")
    seconds.now += 1
    gate.knock("b")


def test_place_is_free_when_its_seat_was_left_once():
    gate = Gate(Limits(2, 1, 9, 99))
    seat = gate.enter("a", "ada", NOW)
    with pytest.raises(TooMany, match="ada"):
        gate.enter("b", "ada", NOW)
    gate.enter("b", "bob", NOW)
    with pytest.raises(Unavailable, match="all of its 2"):
        gate.knock("c")
    seat.leave()
    seat.leave()
    gate.enter("b", "ada", NOW)
    with pytest.raises(Unavailable):
        gate.knock("c")


def test_a_network_of_ipv6_has_the_places_of_one_address():
    gate = Gate(Limits(9, 9, 1, 99))
    seat = gate.enter("2001:db8::1", "ada", NOW)
    with pytest.raises(TooMany, match="2001:db8::2"):
        gate.knock("2001:db8::2")
    gate.knock("2001:db8:0:1::2")
    seat.leave()
    gate.knock("2001:db8::2")
