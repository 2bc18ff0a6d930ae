"""A small home in network namespaces: a gateway, two devices and an internet, as real as the kernel makes them.

The namespaces have no names: they are there as long as somebody holds them open, so a killed test leaves nothing
behind, and nothing outside is touched. A thread that enters one sees its network, and so do the programs it starts.
"""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

CLONE_NEWNET: Final = 0x40000000  # unshare(2), setns(2)
_libc = ctypes.CDLL(None, use_errno=True)

PATH: Final = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"  # ordinary users lack the latter

Result = TypeVar("Result")

ROUTED, BRIDGED = "routed", "bridged"
INTERNET4, INTERNET6 = "203.0.113.2", "2001:db8:ffff::2"  # RFC 5737, RFC 3849: examples
MACS: Final = ("02:00:5e:10:00:0a", "02:00:5e:10:00:0b")  # of the two devices


class Namespace:
    """One network namespace."""

    def __init__(self) -> None:
        self._fd = in_thread(_make)
        self.path = f"/proc/{os.getpid()}/fd/{self._fd}"
        # Addresses are there at once: nobody else can have them.
        self.write("/proc/sys/net/ipv6/conf/default/accept_dad", "0")
        self.run("ip link set lo up")

    def close(self) -> None:
        os.close(self._fd)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Be in it with this thread, and with what it starts, until the end of the block."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter(self._fd)
            try:
                yield
            finally:
                _enter(before)
        finally:
            os.close(before)

    def run(self, commands: str, given: str | None = None) -> str:
        """Run commands in it, one a line; return what they print."""
        printed = []
        with self.entered():
            for command in filter(None, map(str.strip, commands.splitlines())):
                done = subprocess.run(
                    command.split(), input=given, capture_output=True, text=True, timeout=10, env={"PATH": PATH}
                )
                assert done.returncode == 0, f"{command}: {done.stderr}"
                printed.append(done.stdout)
        return "".join(printed)

    def nft(self, commands: str) -> str:
        """Run nft's own language in it."""
        return self.run("nft -f -", commands)

    def write(self, path: str, text: str) -> None:
        """Set a kernel parameter of it."""
        with self.entered():
            Path(path).write_text(text)

    def socket(self, family: int, kind: int) -> socket.socket:
        """Open a socket that stays in it."""
        with self.entered():
            return socket.socket(family, kind)


def in_thread(function: Callable[[], Result]) -> Result:
    """Call something in a thread of its own, whose namespace nobody else has; raise what it raises."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001  told below
            errors.append(error)

    thread = threading.Thread(target=work, name="namespace")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _make() -> int:
    _checked(_libc.unshare(CLONE_NEWNET))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _enter(fd: int) -> None:
    _checked(_libc.setns(fd, CLONE_NEWNET))


def _checked(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def why_not() -> str | None:
    """Say why there can be no home here: no programs, or a kernel that forbids namespaces; None where there can."""
    missing = [name for name in ("ip", "nft", "setpriv") if shutil.which(name, path=PATH) is None]
    if missing:
        return f"missing: {', '.join(missing)} (sh tools/setup.sh firewall)"
    try:
        os.close(in_thread(_make))
    except OSError as error:
        return f"no network namespaces for this user: {error}"
    return None


@dataclass
class Host:
    """A device, or the internet."""

    ns: Namespace
    ip4: str
    ip6: str
    mac: str


class Home:
    """The gateway and what hangs on it.

    `shape` is ROUTED, where each device has a network and an interface of its own, or BRIDGED, where both are in one
    network on ports of a bridge that is the gateway's (`lan`). In both the internet is behind `wan`.
    """

    def __init__(self, shape: str) -> None:
        self.shape = shape
        self._made: list[Namespace] = []
        self.gateway = self._namespace()
        self.gateway.write("/proc/sys/net/ipv4/ip_forward", "1")
        self.gateway.write("/proc/sys/net/ipv6/conf/all/forwarding", "1")
        if shape == BRIDGED:
            self.gateway.run("ip link add lan type bridge\nip link set lan address 02:00:5e:10:00:01 up")
            self.gateway.run("ip addr add 192.0.2.1/24 dev lan\nip -6 addr add 2001:db8:1::1/64 dev lan nodad")
        self.devices = [self._device(number) for number in range(2)]
        self.internet = self._internet()
        self.gateway_mac = "02:00:5e:10:00:01"  # of its bridge
        self.gateway_ip4 = "192.0.2.1"
        self.gateway_ip6 = "2001:db8:1::1"

    @property
    def ports(self) -> list[str]:
        return ["dev0", "dev1"]

    def close(self) -> None:
        for namespace in self._made:
            namespace.close()

    def _namespace(self) -> Namespace:
        namespace = Namespace()
        self._made.append(namespace)
        return namespace

    def _device(self, number: int) -> Host:
        ns, port, mac = self._namespace(), f"dev{number}", MACS[number]
        self._wire(port, ns, mac)
        net = number + 1 if self.shape == ROUTED else 1
        ip4, gateway4 = (f"192.0.{net + 1}.{10 + number}", f"192.0.{net + 1}.1")
        ip6, gateway6 = (f"2001:db8:{net}::{10 + number}", f"2001:db8:{net}::1")
        if self.shape == BRIDGED:
            self.gateway.run(f"ip link set {port} master lan")
        else:
            self.gateway.run(f"ip addr add {gateway4}/24 dev {port}\nip -6 addr add {gateway6}/64 dev {port} nodad")
        ns.run(f"ip addr add {ip4}/24 dev eth0\nip -6 addr add {ip6}/64 dev eth0 nodad")
        ns.run(f"ip route add default via {gateway4}\nip -6 route add default via {gateway6}")
        return Host(ns, ip4, ip6, mac)

    def _internet(self) -> Host:
        ns, mac = self._namespace(), "02:00:5e:10:00:ff"
        self._wire("wan", ns, mac)
        self.gateway.run("ip addr add 203.0.113.1/24 dev wan\nip -6 addr add 2001:db8:ffff::1/64 dev wan nodad")
        self.gateway.run(f"ip route add default via {INTERNET4}\nip -6 route add default via {INTERNET6}")
        ns.run(f"ip addr add {INTERNET4}/24 dev eth0\nip -6 addr add {INTERNET6}/64 dev eth0 nodad")
        ns.run("ip route add default via 203.0.113.1\nip -6 route add default via 2001:db8:ffff::1")
        return Host(ns, INTERNET4, INTERNET6, mac)

    def _wire(self, port: str, ns: Namespace, mac: str) -> None:
        self.gateway.run(f"ip link add {port} type veth peer name eth0 address {mac} netns {ns.path}")
        self.gateway.run(f"ip link set {port} up")
        ns.run("ip link set eth0 up")
