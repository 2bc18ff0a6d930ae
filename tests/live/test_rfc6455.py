"""Raw frames against the server: what RFC 6455 asks of it, and where the library underneath differs and why."""

import asyncio
import struct
from contextlib import suppress

import pytest

from tests.waiting import until

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA
MASK = b"\x01\x02\x03\x04"


def frame(opcode, payload=b"", *, fin=True, reserved=0, masked=True, length=None):
    """Build a client's frame, right or wrong."""
    first = (0x80 if fin else 0) | reserved | opcode
    size = len(payload) if length is None else length
    mask_bit = 0x80 if masked else 0
    if size < 126:
        header = bytes([first, mask_bit | size])
    elif size < 65536:
        header = bytes([first, mask_bit | 126]) + struct.pack("!H", size)
    else:
        header = bytes([first, mask_bit | 127]) + struct.pack("!Q", size)
    if not masked:
        return header + payload
    return header + MASK + bytes(byte ^ MASK[place % 4] for place, byte in enumerate(payload))


def close_frame(code, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


class Raw:
    """A client that knows no rules."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    async def receive(self):
        """Receive one frame: opcode and payload."""
        first, size = await self.reader.readexactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
        return first & 0x0F, await self.reader.readexactly(size)

    async def receive_of(self, *opcodes):
        """Receive until a frame of these comes, past `hello` and `status`."""
        async with asyncio.timeout(10):
            while True:
                opcode, payload = await self.receive()
                if opcode in opcodes and b'"hello"' not in payload and b'"status"' not in payload:
                    return opcode, payload

    async def closed_with(self):
        """Receive until the server closes; returns its code, and that the connection ends."""
        _, payload = await self.receive_of(CLOSE)
        (code,) = struct.unpack("!H", payload[:2]) if payload else (None,)
        with suppress(OSError):
            self.writer.write(close_frame(1000))
            self.writer.write_eof()
            async with asyncio.timeout(10):
                await self.reader.read()
        return code


@pytest.fixture
async def raw(door):
    host, _, port = door.host.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"GET /ws/alerts HTTP/1.1\r\nHost: {door.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {await door.token()}\r\n\r\n".encode()
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b"101 Switching Protocols" in answer
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer  # RFC 6455 section 1.3
    yield Raw(reader, writer)
    writer.close()


BROKEN = {
    "first reserved bit (5.2)": (frame(TEXT, b"{}", reserved=0x40), 1002),
    "second reserved bit (5.2)": (frame(TEXT, b"{}", reserved=0x20), 1002),
    "third reserved bit (5.2)": (frame(TEXT, b"{}", reserved=0x10), 1002),
    "unknown data opcode (5.2)": (frame(0x3, b"{}"), 1002),
    "unknown control opcode (5.2)": (frame(0xB, b"{}"), 1002),
    "frame that is not masked (5.1)": (frame(TEXT, b"{}", masked=False), 1002),
    "fragmented ping (5.5)": (frame(PING, b"x", fin=False), 1002),
    "ping of 126 bytes (5.5)": (frame(PING, b"x" * 126), 1002),
    "continuation of nothing (5.4)": (frame(CONTINUATION, b"x"), 1002),
    "new message within another (5.4)": (frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), 1002),
    "text that is not UTF-8 (8.1)": (frame(TEXT, b"\xc3\x28"), 1007),
    "text cut within a character (8.1)": (frame(TEXT, b"\xe2\x82"), 1007),
    "surrogate in text (8.1)": (frame(TEXT, b"\xed\xa0\x80"), 1007),
    "close of one byte (5.5.1)": (frame(CLOSE, b"\x03"), 1002),
    "close code below 1000 (7.4.2)": (close_frame(999), 1002),
    "close code that is never sent (7.4.1)": (close_frame(1005), 1002),
    "close code 1006 (7.4.1)": (close_frame(1006), 1002),
    "close code that nobody has (7.4.2)": (close_frame(2999), 1002),
    "message too large (7.4.1)": (frame(TEXT, b"x" * (64 * 1024 + 1)), 1009),
    "fragments too large together (7.4.1)": (
        frame(TEXT, b"x" * 40_000, fin=False) + frame(CONTINUATION, b"x" * 40_000),
        1009,
    ),
    "announced size beyond all bounds (5.2)": (frame(TEXT, length=2**62), 1009),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_broken_frame_closes_with_its_code(raw, what):
    sent, code = BROKEN[what]
    with suppress(OSError):  # a server that cannot give its sockets away may cut while we still send
        raw.writer.write(sent)
    assert await raw.closed_with() == code


@pytest.mark.parametrize("last", [frame(0x3), close_frame(1000)], ids=["broken frame", "close"])
async def test_nothing_follows_the_close_frame(door, raw, last):
    """RFC 6455 section 5.5.1; the server goes on reading until the client hangs up."""
    raw.writer.write(last)
    await raw.receive_of(CLOSE)
    await door.desk.take(("alerts", {"device_id": "cam-1", "reason": "too late"}))
    with suppress(OSError):  # it may be cut already
        raw.writer.write_eof()
    async with asyncio.timeout(10):
        assert await raw.reader.read() == b""


async def test_close_reason_that_is_not_utf8_closes(raw):
    """RFC 6455 section 8.1 asks for 1007; `websockets` fails the close frame as a whole, with 1007 or 1002."""
    raw.writer.write(close_frame(1000, b"\xc3\x28"))
    assert await raw.closed_with() in (1002, 1007)


async def test_length_that_is_not_the_shortest_is_taken(raw):
    """RFC 6455 section 5.2 asks for the shortest form; `websockets` reads any, which harms nobody."""
    payload = b'{"type":"ping"}'
    masked = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(payload))
    raw.writer.write(bytes([0x81, 0xFE]) + struct.pack("!H", len(payload)) + MASK + masked)
    assert b'"pong"' in (await raw.receive_of(TEXT))[1]


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
async def test_close_is_answered_with_its_own_code(raw, code):
    raw.writer.write(close_frame(code, b"bye"))
    assert await raw.closed_with() == code


async def test_close_without_a_code_is_answered(raw):
    raw.writer.write(frame(CLOSE))
    assert await raw.closed_with() in (None, 1000, 1005)


async def test_ping_is_answered_with_its_payload_also_within_a_message(raw):
    raw.writer.write(frame(TEXT, b'{"type":', fin=False) + frame(PING, b"here?") + frame(CONTINUATION, b'"ping"}'))
    answers = [await raw.receive_of(PONG, TEXT) for _ in range(2)]
    assert answers[0] == (PONG, b"here?")
    assert b'"pong"' in answers[1][1]


async def test_message_in_fragments_of_one_byte_is_one_message(raw):
    text = '{"type":"ping","é":"€"}'.encode()
    fragments = [
        frame(TEXT if place == 0 else CONTINUATION, bytes([byte]), fin=False) for place, byte in enumerate(text)
    ]
    raw.writer.write(b"".join(fragments) + frame(CONTINUATION))
    assert b'"pong"' in (await raw.receive_of(TEXT))[1]


async def test_frame_sent_byte_by_byte_is_read(raw):
    for byte in frame(TEXT, b'{"type":"ping"}'):
        raw.writer.write(bytes([byte]))
        await raw.writer.drain()
    assert b'"pong"' in (await raw.receive_of(TEXT))[1]


async def test_pong_that_nobody_asked_for_is_ignored(raw):
    raw.writer.write(frame(PONG, b"hello") + frame(TEXT, b'{"type":"ping"}'))
    assert b'"pong"' in (await raw.receive_of(TEXT))[1]


async def test_empty_message_is_an_error_and_not_the_end(raw):
    raw.writer.write(frame(TEXT) + frame(BINARY, b"\x00") + frame(TEXT, b'{"type":"ping"}'))
    answers = [(await raw.receive_of(TEXT))[1] for _ in range(3)]
    assert [kind in answer for kind, answer in zip((b'"error"', b'"error"', b'"pong"'), answers, strict=True)] == [
        True
    ] * 3


async def test_client_that_reads_one_byte_at_a_time_hears_everything(door, raw):
    count = 30
    await door.desk.take(*[("alerts", {"device_id": "cam-1", "reason": str(n)}) for n in range(count)])
    heard = b""
    async with asyncio.timeout(20):
        while heard.count(b'"new_alert"') < count or not heard.endswith(b"}}"):
            heard += await raw.reader.readexactly(1)
    assert [f'"reason":"{n}"'.encode() in heard for n in range(count)] == [True] * count


@pytest.fixture
def impatient(monkeypatch):
    """A server that pings at once and waits for nobody."""
    monkeypatch.setattr("api.server.PING_SECONDS", 0.1)
    monkeypatch.setattr("api.live.socket.ABORT_SECONDS", 0.1)


@pytest.mark.parametrize("door", ["handed over"], indirect=True)
async def test_peer_that_answers_no_ping_is_told_why_and_cut(impatient, door, raw):
    await raw.receive_of(PING)
    _, payload = await raw.receive_of(CLOSE)
    assert struct.unpack("!H", payload[:2]) == (4408,)
    async with asyncio.timeout(5):
        with suppress(OSError):  # it is cut, though we never close
            await raw.reader.read()
    await until(lambda: door.fanout.count("alerts") == 0)


@pytest.mark.parametrize("door", ["handed over"], indirect=True)
async def test_peer_that_does_not_even_read_is_cut(impatient, door, raw):
    raw.writer.transport.pause_reading()
    await until(lambda: door.fanout.count("alerts") == 0)
