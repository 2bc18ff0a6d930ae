"""Asks a broker at its door: the first packets of MQTT 3.1.1 and of a WebSocket, and no more."""

import socket
from dataclasses import replace
from enum import Enum, auto
from typing import Final

from bridge.address import Address

TIMEOUT_SECONDS: Final = 3.0
MOST_OF_A_HEAD: Final = 4096  # bytes; a broker's is some hundred
CONNECT: Final = 0x10
CONNACK: Final = 0x20
DISCONNECT: Final = b"\xe0\x00"
CLEAN_SESSION: Final = 0x02
WITH_PASSWORD: Final = 0xC0  # and a user name


class Door(Enum):
    """How a broker answered."""

    OPEN = auto()
    REFUSED = auto()
    SILENT = auto()  # nobody there, or nobody who speaks MQTT


def knock(address: Address) -> Door:
    """Connect with this account and client id, under a clean session, and leave at once. Blocks."""
    try:
        with _connection(address) as connection:
            connection.sendall(_connect(address))
            answer = _exactly(connection, 4)
            if len(answer) < 4:
                return Door.REFUSED  # a broker may hang up instead of saying no (MQTT 3.1.1 section 3.1.4)
            if answer[0] != CONNACK:
                return Door.SILENT
            connection.sendall(DISCONNECT)
    except OSError:
        return Door.SILENT
    return Door.OPEN if answer[3] == 0 else Door.REFUSED


def without_account(address: Address) -> Address:
    """Return the same broker, for somebody without an account."""
    return replace(address, username=None, password=None)


def speaks_websocket(host: str, port: int) -> bool:
    """Say whether a WebSocket for MQTT can be opened there. Blocks."""
    request = (
        f"GET /mqtt HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: aG9tZWd1YXJkIGRvY3Rvcg==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: mqtt\r\n\r\n"
    )
    try:
        with socket.create_connection((host, port), TIMEOUT_SECONDS) as connection:
            connection.sendall(request.encode())
            answer = _head(connection).lower()
    except OSError:
        return False
    return answer.startswith(b"http/1.1 101") and b"sec-websocket-protocol: mqtt" in answer


def _connection(address: Address) -> socket.socket:
    plain = socket.create_connection((address.host, address.port), TIMEOUT_SECONDS)
    context = address.tls
    if context is None:
        return plain
    try:
        return context.wrap_socket(plain, server_hostname=address.host)
    except BaseException:
        plain.close()
        raise


def _connect(address: Address) -> bytes:
    flags = CLEAN_SESSION | (WITH_PASSWORD if address.username is not None else 0)
    body = b"\x00\x04MQTT\x04" + bytes([flags]) + (10).to_bytes(2) + _text(address.client_id)
    if address.username is not None:
        body += _text(address.username) + _text(address.password or "")
    return bytes([CONNECT]) + _length(len(body)) + body


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2) + raw


def _length(number: int) -> bytes:
    """Write a remaining length (MQTT 3.1.1 section 2.2.3)."""
    parts = bytearray()
    while True:
        number, digit = divmod(number, 128)
        parts.append(digit | (0x80 if number else 0))
        if not number:
            return bytes(parts)


def _head(connection: socket.socket) -> bytes:
    """Receive the head of an HTTP answer, or what there is of it."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < MOST_OF_A_HEAD:
        part = connection.recv(MOST_OF_A_HEAD)
        if not part:
            break
        received += part
    return received


def _exactly(connection: socket.socket, size: int) -> bytes:
    """Receive that many bytes, fewer where the other side ends before."""
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            break
        received += part
    return received
