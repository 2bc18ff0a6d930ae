"""Which port a server of ours gets, and what the user is told."""

import socket
from collections.abc import Iterator

import pytest

from bridge.broker.ports import choose_port
from homeguard.errors import Misconfigured

LOOPBACK = "127.0.0.1"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        yield other.getsockname()[1]


def test_free_default_is_used_and_nothing_is_said(taken: int) -> None:
    port, _ = choose_port(None, taken, LOOPBACK)
    assert choose_port(None, port, LOOPBACK) == (port, None)


def test_taken_default_is_replaced_by_the_next_free_one_and_said(taken: int) -> None:
    port, note = choose_port(None, taken, LOOPBACK, option="--port", what="the web server")
    assert taken < port <= taken + 100
    assert note == f"port {taken} is taken, so the web server uses {port} (--port chooses another one)"


@pytest.mark.parametrize("host", [LOOPBACK, ""])
def test_taken_port_that_was_asked_for_names_it_and_the_option(taken: int, host: str) -> None:
    with pytest.raises(Misconfigured, match=f"port {taken} is taken .*--mqtt-port"):
        choose_port(taken, 1883, host)


def test_port_0_asks_for_any_free_one() -> None:
    port, note = choose_port(0, 1883, LOOPBACK)
    assert port >= 1024
    assert note is None


def test_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(Misconfigured, match=r"cannot be used at 192\.0\.2\.1"):
        choose_port(1883, 1883, "192.0.2.1")
