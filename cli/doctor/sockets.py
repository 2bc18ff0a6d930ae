"""Who listens where, as the kernel knows it."""

import re
import socket
import struct
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final, NamedTuple

LISTEN: Final = "0A"  # TCP_LISTEN in /proc/net/tcp


class Listening(NamedTuple):
    """An address and a port where a process takes connections."""

    address: IPv4Address | IPv6Address
    port: int

    @property
    def is_local(self) -> bool:
        """Say whether only this machine reaches it."""
        return self.address.is_loopback

    @property
    def reachable_host(self) -> str:
        """Name an address under which this machine reaches it."""
        if not self.address.is_unspecified:
            return str(self.address)
        return "127.0.0.1" if self.address.version == 4 else "::1"

    def __str__(self) -> str:
        """Write it as in a URL."""
        return f"{self.address}:{self.port}" if self.address.version == 4 else f"[{self.address}]:{self.port}"


def listening_sockets(pid: int) -> list[Listening]:
    """Tell where a process listens, in order. Blocks.

    Raises:
        OSError: it is somebody else's, or gone.
    """
    own = _socket_inodes(pid)
    found: set[Listening] = set()
    for table in ("tcp", "tcp6"):
        path = Path(f"/proc/{pid}/net/{table}")
        if path.exists():  # a machine may have no IPv6
            found |= {place for inode, place in _listening(path.read_text(encoding="ascii")) if inode in own}
    return sorted(found, key=lambda place: (place.port, place.address.version, int(place.address)))


def _socket_inodes(pid: int) -> set[str]:
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue  # closed since
        if match := re.fullmatch(r"socket:\[(\d+)\]", target):
            inodes.add(match[1])
    return inodes


def _listening(table: str) -> list[tuple[str, Listening]]:
    rows = [line.split() for line in table.splitlines()[1:]]
    return [(row[9], _place(row[1])) for row in rows if row[3] == LISTEN]


def _place(text: str) -> Listening:
    """Read `0100007F:1F90`: 32-bit words in the order of the machine, the port in that of people."""
    words, _, port = text.partition(":")
    raw = b"".join(struct.pack("=I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8))
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    return Listening(ip_address(socket.inet_ntop(family, raw)), int(port, 16))
