"""What a device hears, from bytes."""

import pytest

from homeguard.client.messages import Proof, Wish, read_proof, read_wish
from homeguard.errors import BadInput


@pytest.mark.parametrize(
    ("payload", "correlation", "expected"),
    [
        (b'{"status":"stored","id":"x","seq":7}', b"a1", Proof("a1", seq=7)),
        (b'{"status":"stored","id":"x","seq":7}', None, Proof("x", seq=7)),
        (b'{"status":"stored","id":"x","seq":null}', b"a1", Proof("a1")),
        (b'{"status":"stored","seq":true}', b"a1", Proof("a1")),
        (b'{"status":"rejected","id":null,"error":"no"}', b"a1", Proof("a1", "no")),
        (b'{"status":"rejected"}', b"a1", Proof("a1", "no reason was given")),
        (b'{"status":"rejected","error":' + b"[" * 999 + b"]" * 999 + b"}", b"a1", Proof("a1", "no reason was given")),
    ],
)
def test_read_proof(payload: bytes, correlation: bytes | None, expected: Proof) -> None:
    assert read_proof(payload, correlation) == expected


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"{}", b'{"status":"perhaps"}'])
def test_read_proof_of_nonsense(payload: bytes) -> None:
    with pytest.raises(BadInput):
        read_proof(payload, b"a1")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", Wish(desired=False)),
        (b'{"device_id":"cam-1","desired":true,"by":"admin"}', Wish(desired=True, by="admin")),
        (b'{"desired":false,"reason":7,"new":"field"}', Wish(desired=False)),
    ],
)
def test_read_wish(payload: bytes, expected: Wish) -> None:
    assert read_wish(payload) == expected


@pytest.mark.parametrize("payload", [b"yes", b"{}", b'{"desired":"true"}', b'{"desired":1}'])
def test_read_wish_of_nonsense(payload: bytes) -> None:
    with pytest.raises(BadInput):
        read_wish(payload)
