"""Signs what a webhook is sent, so that a router can tell HomeGuard's word from anybody's, and a new one from an old.

A receiver verifies in five lines (docs/blocking.md has them): the timestamp is not older than `MAX_AGE_SECONDS`, the
signature is the HMAC-SHA256 of `timestamp.body` under the shared secret, compared in constant time, and `sequence` is
not below the one it has seen last.
"""

import hashlib
import hmac
from typing import Final

TIMESTAMP: Final = "HomeGuard-Timestamp"  # seconds since 1970, when it was sent
SIGNATURE: Final = "HomeGuard-Signature"  # `sha256=` and 64 hexadecimal digits
MAX_AGE_SECONDS: Final = 300  # clocks of routers differ; a replay within it meets the same sequence
_ALGORITHM: Final = "sha256="


def signature_of(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a body sent at this time."""
    return _ALGORITHM + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_genuine(secret: bytes, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Say whether a body is HomeGuard's and fresh, as a receiver does."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    is_fresh = abs(now - int(timestamp)) <= MAX_AGE_SECONDS
    return is_fresh and hmac.compare_digest(signature.encode(), signature_of(secret, timestamp, body).encode())
