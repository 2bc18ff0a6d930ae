"""Access tokens: JWTs (RFC 7519) signed with HS256, which prove who asks until they end."""

import math
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from jwt import PyJWT
from jwt.exceptions import PyJWTError

from api.auth.identity import Identity, Role
from homeguard.clock import Clock
from homeguard.errors import BadCredentials, Misconfigured, TokenExpired
from homeguard.settings import Settings

ALGORITHM: Final = "HS256"
MIN_KEY_BYTES: Final = 32  # as long as the hash's output (RFC 7518 section 3.2)
LEEWAY: Final = timedelta(seconds=60)  # a clock stepped back 30 s must not lock everybody out
MAX_TOKEN: Final = 4096  # characters; ours have about 400
_REQUIRED: Final = ["exp", "iat", "sub", "jti", "aud", "iss", "sid", "role"]


class Tokens:
    """Issues tokens and verifies them, with one key and one clock."""

    def __init__(self, key: bytes, settings: Settings, clock: Clock) -> None:
        """Take the key that all processes share.

        Raises:
            Misconfigured: the key is too short to be safe.
        """
        if len(key) < MIN_KEY_BYTES:
            raise Misconfigured(f"the key of the tokens has {len(key)} bytes, {MIN_KEY_BYTES} are needed")
        self._key = key
        self._settings = settings
        self._clock = clock
        # PyJWT compares times with the machine's clock: `_check_times` does it with ours.
        self._jwt = PyJWT(
            {
                "require": _REQUIRED,
                "strict_aud": True,
                "enforce_minimum_key_length": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            }
        )

    def issue(
        self, username: str, role: Role, session_id: str, lifetime: timedelta | None = None
    ) -> tuple[str, datetime]:
        """Make a token, good for `lifetime` or as the settings say; returns it and when it ends."""
        issued_at = self._clock().replace(microsecond=0)
        if lifetime is None:
            lifetime = timedelta(minutes=self._settings.access_token_minutes)
        expires_at = (issued_at + lifetime).replace(microsecond=0)
        claims = {
            "iss": self._settings.token_issuer,
            "aud": self._settings.token_audience,
            "sub": username,
            "sid": session_id,
            "role": role.value,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": secrets.token_hex(8),
        }
        return self._jwt.encode(claims, self._key, algorithm=ALGORITHM), expires_at

    def verify(self, token: str) -> Identity:
        """Tell whom a token proves. Whether their session still stands is not looked up here.

        Raises:
            TokenExpired: it was good, and has ended.
            BadCredentials: it proves nothing.
        """
        claims = self._claims(token)
        expires_at = self._check_times(claims)
        try:
            role = Role(claims["role"])
        except ValueError:
            raise BadCredentials("the token names a role that does not exist") from None
        if not isinstance(claims["sid"], str):
            raise BadCredentials("the token names no session")
        return Identity(claims["sub"], role, claims["sid"], expires_at)

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_TOKEN:
            raise BadCredentials("the token is too long to be one of ours")
        try:
            return self._jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=self._settings.token_audience,
                issuer=self._settings.token_issuer,
            )
        except (PyJWTError, UnicodeError, RecursionError) as error:
            raise BadCredentials(f"the token is not valid: {error}") from None

    def _check_times(self, claims: dict[str, Any]) -> datetime:
        now = self._clock()
        if _moment(claims, "iat") > now + LEEWAY:
            raise BadCredentials("the token is not valid: it was issued in the future")
        expires_at = _moment(claims, "exp")
        if expires_at + LEEWAY <= now:
            raise TokenExpired("the token has expired")
        return expires_at


def _moment(claims: dict[str, Any], name: str) -> datetime:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadCredentials(f"the token is not valid: {name} is not a time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadCredentials(f"the token is not valid: {name} is not a time") from None
