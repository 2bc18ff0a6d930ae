"""Access tokens: JWTs (RFC 7519) signed with HS256, which prove who asks until they end."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from jwt.exceptions import InvalidSignatureError, PyJWTError

from api.auth.claims import check_times, header_of, not_valid, reader, text
from api.auth.identity import Identity, Role
from api.auth.keys import Keys
from homeguard.clock import Clock
from homeguard.errors import BadCredentials
from homeguard.settings import Settings

ALGORITHM: Final = "HS256"
MAX_TOKEN: Final = 4096  # characters; ours have about 450
_REQUIRED: Final = ["exp", "iat", "sub", "jti", "aud", "iss", "sid", "role"]


class Tokens:
    """Issues tokens and verifies them, with the keys that all processes share and one clock."""

    def __init__(self, keys: Keys, settings: Settings, clock: Clock) -> None:
        """Take the neighbours."""
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._jwt = reader(_REQUIRED, strict_aud=True)

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
        key = self._keys.signing()
        return self._jwt.encode(claims, key.secret, algorithm=ALGORITHM, headers={"kid": key.kid}), expires_at

    def verify(self, token: str) -> Identity:
        """Tell whom a token proves. Whether their session still stands is not looked up here.

        Raises:
            TokenExpired: it was good, and has ended.
            BadCredentials: it proves nothing.
        """
        kid = header_of(token, MAX_TOKEN).get("kid")
        claims = self._claims(token, kid)
        expires_at = check_times(claims, self._clock())
        try:
            role = Role(claims["role"])
        except ValueError:
            raise BadCredentials("the token names a role that does not exist") from None
        return Identity(text(claims, "sub"), role, text(claims, "sid"), expires_at)

    def _claims(self, token: str, kid: str | None) -> dict[str, Any]:
        why: PyJWTError | str = "its key is not known, or is good no more"
        for key in self._keys.verifying(kid, self._clock()):
            try:
                return self._jwt.decode(
                    token,
                    key.secret,
                    algorithms=[ALGORITHM],
                    audience=self._settings.token_audience,
                    issuer=self._settings.token_issuer,
                )
            except InvalidSignatureError as error:
                why = error  # of before keys had names: perhaps by another one
            except (PyJWTError, UnicodeError, RecursionError) as error:
                raise not_valid(error) from None
        raise not_valid(why)
