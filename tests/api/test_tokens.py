import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from api.auth.identity import Role
from api.auth.keys import Keys
from api.auth.tokens import Tokens
from homeguard.errors import BadCredentials, Misconfigured, TokenExpired
from homeguard.settings import Settings
from tests.api.conftest import KEY
from tests.clock import ManualClock


@pytest.fixture
def tokens(settings: Settings, clock: ManualClock) -> Tokens:
    return Tokens(Keys.of(KEY), settings, clock)


def claims(clock: ManualClock, **changed: Any) -> dict[str, Any]:
    """The claims of a good token, but for what is changed; None leaves one out."""
    now = int(clock().timestamp())
    good = {
        "iss": "homeguard",
        "aud": "homeguard",
        "sub": "ann",
        "sid": "s1",
        "role": "viewer",
        "iat": now,
        "exp": now + 900,
        "jti": "j1",
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(claims: dict[str, Any], key: bytes = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return ".".join(parts) + "."


def test_verify_tells_whom_a_token_proves(tokens: Tokens, clock: ManualClock) -> None:
    token, expires_at = tokens.issue("ann", Role.OPERATOR, "s1")
    identity = tokens.verify(token)
    assert (identity.username, identity.role, identity.session_id) == ("ann", Role.OPERATOR, "s1")
    assert identity.expires_at == expires_at == clock() + timedelta(minutes=15)


def test_issue_takes_a_lifetime_of_ones_own(tokens: Tokens, clock: ManualClock) -> None:
    _, expires_at = tokens.issue("ann", Role.ADMIN, "s1", timedelta(days=30))
    assert expires_at == clock() + timedelta(days=30)


def test_verify_accepts_a_token_within_the_leeway(tokens: Tokens, clock: ManualClock) -> None:
    token, _ = tokens.issue("ann", Role.VIEWER, "s1")
    clock.advance(15 * 60 + 59)
    assert tokens.verify(token).username == "ann"


def test_verify_says_expired_when_the_leeway_is_over(tokens: Tokens, clock: ManualClock) -> None:
    token, _ = tokens.issue("ann", Role.VIEWER, "s1")
    clock.advance(15 * 60 + 60)
    with pytest.raises(TokenExpired, match="has expired"):
        tokens.verify(token)


def test_verify_accepts_a_token_when_the_clock_was_stepped_back(tokens: Tokens, clock: ManualClock) -> None:
    token, _ = tokens.issue("ann", Role.VIEWER, "s1")
    clock.advance(-30)
    assert tokens.verify(token).username == "ann"


def test_verify_refuses_when_the_key_is_another(tokens: Tokens, clock: ManualClock) -> None:
    with pytest.raises(BadCredentials, match="Signature"):
        tokens.verify(signed(claims(clock), key=b"x" * 32))


def test_verify_refuses_when_there_is_no_algorithm(tokens: Tokens, clock: ManualClock) -> None:
    for name in ("none", "None", "NONE"):
        with pytest.raises(BadCredentials):
            tokens.verify(unsigned({"alg": name, "typ": "JWT"}, claims(clock)))


def test_verify_refuses_when_the_algorithm_is_another(tokens: Tokens, clock: ManualClock) -> None:
    long_enough = KEY * 2
    with pytest.raises(BadCredentials, match="alg"):
        tokens.verify(signed(claims(clock), key=long_enough, algorithm="HS512"))


@pytest.mark.parametrize("missing", ["exp", "iat", "sub", "jti", "aud", "iss", "sid", "role"])
def test_verify_refuses_when_a_claim_is_missing(tokens: Tokens, clock: ManualClock, missing: str) -> None:
    with pytest.raises(BadCredentials, match=missing):
        tokens.verify(signed(claims(clock, **{missing: None})))


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "other"},
        {"aud": ["homeguard", "other"]},
        {"iss": "other"},
        {"role": "root"},
        {"role": 7},
        {"role": ["admin"]},
        {"sid": 7},
        {"sid": "\ud800"},
        {"sub": "\ud800"},
        {"sub": ""},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": 1e300},
        {"iat": 99_999_999_999},
        {"jti": 7},
    ],
    ids=str,
)
def test_verify_refuses_when_a_claim_is_wrong(tokens: Tokens, clock: ManualClock, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadCredentials):
        tokens.verify(signed(claims(clock, **wrong)))


@pytest.mark.parametrize("sub", [7, ["ann"]], ids=str)
def test_verify_refuses_when_the_subject_is_no_text(tokens: Tokens, clock: ManualClock, sub: object) -> None:
    body = base64.urlsafe_b64encode(json.dumps(claims(clock, sub=sub)).encode())
    with pytest.raises(BadCredentials, match="Subject"):
        tokens.verify(jwt.api_jws.encode(base64.urlsafe_b64decode(body), KEY, "HS256"))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é.é.é", "e30.e30.", "x" * 5000], ids=lambda text: text[:8])
def test_verify_refuses_what_is_no_token(tokens: Tokens, text: str) -> None:
    with pytest.raises(BadCredentials):
        tokens.verify(text)


def test_verify_refuses_a_header_that_is_nested_too_deep(tokens: Tokens) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("=")
    with pytest.raises(BadCredentials):
        tokens.verify(f"{deep}.e30.x")


def test_a_key_that_is_too_short_is_a_misconfiguration() -> None:
    with pytest.raises(Misconfigured, match="31 bytes"):
        Keys.of(b"k" * 31)
