"""What every token is held to, whoever signed it: its shape, and its times by our clock."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from jwt import PyJWT
from jwt.exceptions import PyJWTError
from jwt.types import Options

from homeguard.errors import BadCredentials, TokenExpired

_LAST: Final = 253_370_764_800  # the year 9999, in which a leeway still fits
LEEWAY: Final = timedelta(seconds=60)  # a clock stepped back 30 s must not lock everybody out
# PyJWT compares times with the machine's clock: `check_times` does it with ours.
_TIMES_UNCHECKED: Final[Options] = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


def reader(required: list[str], *, strict_aud: bool) -> PyJWT:
    """Make what reads tokens that have these claims; `strict_aud`: for one audience alone."""
    return PyJWT(
        {"require": required, "strict_aud": strict_aud, "enforce_minimum_key_length": True, **_TIMES_UNCHECKED}
    )


def header_of(token: str, max_characters: int) -> dict[str, Any]:
    """Read what a token says of itself, which proves nothing yet: `kid`, where it is there, is a text.

    Raises:
        BadCredentials: it is no token, or is longer than that.
    """
    if len(token) > max_characters:
        raise BadCredentials("the token is too long to be a good one")
    try:
        return jwt.get_unverified_header(token)
    except (PyJWTError, UnicodeError, RecursionError) as error:
        raise not_valid(error) from None


def check_times(claims: dict[str, Any], now: datetime) -> datetime:
    """Hold the claims to the time; returns when the token ends.

    Raises:
        TokenExpired: it was good, and has ended.
        BadCredentials: a time is none, or the token begins in the future.
    """
    if moment(claims, "iat") > now + LEEWAY:
        raise BadCredentials("the token is not valid: it was issued in the future")
    if "nbf" in claims and moment(claims, "nbf") > now + LEEWAY:
        raise BadCredentials("the token is not valid yet")
    expires_at = moment(claims, "exp")
    if expires_at + LEEWAY <= now:
        raise TokenExpired("the token has expired")
    return expires_at


def text(claims: dict[str, Any], name: str) -> str:
    """Read a claim that names something: a text that can be shown and stored.

    Raises:
        BadCredentials: it is none; JSON has texts, such as half a character, that no database takes.
    """
    value = claims[name]
    if not isinstance(value, str) or not value or not value.isprintable():
        raise not_valid(f"{name} is no text")
    return value


def moment(claims: dict[str, Any], name: str) -> datetime:
    """Read a claim that is a time (RFC 7519 section 2, NumericDate).

    Raises:
        BadCredentials: it is none.
    """
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value > _LAST:
        raise BadCredentials(f"the token is not valid: {name} is not a time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadCredentials(f"the token is not valid: {name} is not a time") from None


def not_valid(why: object) -> BadCredentials:
    """Say that a token proves nothing."""
    return BadCredentials(f"the token is not valid: {why}")
