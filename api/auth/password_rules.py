"""What may be a password: long enough, not the user's name, and not one that everybody tries first."""

from functools import cache
from importlib import resources
from typing import Final

from homeguard.errors import BadInput

MIN_PASSWORD: Final = 10  # characters
MAX_PASSWORD: Final = 1024  # characters; a passphrase fits, a flood does not
MAX_UNIT: Final = 4  # characters that make no password however often they are repeated
MIN_WORD: Final = 3  # `123456789a` makes no commonest password of whatever begins with `a`

# What people write for a letter and guessing programs try: `p4$$w0rd` is `password`. `i` and `1` are both read as `l`.
_READ_AS: Final = str.maketrans("@4301i$57", "aaeollsst")


def checked_password(password: str, *, username: str) -> str:
    """Return a password that may be set for this user.

    Raises:
        BadInput: it is too short, too long, says the user name, or is among the commonest; saying which.
    """
    if len(password) < MIN_PASSWORD:
        raise BadInput(f"the password needs at least {MIN_PASSWORD} characters, not {len(password)}", field="password")
    if len(password) > MAX_PASSWORD:
        raise BadInput(f"the password may have at most {MAX_PASSWORD} characters", field="password")
    if "\0" in password:
        raise BadInput("the password must not contain the character NUL", field="password")
    readings = _readings(password)
    if any(_is_made_of(reading, name) for reading in readings for name in _readings(username)):
        raise BadInput(
            "the password must not be the user name, also not with digits, signs or itself behind it", field="password"
        )
    if any(reading in _commonest() or _is_repeated(reading) for reading in readings):
        raise BadInput(
            "the password is one of the commonest, perhaps with digits or signs around it, which are tried first: "
            "take a few words that nobody else would put together",
            field="password",
        )
    return password


def _readings(text: str) -> set[str]:
    """Read a text as somebody who guesses does: without signs and capitals, whole, and without digits around it."""
    bare = "".join(character for character in text.casefold() if character.isalnum() or character in "@$")
    return {reading.translate(_READ_AS) for reading in (bare or text, bare.strip("0123456789@$")) if reading}


def _is_made_of(text: str, unit: str) -> bool:
    return bool(unit) and text == unit * (len(text) // len(unit))


def _is_repeated(text: str) -> bool:
    """Say whether it is a few characters again and again, the last time perhaps cut off."""
    return any(
        all(character == text[index % length] for index, character in enumerate(text))
        for length in range(1, MAX_UNIT + 1)
        if len(text) >= 2 * length
    )


@cache
def _commonest() -> frozenset[str]:
    """Read the list, written for HomeGuard, as passwords are read. Blocks once, for a millisecond."""
    lines = resources.files("api.auth").joinpath("common_passwords.txt").read_text("utf-8").split()
    return frozenset(reading for line in lines for reading in _readings(line) if len(reading) >= MIN_WORD)
