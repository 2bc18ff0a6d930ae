"""Targets of an identity provider's words: its set of keys, and its tokens."""

import asyncio
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from functools import cache
from typing import Final

import orjson

from api.auth.jwks import FixedKey
from api.auth.provider import MAX_TOKEN, MAX_USERNAME, Provider, end_of_token_id
from api.auth.public_keys import keys_of_set, pick
from homeguard.clock import utc_now
from homeguard.errors import BadCredentials
from homeguard.settings import OIDC_ALGORITHMS, load_settings
from tests.api.provider import ISSUER, jwk, private_key
from tests.fuzz import laws

KIND: Final = "EdDSA"  # the quickest to sign with


def key_set(data: bytes) -> None:
    """Law: a set gives keys for the algorithms that are set, or is refused as none; never another error."""
    try:
        keys = keys_of_set(data, OIDC_ALGORITHMS)
    except ValueError:
        return
    for key in keys:
        assert key.algorithm in OIDC_ALGORITHMS
        assert pick([key], key.kid, key.algorithm) is key
        assert pick([key], key.kid, "HS256") is None


def provider_token(data: bytes) -> None:
    """Law: only a token that the provider signed for us is anybody; all else is BadCredentials, never another error.

    Two lines are header and claims, signed here with the provider's key; anything else is the token itself.
    """
    header, is_signed, claims = data.partition(b"\n")
    text = _signed(header, claims) if is_signed else data.decode(errors="replace")
    try:
        identity = asyncio.run(_provider().verify(text))
    except BadCredentials as error:
        assert len(str(error)) <= laws.MAX_COMPLAINT + MAX_TOKEN
        return
    assert is_signed, "a token that the provider did not sign"
    said = json.loads(claims)  # as lenient as PyJWT: UTF-16, and half a character
    assert (said["iss"], identity.username) == (ISSUER, said["sub"])
    assert identity.username.isprintable()
    assert len(identity.username) <= MAX_USERNAME
    assert identity.expires_at > utc_now() - timedelta(seconds=61)
    assert abs(end_of_token_id(identity.session_id) - identity.expires_at) < timedelta(seconds=1)


@cache
def _provider() -> Provider:
    (key,) = keys_of_set(orjson.dumps({"keys": [jwk(KIND, "one")]}), OIDC_ALGORITHMS)
    return Provider(FixedKey(key), load_settings(oidc_issuer=ISSUER, oidc_role_claim="role"), utc_now)


def _signed(header: bytes, claims: bytes) -> str:
    head = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in (header, claims))
    signature = urlsafe_b64encode(private_key(KIND).sign(head)).rstrip(b"=")
    return b".".join((head, signature)).decode()
