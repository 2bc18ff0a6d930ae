"""How the first start gave the admin's password, kept until somebody has signed in and the hint is of no more use."""

from enum import StrEnum
from typing import Final

from homeguard.journal.models import MetaRow

_KEY: Final = "first_password"


class FirstPassword(StrEnum):
    """Where whoever signs in first finds the admin's password."""

    PRINTED = "printed"
    SET = "set"


def note_first_password(given: FirstPassword) -> None:
    """Remember how the first admin's password was given, in the transaction that adds them."""
    MetaRow.create(key=_KEY, value=given.value)


def first_password() -> FirstPassword | None:
    """Tell how it was given; None where somebody has signed in or managed users since."""
    row = MetaRow.get_or_none(MetaRow.key == _KEY)
    return None if row is None else FirstPassword(row.value)


def forget_first_password() -> None:
    """Forget it: from now on somebody knows a password that is good."""
    MetaRow.delete().where(MetaRow.key == _KEY).execute()
