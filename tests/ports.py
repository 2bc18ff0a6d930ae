"""Ports of loopback: a free one, and whether somebody listens on one."""

import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listens(port: int, host: str = LOOPBACK) -> bool:
    """Say whether a connection succeeds."""
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True
