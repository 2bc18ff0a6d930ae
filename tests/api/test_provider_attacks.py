"""Whoever has no good token of the provider gets in by neither door: forged, confused and short-keyed ones."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import jwt
import pytest

from tests.api.provider import ISSUER, JwksServer, jwk, jwks_server, pem
from tests.api.provider_home import Home, home_with
from tests.clock import ManualClock


@pytest.fixture
def jwks() -> Iterator[JwksServer]:
    with jwks_server() as server:
        yield server


@pytest.fixture
async def home(tmp_path: Path, clock: ManualClock, jwks: JwksServer) -> AsyncIterator[Home]:
    async with home_with(tmp_path, clock, oidc_jwks_url=jwks.url) as home:
        yield home


def confused(home: Home, secret: bytes) -> str:
    """Sign with HS256 and a public key as if it were the secret; PyJWT itself refuses to."""
    header, claims = (
        {"alg": "HS256", "typ": "JWT", "kid": "one"},
        jwt.decode(home.token(), options={"verify_signature": False}),
    )
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    head = ".".join(parts)
    signature = jwt.api_jws.get_algorithm_by_name("HS256").sign(head.encode(), secret)
    return f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGED: dict[str, Callable[[Home], str]] = {
    "the public key as an HS256 secret": lambda home: confused(home, pem("RS256").encode()),
    "the public key without its last line break": lambda home: confused(home, pem("RS256").strip().encode()),
    "the numbers of the public key": lambda home: confused(home, json.dumps(jwk("RS256", "one")).encode()),
    "another key of the same name": lambda home: home.token(which=1),
    "another kind of key of the same name": lambda home: home.token("ES256"),
    "a key that the provider does not have": lambda home: home.token(kid="two"),
    "a URL as the name of the key": lambda home: home.token(kid="https://evil.example/jwks.json"),
    "a path as the name of the key": lambda home: home.token(kid="../../../dev/null"),
    "the attacker's own key in the header": lambda home: home.token(
        which=1, headers={"jwk": jwk("RS256", "one", which=1)}
    ),
    "the attacker's own keys at a URL in the header": lambda home: home.token(
        which=1, headers={"jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"}
    ),
    "an unknown critical header": lambda home: home.token(headers={"crit": ["x"], "x": 1}),
    "no algorithm": lambda home: jwt.encode({"sub": "zoe"}, "", algorithm="none"),
    "another issuer": lambda home: home.token(iss="https://evil.example"),
    "our own issuer": lambda home: home.token(iss="homeguard"),
    "another audience": lambda home: home.token(aud="wiki"),
    "an issuer that only begins the same": lambda home: home.token(iss=f"{ISSUER}.evil.example"),
    "a user of ours": lambda home: home.token(sub="ann"),
    "a user of ours in capitals": lambda home: home.token(sub="ANN"),
    "HomeGuard itself": lambda home: home.token(sub="homeguard"),
    "the command line": lambda home: home.token(sub="CLI"),
    "a name with a line break": lambda home: home.token(sub="zoe\nadmin"),
    "half a character as its id": lambda home: home.token(jti="\ud800"),
    "an empty name": lambda home: home.token(sub=""),
    "a name without end": lambda home: home.token(sub="z" * 101),
    "an end that is over": lambda home: home.token(exp=int(home.clock().timestamp()) - 60),
    "an end after the end of time": lambda home: home.token(exp=10**15),
    "a beginning in the future": lambda home: home.token(iat=int(home.clock().timestamp()) + 61),
    "a beginning that is to come": lambda home: home.token(nbf=int(home.clock().timestamp()) + 61),
} | {
    f"no {name}": lambda home, name=name: home.token(**{name: None})
    for name in ("exp", "iat", "sub", "jti", "aud", "iss")
}


@pytest.mark.parametrize("what", FORGED)
async def test_a_forged_token_of_the_provider_opens_neither_door(home: Home, what: str, jwks: JwksServer) -> None:
    assert await home.server.statuses(FORGED[what](home)) == (401, 401)
    assert await home.server.statuses(home.token()) == (200, 101)
    assert jwks.asked <= 2


async def test_a_token_for_several_audiences_is_taken_where_we_are_one(home: Home) -> None:
    assert await home.server.statuses(home.token(aud=["wiki", "homeguard"])) == (200, 101)


async def test_a_token_within_the_leeway_is_taken(home: Home) -> None:
    now = int(home.clock().timestamp())
    assert await home.server.statuses(home.token(exp=now - 59)) == (200, 101)
    assert await home.server.statuses(home.token(iat=now + 59, nbf=now + 59, jti="j2")) == (200, 101)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # of the provider that signs with it
async def test_a_short_key_of_the_provider_lets_nobody_in(home: Home, jwks: JwksServer) -> None:
    jwks.keys = [jwk("RS256 short", "one")]
    assert await home.server.statuses(home.token("RS256 short")) == (401, 401)


async def test_an_algorithm_that_is_not_set_lets_nobody_in(
    tmp_path: Path, clock: ManualClock, jwks: JwksServer
) -> None:
    async with home_with(tmp_path, clock, oidc_jwks_url=jwks.url, oidc_algorithms="ES256") as home:
        assert await home.server.statuses(home.token()) == (401, 401)
