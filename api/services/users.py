"""Managing users: admins manage everybody, and everybody changes their own password."""

import secrets
from collections.abc import Collection, Sequence
from typing import Final

from api.auth.identity import Identity, Role
from api.auth.password_rules import checked_password
from api.context import Context
from homeguard.audit import Action
from homeguard.errors import BadInput, Conflict, Misconfigured, NotAllowed, Unavailable
from homeguard.events import Channel
from homeguard.journal import Transaction
from homeguard.journal import users as journalled
from homeguard.journal.audit import note
from homeguard.journal.first_start import FirstPassword, note_first_password
from homeguard.journal.users import User

FIRST_ADMIN: Final = "admin"
_RANDOM_BYTES: Final = 12  # 96 bits, 16 characters to type


async def list_users(context: Context, identity: Identity) -> Sequence[User]:
    """Read every user, ascending by name."""
    identity.require(Role.ADMIN)
    return await context.journal.read(journalled.all_users)


async def add_user(
    context: Context, identity: Identity, username: str, password: str, role: Role, channels: Collection[Channel]
) -> User:
    """Add a user, who may read these channels.

    Raises:
        BadInput: the name or the password cannot be one, or there is no channel.
        Conflict: the name is taken.
    """
    identity.require(Role.ADMIN)
    journalled.checked_username(username)
    password_hash = await context.passwords.hash(checked_password(password, username=username))
    return await context.journal.write(
        lambda transaction: journalled.add_user(
            transaction,
            username,
            password_hash,
            role.value,
            channels=channels,
            by=identity.username,
            address=identity.address,
        )
    )


async def change_user(
    context: Context,
    identity: Identity,
    username: str,
    *,
    role: Role | None = None,
    channels: Collection[Channel] | None = None,
    password: str | None = None,
    current_password: str | None = None,
) -> User:
    """Change a user's role, channels or password; this ends their sessions. Who is no admin proves their password.

    Raises:
        NotFound: there is no such user.
        BadInput: the password cannot be one, or no channel would be left.
        NotAllowed: only an admin may.
        TooMany: wrong present passwords were tried too often.
        Conflict: nobody would be left who manages users.
    """
    if not identity.role.includes(Role.ADMIN):
        changes_rights = role is not None or channels is not None
        _require_own(identity, username, current_password, changes_rights=changes_rights)
    if current_password is not None:  # an admin need not give it; given, it is proved as anybody's is
        await _require_present(context, identity, username, current_password)
    password_hash = None
    if password is not None:
        password_hash = await context.passwords.hash(checked_password(password, username=username))
    user, ended = await context.journal.write(
        lambda transaction: journalled.change_user(
            transaction,
            username,
            role=role.value if role else None,
            channels=channels,
            password_hash=password_hash,
            by=identity.username,
            address=identity.address,
        )
    )
    if ended:
        context.sessions_ended(ended)
    return user


def _require_own(identity: Identity, username: str, current_password: str | None, *, changes_rights: bool) -> None:
    if changes_rights or username != identity.username:
        identity.require(Role.ADMIN)
    if current_password is None:
        raise BadInput("the present password is needed to set another one", field="current_password")


async def _require_present(context: Context, identity: Identity, username: str, current_password: str) -> None:
    attempt = context.sign_ins.attempt(username, identity.address)
    try:
        user = await context.journal.read(lambda: journalled.find_user(username))
        proved, _ = await context.passwords.verify(current_password, user.password_hash if user else None)
    except Unavailable:
        attempt.withdrawn()
        raise
    if proved:
        attempt.succeeded()
    else:  # a password was guessed, as at a sign-in
        await context.journal.write(
            lambda transaction: note(
                transaction, Action.LOGIN_FAILED, by=identity.username, address=identity.address, target=username
            )
        )
        raise NotAllowed("the present password is wrong")


async def remove_user(context: Context, identity: Identity, username: str) -> None:
    """Remove a user; this ends their sessions.

    Raises:
        NotFound: there is no such user.
        Conflict: nobody would be left who manages users.
    """
    identity.require(Role.ADMIN)
    ended = await context.journal.write(
        lambda transaction: journalled.remove_user(
            transaction, username, by=identity.username, address=identity.address
        )
    )
    if ended:
        context.sessions_ended(ended)


async def ensure_admin(context: Context) -> str | None:
    """Make the user `admin` where there is no user at all; returns the password where one had to be made up.

    Raises:
        Misconfigured: the password that was set cannot be one.
    """
    if await context.journal.read(journalled.has_users):
        return None
    given = context.settings.admin_password
    password = given.get_secret_value() if given else secrets.token_urlsafe(_RANDOM_BYTES)
    try:
        checked_password(password, username=FIRST_ADMIN)
    except BadInput as error:
        raise Misconfigured(f"HOMEGUARD_ADMIN_PASSWORD: {error.message}") from error
    password_hash = await context.passwords.hash(password)

    def add(transaction: Transaction) -> None:
        journalled.add_user(transaction, FIRST_ADMIN, password_hash, Role.ADMIN.value)
        note_first_password(FirstPassword.SET if given else FirstPassword.PRINTED)

    try:
        await context.journal.write(add)
    except Conflict:
        return None  # another process that started at the same time has made it
    return None if given else password
