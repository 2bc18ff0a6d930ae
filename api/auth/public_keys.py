"""Public keys of an identity provider: which ones may verify tokens, and the one algorithm that each verifies. No I/O.

A key decides its algorithm, never the token that names it: so nobody can pass a public key off as a shared secret.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK
from jwt.exceptions import PyJWTError

logger = logging.getLogger(__name__)

MIN_RSA_BITS: Final = 2048  # RFC 7518 section 3.3
MAX_KEYS: Final = 100  # of one set; providers have a handful
_BY_KIND: Final = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}

Verifier = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that may verify tokens, by this algorithm alone; `kid` is None where it has no name."""

    kid: str | None
    algorithm: str
    key: Verifier = field(repr=False)


def key_of_pem(text: str, algorithms: Collection[str]) -> PublicKey:
    """Read one public key.

    Raises:
        ValueError: it is none, or not one that may verify, saying why.
    """
    if "PRIVATE KEY" in text:
        raise ValueError("it is a private key, which has no business here: give the public one")
    try:
        key = load_pem_public_key(text.encode())
    except Exception as error:  # noqa: BLE001  # cryptography has a dozen, and each means the same
        raise ValueError(f"it is no public key in PEM ({type(error).__name__})") from None
    return PublicKey(None, _algorithm_of(key, algorithms), _verifier(key))


def keys_of_set(body: bytes, algorithms: Collection[str]) -> list[PublicKey]:
    """Read a JWK set (RFC 7517 section 5); keys that may not verify are left out, and said in the log.

    Raises:
        ValueError: it is no such set.
    """
    document = orjson.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise ValueError("it is no JWK set")
    keys = []
    for entry in entries:
        try:
            keys.append(_key_of(entry, algorithms))
        except (ValueError, PyJWTError, TypeError) as error:
            kid = entry.get("kid") if isinstance(entry, dict) else None
            logger.warning("tokens: the provider's key %.80r is not used: %.200s", kid, error)
    return keys


def pick(keys: Sequence[PublicKey], kid: str | None, algorithm: str) -> PublicKey | None:
    """Find the key that a token names; one that names none means the only key there is for its algorithm."""
    fitting = [key for key in keys if key.algorithm == algorithm and (kid is None or key.kid in (None, kid))]
    return fitting[0] if len(fitting) == 1 else next((key for key in fitting if kid and key.kid == kid), None)


def _key_of(entry: Any, algorithms: Collection[str]) -> PublicKey:
    if not isinstance(entry, dict) or entry.get("kty") not in _BY_KIND:
        raise ValueError(f"only keys of the kinds {', '.join(_BY_KIND)} can be public")
    if "d" in entry:
        raise ValueError("it is a private key, which the provider has published")
    if entry.get("use", "sig") != "sig" or "verify" not in entry.get("key_ops", ["verify"]):
        raise ValueError("it is not for signatures")
    kid = entry.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise ValueError("its name is no text")
    by_kind = _BY_KIND[entry["kty"]]
    key = PyJWK(entry, by_kind).key
    algorithm = _algorithm_of(key, algorithms)
    if entry.get("alg", algorithm) != algorithm:
        raise ValueError(f"it is for {entry['alg']!r}")
    return PublicKey(kid, algorithm, _verifier(key))


def _algorithm_of(key: object, algorithms: Collection[str]) -> str:
    match key:
        case RSAPublicKey() if key.key_size < MIN_RSA_BITS:
            raise ValueError(f"an RSA key of {key.key_size} bits is too short, {MIN_RSA_BITS} are needed")
        case RSAPublicKey():
            algorithm = "RS256"
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            algorithm = "ES256"
        case Ed25519PublicKey():
            algorithm = "EdDSA"
        case _:
            raise ValueError("it is neither RSA, nor P-256, nor Ed25519")
    if algorithm not in algorithms:
        raise ValueError(f"it is for {algorithm}, and HOMEGUARD_OIDC_ALGORITHMS says {', '.join(sorted(algorithms))}")
    return algorithm


def _verifier(key: object) -> Verifier:
    assert isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey)
    return key
