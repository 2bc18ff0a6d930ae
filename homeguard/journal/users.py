"""Who may sign in. At least one admin always stays, and whoever changes in what they may do has to sign in again.

Each change goes into the audit, `by` somebody at an `address`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import peewee

from homeguard.audit import HOMEGUARD, NOT_USERNAMES, Action
from homeguard.errors import BadInput, Conflict, NotFound
from homeguard.events import Channel, JsonObject, listed
from homeguard.journal.audit import note
from homeguard.journal.channels import channels_of, channels_text
from homeguard.journal.first_start import forget_first_password
from homeguard.journal.models import database
from homeguard.journal.people import UserRow
from homeguard.journal.sessions import end_sessions_of
from homeguard.journal.transaction import Transaction

ADMIN: Final = "admin"  # the role without which nobody could manage the rest
USERNAME_PATTERN: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
_USERNAME: Final = re.compile(USERNAME_PATTERN)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in, and read these channels."""

    username: str
    role: str
    channels: frozenset[Channel]
    created_at: datetime
    password_hash: str = field(repr=False)


def checked_username(text: str) -> str:
    """Return the name as it is.

    Raises:
        BadInput: it is not 1 to 64 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit; or it stands for
            HomeGuard in the audit.
    """
    if not is_username(text):
        raise BadInput(
            f"{text[:80]!r} is not a user name: 1 to 64 of a-z, 0-9, '.', '_', '-', beginning with a letter or digit",
            field="username",
        )
    if text in NOT_USERNAMES:
        raise BadInput(f"{text!r} cannot be a user's name: it stands for HomeGuard in the audit", field="username")
    return text


def is_username(text: str) -> bool:
    """Say whether a user could have this name."""
    return _USERNAME.fullmatch(text) is not None


def has_users() -> bool:
    """Say whether anybody at all may sign in."""
    return bool(UserRow.select().exists())


def find_user(username: str) -> User | None:
    """Read one user, or None where there is none of that name."""
    row = UserRow.get_or_none(UserRow.username == username) if is_username(username) else None
    return None if row is None else _user(row)


def all_users() -> list[User]:
    """Read every user, ascending by name."""
    return [_user(row) for row in UserRow.select().order_by(UserRow.username)]


def add_user(
    transaction: Transaction,
    username: str,
    password_hash: str,
    role: str,
    *,
    channels: Collection[Channel] = tuple(Channel),
    by: str = HOMEGUARD,
    address: str | None = None,
) -> User:
    """Add a user.

    Raises:
        BadInput: the name is not one, or stands for somebody else in the audit; or no channel is given.
        Conflict: the name is taken.
    """
    try:
        row = UserRow.create(
            username=checked_username(username),
            password_hash=password_hash,
            role=role,
            channels=channels_text(channels),
            created_at=transaction.now,
        )
    except peewee.IntegrityError as error:
        raise Conflict(f"there is a user {username!r} already", field="username") from error
    user = _user(row)
    note(transaction, Action.USER_ADDED, by=by, address=address, target=username, details=_rights(user))
    return user


def change_user(
    transaction: Transaction,
    username: str,
    *,
    role: str | None = None,
    channels: Collection[Channel] | None = None,
    password_hash: str | None = None,
    by: str = HOMEGUARD,
    address: str | None = None,
) -> tuple[User, list[str]]:
    """Change what is not None; returns the user and the ids of the sessions that this has ended.

    Raises:
        NotFound: there is no such user.
        BadInput: no channel would be left.
        Conflict: nobody would be left who manages users.
    """
    row = _existing(username)
    was = _user(row)
    row.role = role or row.role
    row.channels = row.channels if channels is None else channels_text(channels)
    row.password_hash = password_hash or row.password_hash
    user = _user(row)
    if _rights(user) == _rights(was) and password_hash is None:
        return was, []
    if role is not None and role != ADMIN:
        _keep_an_admin(row, f"{username} is the last admin: make another user admin first")
    if password_hash is not None:
        forget_first_password()
    row.save()
    ended = end_sessions_of(transaction, row)
    if _rights(user) != _rights(was):
        details = {**_rights(user), "before": _rights(was), "sessions_ended": len(ended)}
        note(transaction, Action.USER_CHANGED, by=by, address=address, target=username, details=details)
    if password_hash is not None:
        details = {"sessions_ended": len(ended)}
        note(transaction, Action.PASSWORD_CHANGED, by=by, address=address, target=username, details=details)
    return user, ended


def sign_out_user(transaction: Transaction, username: str, *, by: str, address: str | None = None) -> list[str]:
    """End all sessions of a user; returns the ids of those that stood until now.

    Raises:
        NotFound: there is no such user.
    """
    ended = end_sessions_of(transaction, _existing(username))
    for id in ended:
        details = {"username": username}
        note(transaction, Action.SESSION_ENDED, by=by, address=address, target=id, details=details)
    return ended


def remove_user(
    transaction: Transaction, username: str, *, by: str = HOMEGUARD, address: str | None = None
) -> list[str]:
    """Remove a user; returns the ids of the sessions that this has ended.

    Raises:
        NotFound: there is no such user.
        Conflict: nobody would be left who manages users.
    """
    row = _existing(username)
    _keep_an_admin(row, f"{username} is the last admin: make another user admin before removing this one")
    ended = end_sessions_of(transaction, row)
    row.delete_instance()
    forget_first_password()
    details = {"role": row.role, "sessions_ended": len(ended)}
    note(transaction, Action.USER_REMOVED, by=by, address=address, target=username, details=details)
    return ended


def _existing(username: str) -> UserRow:
    row = UserRow.get_or_none(UserRow.username == username) if is_username(username) else None
    if row is None:
        raise NotFound(f"there is no user {username[:80]!r}", field="username")
    return row


def _keep_an_admin(leaving: UserRow, complaint: str) -> None:
    admins = UserRow.select().where(UserRow.role == ADMIN).order_by(UserRow.id)
    if not isinstance(database.obj, peewee.SqliteDatabase):
        admins = admins.for_update()  # two admins who remove each other at once must not both succeed
    names = {admin.username for admin in admins}
    if names == {leaving.username}:
        raise Conflict(complaint, field="username")


def _user(row: UserRow) -> User:
    return User(row.username, row.role, channels_of(row.channels), row.created_at, row.password_hash)


def _rights(user: User) -> JsonObject:
    """Tell what a user may do, for the audit."""
    return {"role": user.role, "channels": [channel.value for channel in listed(user.channels)]}
