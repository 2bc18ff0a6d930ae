"""WebSocket frames as bytes (RFC 6455 section 5.2): built once for everybody, taken apart where a server wants text."""

from typing import Final

_TEXT: Final = 0x81  # FIN and the opcode of text


def frame(text: str) -> bytes:
    """Build the unmasked text frame that a server sends."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 65536:
        return bytes((_TEXT, 126)) + size.to_bytes(2) + payload
    return bytes((_TEXT, 127)) + size.to_bytes(8) + payload


def text_of(framed: bytes) -> str:
    """Return the text of a frame that `frame` built."""
    header = {126: 4, 127: 10}.get(framed[1], 2)
    return framed[header:].decode()
