"""Nobody is let go only because a wish has not been heard yet."""

import json

import pytest

from enforce.enforcer import Wish
from enforce.wishes import Wishes
from homeguard.errors import BadInput

MAC = "02:00:5e:10:00:01"


def wish(*, desired=True, **fields):
    return json.dumps({"desired": desired, "command_id": "c1"} | fields).encode()


def count(number):
    return json.dumps({"desired": number}).encode()


def test_nothing_is_known_before_all_wishes_have_come():
    wishes = Wishes()
    wishes.begin_connection()
    assert wishes.hear("cam-1", wish())
    assert not wishes.hear_count(count(2))
    assert not wishes.is_known
    assert "2 devices are blocked, and 1 were heard of" in wishes.missing
    assert wishes.hear("tv-1", wish())
    assert wishes.is_known
    assert set(wishes.current) == {"cam-1", "tv-1"}


def test_broker_that_lost_everything_frees_nobody():
    wishes = Wishes()
    wishes.begin_connection()
    assert "has not said" in wishes.missing
    assert not wishes.is_known


def test_wish_of_before_stands_until_all_have_been_heard_again():
    wishes = Wishes()
    for _ in range(2):
        wishes.begin_connection()
        assert "cam-1" not in wishes.current or wishes.current["cam-1"].desired
        wishes.hear("cam-1", wish())
        wishes.hear_count(count(1))
    wishes.begin_connection()
    wishes.hear("tv-1", wish(desired=False))
    assert wishes.current["cam-1"].desired
    assert wishes.hear_count(count(0))  # cam-1 was removed meanwhile
    assert set(wishes.current) == {"tv-1"}


def test_cleared_wish_is_none():
    wishes = Wishes()
    wishes.begin_connection()
    wishes.hear("cam-1", wish(desired=False))
    wishes.hear_count(count(0))
    assert wishes.hear("cam-1", b"")
    assert wishes.current == {}
    assert not wishes.hear("cam-1", b"")


def test_wish_that_cannot_be_read_leaves_the_one_before(caplog):
    wishes = Wishes()
    wishes.begin_connection()
    wishes.hear("cam-1", wish())
    wishes.hear_count(count(1))
    assert not wishes.hear("cam-1", b'{"desired": "yes"}')
    assert wishes.current["cam-1"].desired
    assert "desired must be true or false" in caplog.text


def test_count_that_cannot_be_read_tells_nothing():
    wishes = Wishes()
    wishes.begin_connection()
    for payload in (b"", b"[]", b'{"desired": "many"}'):
        assert not wishes.hear_count(payload)
    assert not wishes.is_known


def test_wish_is_read_with_its_addresses_in_their_usual_spelling():
    read = Wish.from_payload(
        "cam-1", wish(mac=MAC.upper().replace(":", "-"), ips=["FE80::0001%a b", "192.168.1.20"], by="ada")
    )
    assert (read.mac, read.ips, read.by) == (MAC, ("fe80::1", "192.168.1.20"), "ada")
    assert Wish.from_payload("cam-1", json.dumps(read.to_json()).encode()) == read


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"mac": "localhost"}, "mac"),
        ({"mac": 7}, "mac"),
        ({"ips": ["localhost"]}, "ips"),
        ({"ips": ["10.0.0.0/8"]}, "ips"),
        ({"ips": "10.0.0.1"}, "ips"),
        ({"command_id": ""}, "command_id"),
    ],
)
def test_only_parsed_addresses_get_through(fields, field):
    with pytest.raises(BadInput) as error:
        Wish.from_payload("cam-1", wish(**fields))
    assert error.value.field == field
