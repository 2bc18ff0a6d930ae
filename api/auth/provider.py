"""Tokens of one's own identity provider: JWTs that HomeGuard verifies and never issues.

Such a token has no session here. It is its own: `session_id` names it, with its end, so that it can be ended sooner.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from jwt.exceptions import PyJWTError

from api.auth.claims import check_times, header_of, not_valid, reader, text
from api.auth.identity import Identity, Role
from api.auth.jwks import FixedKey, Jwks
from api.auth.public_keys import PublicKey, key_of_pem
from homeguard.audit import NOT_USERNAMES
from homeguard.clock import Clock
from homeguard.errors import BadCredentials, Misconfigured
from homeguard.events import Channel
from homeguard.settings import OIDC_ALGORITHMS, Settings

MAX_TOKEN: Final = 16 * 1024  # characters; some providers list every group that somebody is in
MAX_USERNAME: Final = 100  # characters; an e-mail address, or the number that a provider has for somebody
_REQUIRED: Final = ["exp", "iat", "sub", "jti", "aud", "iss"]
_TOKEN_ID: Final = re.compile(r"oidc\.(\d{1,12})\.[0-9a-f]{32}", re.ASCII)


class KeySource(Protocol):
    """Where the provider's keys come from."""

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """Find the key that a token names.

        Raises:
            Unavailable: nobody can say now.
        """


class Provider:
    """The identity provider of the settings."""

    def __init__(self, keys: KeySource, settings: Settings, clock: Clock) -> None:
        """Take the neighbours."""
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._roles = dict(pair.rsplit("=", 1) for pair in settings.oidc_roles) or {role: role for role in Role}
        self._jwt = reader(_REQUIRED, strict_aud=False)  # a provider's token may be for others, too

    @classmethod
    def of(cls, settings: Settings, clock: Clock) -> "Provider | None":
        """Make the provider that is set, None where none is.

        Raises:
            Misconfigured: what is set does not do.
        """
        url, pem = settings.oidc_jwks_url, settings.oidc_public_key
        if url is None and pem is None:
            return None
        if url is not None and pem is not None:
            raise Misconfigured("HOMEGUARD_OIDC_JWKS_URL and HOMEGUARD_OIDC_PUBLIC_KEY are both set: one is enough")
        if settings.oidc_issuer is None:
            raise Misconfigured("HOMEGUARD_OIDC_ISSUER is not set: the `iss` of the provider's tokens is needed")
        algorithms = settings.oidc_algorithms or OIDC_ALGORITHMS
        if url is not None:
            return cls(Jwks(url, algorithms), settings, clock)
        try:
            return cls(FixedKey(key_of_pem(pem or "", algorithms)), settings, clock)
        except ValueError as error:
            raise Misconfigured(f"HOMEGUARD_OIDC_PUBLIC_KEY: {error}") from None

    async def verify(self, token: str) -> Identity:
        """Tell whom a token proves, what they may do and what they may read. Whether it was ended is not looked up.

        Raises:
            TokenExpired: it was good, and has ended.
            BadCredentials: it proves nothing.
            Unavailable: the provider's keys are not known yet, and it does not answer.
        """
        header = header_of(token, MAX_TOKEN)
        key = await self._keys.find(header.get("kid"), str(header.get("alg")))
        if key is None:
            raise not_valid("the identity provider has no such key")
        claims = self._claims(token, key)
        expires_at = check_times(claims, self._clock())
        return Identity(
            self._username(claims),
            self._role(claims),
            token_id(claims, expires_at),
            expires_at,
            self._channels(claims),
        )

    def _claims(self, token: str, key: PublicKey) -> dict[str, Any]:
        settings = self._settings
        try:
            return self._jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm],
                audience=settings.oidc_audience,
                issuer=settings.oidc_issuer,
            )
        except (PyJWTError, UnicodeError, RecursionError) as error:
            raise not_valid(error) from None

    def _username(self, claims: dict[str, Any]) -> str:
        name = _claim(claims, self._settings.oidc_username_claim)
        if not isinstance(name, str) or not 0 < len(name) <= MAX_USERNAME or not name.isprintable():
            raise not_valid(f"its {self._settings.oidc_username_claim} is no user name")
        if name.casefold() in NOT_USERNAMES:
            raise not_valid(f"{name!r} stands for HomeGuard itself")
        return name

    def _role(self, claims: dict[str, Any]) -> Role:
        """Take the highest role that a claim gives; who is given none may read."""
        given = _texts(_claim(claims, self._settings.oidc_role_claim))
        return max(
            (Role(self._roles[text]) for text in given if text in self._roles),
            key=list(Role).index,
            default=Role.VIEWER,
        )

    def _channels(self, claims: dict[str, Any]) -> frozenset[Channel]:
        if self._settings.oidc_channels_claim is None:
            return frozenset(Channel)
        given = _texts(_claim(claims, self._settings.oidc_channels_claim))
        return frozenset(channel for channel in Channel if channel.value in given)


def is_token_id(session_id: str) -> bool:
    """Say whether this is the id of a provider's token, and not of a session of ours."""
    return _TOKEN_ID.fullmatch(session_id) is not None


def token_id(claims: dict[str, Any], expires_at: datetime) -> str:
    """Name a token by what it is unique by; its end is in it, so that nobody must remember it for longer.

    Raises:
        BadCredentials: it names nobody, or not itself.
    """
    unique = "\0".join((claims["iss"], text(claims, "sub"), text(claims, "jti")))
    return f"oidc.{int(expires_at.timestamp())}.{hashlib.sha256(unique.encode()).hexdigest()[:32]}"


def end_of_token_id(session_id: str) -> datetime:
    """Tell when the token of this id ends.

    Raises:
        BadCredentials: it is no such id.
    """
    found = _TOKEN_ID.fullmatch(session_id)
    if found is None:
        raise BadCredentials("this is not the id of a provider's token")
    return datetime.fromtimestamp(int(found[1]), UTC)


def _claim(claims: dict[str, Any], name: str | None) -> Any:
    """Find a claim by its name, or by a path of names with dots between (Keycloak's `realm_access.roles`)."""
    if name is None or name in claims:
        return claims.get(name or "")
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _texts(value: Any) -> list[str]:
    """Read one word, several with spaces or commas between, or a list of them."""
    if isinstance(value, str):
        return [value, *value.replace(",", " ").split()]
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
