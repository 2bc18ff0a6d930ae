"""The socket that the server answers on: open long before the server is, so that nobody is refused meanwhile."""

import socket
from typing import Final

from homeguard.errors import Misconfigured

DEAD_PEER_MILLISECONDS: Final = 40_000  # TCP_USER_TIMEOUT: a peer that acknowledges nothing is gone, also mid-write
BACKLOG: Final = 4096  # who waits while the server starts or its loop is busy: every screen comes back at once


def listen(host: str, port: int, send_buffer_bytes: int) -> socket.socket:
    """Bind a TCP socket that listens; what is set on it, every connection inherits.

    Who connects before anybody accepts waits in the kernel, up to `BACKLOG`, and is not refused.

    Raises:
        Misconfigured: the port is taken or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MILLISECONDS)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise Misconfigured(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listener
