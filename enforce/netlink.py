"""Listens to groups of netlink: what the kernel tells unasked. Its queue has a limit, and what does not fit is seen."""

import asyncio
import errno
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from homeguard.errors import Unavailable

MAX_DATAGRAM: Final = 64 * 1024  # the kernel's largest message to a group is half of it
MAX_DATAGRAMS_A_TURN: Final = 64  # then others have their turn
RECEIVE_BUFFER: Final = 1024 * 1024


def listen(protocol: int, groups: int) -> socket.socket:
    """Open a socket that hears these groups (a mask, netlink(7)), and never blocks.

    Raises:
        Unavailable: the kernel does not let us.
    """
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        opened.bind((0, groups))
    except OSError as error:
        opened.close()
        why = "it needs the capability CAP_NET_ADMIN" if error.errno == errno.EPERM else str(error)
        raise Unavailable("what the kernel tells", why) from error
    return opened


class Groups:
    """Wakes whoever waits when the kernel has told something that concerns them."""

    def __init__(self, protocol: int, groups: int) -> None:
        """Listen from now on, as `listen` does.

        Raises:
            Unavailable: the kernel does not let us.
        """
        self._socket = listen(protocol, groups)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        self._socket.close()

    async def told(self, tells: Callable[[bytes], bool]) -> None:
        """Return as soon as a datagram tells something, or more was told than fits."""
        while not drain(self._socket, tells):
            await readable(self._socket)


def drain(netlink: socket.socket, tells: Callable[[bytes], bool]) -> bool:
    """Take what waits at a netlink socket; say whether any of it tells something, or did not fit (ENOBUFS)."""
    told = False
    for _ in range(MAX_DATAGRAMS_A_TURN):
        try:
            data = netlink.recv(MAX_DATAGRAM)
        except BlockingIOError:
            break
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            told = True
        else:
            told = told or tells(data)
    return told


async def readable(waited: socket.socket) -> None:
    """Return when something can be received."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(waited, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(waited)
