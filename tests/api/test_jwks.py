"""The provider's keys: which are taken, and how seldom it is asked for them."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from api.auth.jwks import ASK_SECONDS, KEEP_SECONDS, MAX_BYTES, Jwks, checked_url
from api.auth.public_keys import PublicKey, key_of_pem, keys_of_set
from homeguard.errors import Misconfigured, Unavailable
from homeguard.settings import OIDC_ALGORITHMS
from tests.api.provider import JwksServer, jwk, jwks_server, pem, private_key


@pytest.fixture
def server() -> Iterator[JwksServer]:
    with jwks_server() as server:
        yield server


class Asker:
    """A process that asks, and its monotonic clock."""

    def __init__(self, server: JwksServer) -> None:
        self.seconds = 1000.0
        self.jwks = Jwks(server.url, OIDC_ALGORITHMS, lambda: self.seconds)

    async def find(self, kid: str | None, algorithm: str = "RS256") -> PublicKey | None:
        return await self.jwks.find(kid, algorithm)


@pytest.fixture
def asker(server: JwksServer) -> Asker:
    return Asker(server)


def parse(*entries: object) -> list[PublicKey]:
    return keys_of_set(json.dumps({"keys": entries}).encode(), OIDC_ALGORITHMS)


async def test_a_known_key_is_fetched_once(asker: Asker, server: JwksServer) -> None:
    assert server.asked == 0
    for _ in range(3):
        assert await asker.find("one") is not None
    assert server.asked == 1


async def test_a_new_key_is_found_at_once_by_all_who_come_with_it(asker: Asker, server: JwksServer) -> None:
    await asker.find("one")
    server.keys.append(jwk("ES256", "two"))
    asker.seconds += ASK_SECONDS
    found = await asyncio.gather(*(asker.find("two", "ES256") for _ in range(20)))
    assert [key is not None for key in found] == [True] * 20
    assert server.asked == 2


async def test_a_flood_of_unknown_keys_is_not_passed_on(asker: Asker, server: JwksServer) -> None:
    await asker.find("one")
    for number in range(500):
        asker.seconds += ASK_SECONDS / 500
        assert await asker.find(f"made up {number}") is None
    assert server.asked <= 2


async def test_a_key_that_the_provider_took_back_verifies_no_longer_than_an_hour(
    asker: Asker, server: JwksServer
) -> None:
    await asker.find("one")
    server.keys = [jwk("RS256", "two", which=1)]
    asker.seconds += KEEP_SECONDS
    assert await asker.find("one") is None
    assert await asker.find("two") is not None


@pytest.mark.parametrize("harm", ["500", "no set", "not JSON", "too large", "elsewhere"])
async def test_the_last_good_set_goes_on_when_the_provider_is_away(
    asker: Asker, server: JwksServer, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    await asker.find("one")
    match harm:
        case "500":
            server.status = 500
        case "elsewhere":
            server.status, server.headers = 302, {"Location": "http://127.0.0.1:1/jwks.json"}
        case _:
            server.body = {"no set": b'{"keys":7}', "not JSON": b"<html>", "too large": b" " * (MAX_BYTES + 1)}[harm]
    for _ in range(3):
        asker.seconds += KEEP_SECONDS
        assert await asker.find("one") is not None
    assert "cannot fetch the keys" in caplog.text
    assert await asker.find("two") is None


async def test_nobody_is_let_in_and_waiting_helps_when_there_never_was_a_set(asker: Asker, server: JwksServer) -> None:
    server.status = 503
    for _ in range(5):
        with pytest.raises(Unavailable, match="identity provider"):
            await asker.find("one")
    assert server.asked == 1
    server.status = 200
    asker.seconds += ASK_SECONDS
    assert await asker.find("one") is not None


async def test_a_provider_that_does_not_answer_is_unavailable() -> None:
    with jwks_server() as server:
        asker = Asker(server)
    with pytest.raises(Unavailable, match="identity provider"):
        await asker.find("one")


@pytest.mark.parametrize("kind", ["RS256", "ES256", "EdDSA"])
def test_a_key_decides_its_algorithm(kind: str) -> None:
    (key,) = parse(jwk(kind, "one"))
    assert (key.kid, key.algorithm) == ("one", kind)
    assert key_of_pem(pem(kind), OIDC_ALGORITHMS).algorithm == kind


BAD_KEYS = {
    "a shared secret": {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "x"},
    "a short RSA key": jwk("RS256 short", "x"),
    "another curve": jwk("ES384", "x"),
    "a private key": jwk("RS256", "x", d="AQAB"),
    "a key for encryption": jwk("RS256", "x", use="enc"),
    "a key that may not verify": jwk("RS256", "x", key_ops=["sign"]),
    "a public key for a shared secret's algorithm": jwk("RS256", "x", alg="HS256"),
    "a name that is no text": jwk("RS256", None) | {"kid": ["x"]},
    "a key without its number": {"kty": "RSA", "e": "AQAB", "kid": "x"},
    "no key at all": "x",
}


@pytest.mark.parametrize("what", BAD_KEYS)
def test_a_key_that_may_not_verify_is_left_out_and_said(what: str, caplog: pytest.LogCaptureFixture) -> None:
    assert [key.kid for key in parse(BAD_KEYS[what], jwk("ES256", "good"))] == ["good"]
    assert "is not used" in caplog.text


def test_an_algorithm_that_is_not_set_is_left_out() -> None:
    assert keys_of_set(json.dumps({"keys": [jwk("RS256", "x")]}).encode(), ["ES256"]) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "no public key in PEM"),
        (pem("RS256 short"), "1024 bits is too short"),
        (pem("ES384"), "neither RSA, nor P-256"),
    ],
    ids=["nonsense", "short", "curve"],
)
def test_a_pem_file_that_may_not_verify_says_why(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        key_of_pem(text, OIDC_ALGORITHMS)


def test_a_private_key_in_place_of_the_public_one_is_refused() -> None:
    private = private_key("ES256").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError, match="private key"):
        key_of_pem(private, OIDC_ALGORITHMS)


@pytest.mark.parametrize(
    "url",
    ["http://id.example/jwks", "ftp://127.0.0.1/jwks", "https://", "id.example/jwks", "http://[::1", "file:///etc"],
)
def test_a_url_that_somebody_on_the_way_could_answer_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured, match="HOMEGUARD_OIDC_JWKS_URL"):
        checked_url(url)


@pytest.mark.parametrize(
    "url", ["https://id.example/jwks", "http://127.0.0.1:9/x", "http://[::1]:9/x", "http://localhost/x"]
)
def test_a_url_by_https_or_on_this_machine_is_taken(url: str) -> None:
    assert checked_url(url) == url
