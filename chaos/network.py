"""Breaks connections on loopback with nftables, inside a network namespace that is the run's own."""

import re
import subprocess
from collections.abc import Collection
from pathlib import Path
from typing import Final

from bench.processes import CannotMeasure, program

# Dead connections are dropped until both ends have given up; then the port may be used by another one.
_TABLE: Final = """
add table inet chaos
add set inet chaos dead {{ type inet_service; flags timeout; timeout 2m; }}
add chain inet chaos cut
add chain inet chaos loss
add chain inet chaos output {{ type filter hook output priority 0; }}
add rule inet chaos output tcp sport @dead drop
add rule inet chaos output tcp dport @dead drop
add rule inet chaos output tcp sport {{ {ports} }} jump cut
add rule inet chaos output tcp dport {{ {ports} }} jump cut
add rule inet chaos output tcp sport {{ {ports} }} jump loss
add rule inet chaos output tcp dport {{ {ports} }} jump loss
"""


_CUT: Final = "add rule inet chaos cut tcp flags & rst == 0 reject with tcp reset\n"  # our own resets must pass
_LOSE: Final = "add rule inet chaos loss numgen random mod 100 < 20 drop\n"

# The bridge finds out by its keep-alive, up to 30 s later, in which nothing is stored: rarer than the others.
_VICTIMS: Final = ("bridge to broker", "screens", "publishers", "screens", "publishers")


class Network:
    """The ports of one run."""

    def __init__(self, web_port: int, mqtt_port: int) -> None:
        """Set the table up; it breaks nothing yet.

        Raises:
            CannotMeasure: there is no nft, or the kernel does not let us.
        """
        self._web_port = web_port
        self._mqtt_port = mqtt_port
        _nft(_TABLE.format(ports=f"{web_port}, {mqtt_port}"))

    def cut(self) -> None:
        """Answer whatever is sent over any connection with a reset."""
        _nft(_CUT)

    def lose(self) -> None:
        """Lose a fifth of all packets."""
        _nft(_LOSE)

    def mend(self, chain: str) -> None:
        """Take what `cut` or `lose` did back."""
        _nft(f"flush chain inet chaos {chain}")

    def half_open(self, pick: int, bridge_pid: int | None) -> str:
        """Let nothing more through on living connections, so that neither end is told; says on which.

        The screens', the publishers', or the bridge's own connection to its broker.
        """
        which = _VICTIMS[pick % len(_VICTIMS)]
        port = self._web_port if which == "screens" else self._mqtt_port
        ours = _sockets_of(bridge_pid)
        dead = {
            local
            for local, remote, inode in _connections()
            if remote == port and (which == "screens" or (inode in ours) == (which == "bridge to broker"))
        }
        if dead:
            _nft(f"add element inet chaos dead {{ {', '.join(map(str, sorted(dead)))} }}")
        return which


def why_not() -> str | None:
    """Say why connections cannot be broken here; None where they can."""
    try:
        _nft(_TABLE.format(ports="1, 2") + _CUT + _LOSE, "--check")
    except CannotMeasure as error:
        return str(error)
    return None


def _nft(commands: str, *options: str) -> None:
    nft = program("nft")
    if nft is None:
        raise CannotMeasure("nft is missing (nftables)")
    words = [nft, *options, "-f", "-"]
    done = subprocess.run(words, input=commands, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise CannotMeasure(f"nft: {done.stderr.strip()}")


def _connections() -> list[tuple[int, int, str]]:
    """List the living IPv4 connections: local port, remote port, inode of the socket (proc(5), `/proc/net/tcp`)."""
    found = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[3] == "01":  # TCP_ESTABLISHED
            found.append((int(words[1].split(":")[1], 16), int(words[2].split(":")[1], 16), words[9]))
    return found


def _sockets_of(pid: int | None) -> Collection[str]:
    """Return the inodes of the sockets that a process has open."""
    if pid is None:
        return ()
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            name = str(descriptor.readlink())
        except OSError:
            continue  # closed meanwhile
        if match := re.fullmatch(r"socket:\[(\d+)\]", name):
            inodes.add(match[1])
    return inodes
