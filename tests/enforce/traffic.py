"""Everything that a device can say and hear, all the time, and whoever listens on the wire with the kernel's clock."""

import contextlib
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Final, Self

from tests.enforce.netns import Home, Host, Namespace

TICK_SECONDS: Final = 0.002
_CONNECTING: Final = 8  # new connections on their way at once
_SO_TIMESTAMPNS: Final = 35  # asm-generic/socket.h
_ETH_P_ALL: Final = 3


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Udp:
    """Datagrams from both ends to each other."""

    def __init__(self, name: str, ends: tuple[tuple[Namespace, str], tuple[Namespace, str]]) -> None:
        self.name = f"udp {name}"
        self.heard = [0, 0]
        self._sockets = [ns.socket(_family(ip), socket.SOCK_DGRAM) for ns, ip in ends]
        for end, (_, ip) in zip(self._sockets, ends, strict=True):
            end.setblocking(False)
            end.bind((ip, 0))
        self._addresses = [end.getsockname() for end in self._sockets]

    def tick(self) -> None:
        for number, end in enumerate(self._sockets):
            with contextlib.suppress(OSError):
                end.sendto(b"x", self._addresses[1 - number])
            with contextlib.suppress(OSError):
                while end.recv(64):
                    self.heard[number] += 1

    def close(self) -> None:
        for end in self._sockets:
            end.close()


class OpenTcp:
    """A connection that is open before the block, and talks in both directions."""

    def __init__(self, name: str, client: tuple[Namespace, str], server: tuple[Namespace, str]) -> None:
        self.name = f"open tcp {name}"
        self.heard = [0, 0]
        with server[0].socket(_family(server[1]), socket.SOCK_STREAM) as listener:
            listener.bind((server[1], 0))
            listener.listen()
            opened = client[0].socket(_family(client[1]), socket.SOCK_STREAM)
            opened.settimeout(5)
            opened.connect(listener.getsockname())
            self._sockets = [opened, listener.accept()[0]]
        for end in self._sockets:
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def tick(self) -> None:
        for number, end in enumerate(self._sockets):
            with contextlib.suppress(BlockingIOError):
                end.send(b"x")
            with contextlib.suppress(BlockingIOError):
                while heard := end.recv(65536):
                    self.heard[number] += len(heard)

    def close(self) -> None:
        for end in self._sockets:
            end.close()


class NewTcp:
    """Connections that begin again and again; heard is how many the server has taken."""

    def __init__(self, name: str, client: tuple[Namespace, str], server: tuple[Namespace, str]) -> None:
        self.name = f"new tcp {name}"
        self.heard = [0]
        self._client = client
        self._listener = server[0].socket(_family(server[1]), socket.SOCK_STREAM)
        self._listener.bind((server[1], 0))
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._begun: deque[socket.socket] = deque()

    def tick(self) -> None:
        begun = self._client[0].socket(_family(self._client[1]), socket.SOCK_STREAM)
        begun.setblocking(False)
        # Ends with a reset: nothing of it is sent later.
        begun.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        begun.connect_ex(self._listener.getsockname())
        self._begun.append(begun)
        if len(self._begun) > _CONNECTING:
            self._begun.popleft().close()
        with contextlib.suppress(BlockingIOError):
            while True:
                self._listener.accept()[0].close()
                self.heard[0] += 1

    def close(self) -> None:
        self._listener.close()
        for begun in self._begun:
            begun.close()


class Sniffer:
    """Every frame that arrives in a namespace from one MAC or address, or for one, with the time of its arrival."""

    def __init__(self, where: Host, of: Host) -> None:
        self._mac = bytes.fromhex(of.mac.replace(":", ""))
        self._is_own = where is of
        self._ips = (socket.inet_pton(socket.AF_INET, of.ip4), socket.inet_pton(socket.AF_INET6, of.ip6))
        with where.ns.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        self.frames: list[tuple[float, str]] = []

    def tick(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, extra, _, address = self._socket.recvmsg(128, 128)
                if address[2] != socket.PACKET_OUTGOING and self._concerns(frame):
                    seconds, nanoseconds = struct.unpack("ll", extra[0][2][:16])
                    self.frames.append((seconds + nanoseconds / 1e9, frame[:60].hex(" ", 2)))

    def _concerns(self, frame: bytes) -> bool:
        if self._is_own:
            return not frame[0] & 1  # what is for all, it still hears
        return frame[6:12] == self._mac or any(ip in (frame[26:30], frame[22:38]) for ip in self._ips)

    def close(self) -> None:
        self._socket.close()


class Traffic:
    """All of it between a device and the internet, its neighbour and the gateway, and beside it a bystander's."""

    def __init__(self, home: Home) -> None:
        device, neighbour = home.devices
        gateway = Host(home.gateway, home.gateway_ip4, home.gateway_ip6, "")
        self.flows = [
            flow
            for peer_name, peer in (("internet", home.internet), ("neighbour", neighbour), ("gateway", gateway))
            for flow in _flows(peer_name, device, peer)
        ]
        self.bystander = list(_flows("bystander", neighbour, home.internet))
        self.sniffers = [Sniffer(where, device) for where in (device, neighbour, home.internet)]
        self.ticks = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic")
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for one in (*self.flows, *self.bystander, *self.sniffers):
            one.close()
        if self.error:
            raise self.error

    def _run(self) -> None:
        try:
            while not self._stop.wait(TICK_SECONDS):
                for one in (*self.flows, *self.bystander, *self.sniffers):
                    one.tick()
                self.ticks += 1
        except BaseException as error:  # noqa: BLE001  raised where the test ends
            self.error = error

    def frames_after(self, when: float) -> list[str]:
        """Return the frames that arrived somewhere after a time of time.time()."""
        return [frame for sniffer in self.sniffers for at, frame in sniffer.frames if at > when]

    def heard(self) -> dict[str, int]:
        """Return what each end of each flow has heard."""
        return _heard(self.flows)

    def heard_by_bystander(self) -> dict[str, int]:
        return _heard(self.bystander)


def all_rise(before: dict[str, int], now: dict[str, int]) -> bool:
    """Tell whether every end has heard something since."""
    return all(now[name] > heard for name, heard in before.items())


def _heard(flows: list[Udp | OpenTcp | NewTcp]) -> dict[str, int]:
    return {f"{flow.name} {end}": heard for flow in flows for end, heard in enumerate(flow.heard)}


def _flows(name: str, device: Host, peer: Host) -> Iterator[Udp | OpenTcp | NewTcp]:
    for version, mine, theirs in ((4, device.ip4, peer.ip4), (6, device.ip6, peer.ip6)):
        ends = (device.ns, mine), (peer.ns, theirs)
        yield Udp(f"{name} {version}", ends)
        yield OpenTcp(f"to {name} {version}", *ends)
        yield OpenTcp(f"from {name} {version}", *reversed(ends))
        yield NewTcp(f"to {name} {version}", *ends)
        yield NewTcp(f"from {name} {version}", *reversed(ends))


def now() -> float:
    """Return the time by the clock of the sniffers."""
    return time.time()
