"""Runs a program in a network namespace of its own: nothing is seen from outside, no port is taken.

Mosquitto 2.0's websockets listener ignores its bind address (DESIGN 6); in here there is only loopback to listen on.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from typing import Final

INSIDE: Final = "HOMEGUARD_BENCH_INSIDE"  # set where the namespace is ours already
_GET_FLAGS: Final = 0x8913  # SIOCGIFFLAGS, SIOCSIFFLAGS: netdevice(7)
_SET_FLAGS: Final = 0x8914
_UP: Final = 0x1


def enter(module: str, arguments: list[str], *more: str) -> bool:
    """Start `python -m module` again inside a namespace of its own; says False where the system does not let us.

    `more` are further namespaces, in unshare's words. Does not return where it works.
    """
    if os.environ.get(INSIDE):
        _raise_loopback()
        return True
    unshare = shutil.which("unshare")
    for options in (["--net", *more], ["--net", *more, "--user", "--map-root-user"]):
        if unshare and _works([unshare, *options, "true"]):
            environment = {**os.environ, INSIDE: "1"}
            os.execve(unshare, [unshare, *options, sys.executable, "-m", module, *arguments], environment)  # noqa: S606
    return False


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _GET_FLAGS, request))[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", flags | _UP))
