"""The port is open before the server is."""

import socket

import pytest

from api.listener import listen
from homeguard.errors import Misconfigured

BUFFER_BYTES = 32768


def test_who_connects_before_anybody_accepts_waits_and_is_not_refused():
    with listen("127.0.0.1", 0, BUFFER_BYTES) as listener, socket.create_connection(listener.getsockname(), 2) as early:
        early.sendall(b"hello")
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.recv(5) == b"hello"


def test_port_that_another_has_is_named():
    with listen("127.0.0.1", 0, BUFFER_BYTES) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"cannot listen on 127.0.0.1 port {port}"):
            listen("127.0.0.1", port, BUFFER_BYTES)
