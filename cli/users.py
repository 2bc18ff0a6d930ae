"""`homeguard user …` and `homeguard token`: who may sign in, written straight into the journal, server or no server."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from api.auth.identity import Role
from api.auth.keys import Keys
from api.auth.passwords import Passwords, checked_password
from api.auth.tokens import Tokens
from cli.errors import errors_told
from homeguard.audit import CLI, Action
from homeguard.clock import to_rfc3339, utc_now
from homeguard.errors import NotFound
from homeguard.journal import Journal, Transaction
from homeguard.journal.audit import note
from homeguard.journal.sessions import Session, open_session
from homeguard.journal.users import User, add_user, all_users, change_user, checked_username, find_user, remove_user
from homeguard.settings import Settings, load_settings

T = TypeVar("T")

app = typer.Typer(name="user", help="Manage who may sign in.", no_args_is_help=True)

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Where the journal lies (HOMEGUARD_DATA_DIR).", show_default=False)
]
Username = Annotated[str, typer.Argument(metavar="NAME", help="The user.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def add(
    username: Username,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.VIEWER,
    password_stdin: PasswordStdin = False,
    data_dir: DataDir = None,
) -> None:
    """Let somebody sign in."""
    with errors_told():
        settings = load_settings(data_dir=data_dir)
        password_hash = _new_hash(checked_username(username), from_stdin=password_stdin)
        _with_journal(
            settings,
            lambda journal: journal.write(lambda tx: add_user(tx, username, password_hash, role.value, by=CLI)),
        )
        typer.echo(f"{username} may sign in as {role.value}")


@app.command()
def passwd(username: Username, password_stdin: PasswordStdin = False, data_dir: DataDir = None) -> None:
    """Set a user's password; this signs them out everywhere."""
    with errors_told():
        settings = load_settings(data_dir=data_dir)
        _with_journal(settings, lambda journal: _existing(journal, username))
        password_hash = _new_hash(username, from_stdin=password_stdin)
        _, ended = _with_journal(
            settings,
            lambda journal: journal.write(lambda tx: change_user(tx, username, password_hash=password_hash, by=CLI)),
        )
        typer.echo(f"{username} has a new password; {_sign_ins(ended)} ended")


@app.command("list")
def list_users(data_dir: DataDir = None) -> None:
    """List who may sign in."""
    with errors_told():
        users = _with_journal(load_settings(data_dir=data_dir), lambda journal: journal.read(all_users))
        for user in users:
            typer.echo(f"{user.username:<24} {user.role:<9} since {to_rfc3339(user.created_at)}")


@app.command()
def remove(username: Username, data_dir: DataDir = None) -> None:
    """Remove a user; this signs them out everywhere."""
    with errors_told():
        ended = _with_journal(
            load_settings(data_dir=data_dir),
            lambda journal: journal.write(lambda tx: remove_user(tx, username, by=CLI)),
        )
        typer.echo(f"{username} is removed; {_sign_ins(ended)} ended")


def token(
    user: Annotated[str, typer.Option(help="Whose token it is.")] = "admin",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good.")] = 30,
    data_dir: DataDir = None,
) -> None:
    """Print an access token for scripts. It ends with its user, their role or their password."""
    with errors_told():
        settings = load_settings(data_dir=data_dir)
        typer.echo(make_token(settings, user, timedelta(days=days), client="homeguard token"))


def make_token(settings: Settings, username: str, lifetime: timedelta, *, client: str) -> str:
    """Sign a user in without a password, and return an access token as long-lived; `client` is shown with the session.

    Raises:
        NotFound: there is no such user.
        Misconfigured: the key or the journal cannot be read.
    """
    tokens = Tokens(Keys.open(settings.jwt_key_file), settings, utc_now)
    session = _with_journal(settings, lambda journal: _open_session(journal, username, lifetime, client))
    text, _ = tokens.issue(session.username, Role(session.role), session.id, lifetime)
    return text


async def _existing(journal: Journal, username: str) -> User:
    user = await journal.read(lambda: find_user(username))
    if user is None:
        raise NotFound(f"there is no user {username!r}", field="username")
    return user


async def _open_session(journal: Journal, username: str, lifetime: timedelta, client: str) -> Session:
    await _existing(journal, username)

    def begin(transaction: Transaction) -> Session:
        session = open_session(transaction, username, lifetime=lifetime, client=client).session
        details = {"username": username, "client": client, "expires_at": to_rfc3339(session.expires_at)}
        note(transaction, Action.TOKEN_MADE, by=CLI, target=session.id, details=details)
        return session

    return await journal.write(begin)


def _with_journal(settings: Settings, work: Callable[[Journal], Awaitable[T]]) -> T:
    """Open the journal for one piece of work."""

    async def run() -> T:
        journal = Journal.open(settings.database)
        try:
            return await work(journal)
        finally:
            journal.close()

    return asyncio.run(run())


def _new_hash(username: str, *, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return Passwords().hash_now(checked_password(password, username=username))


def _sign_ins(ended: list[str]) -> str:
    return "1 sign-in" if len(ended) == 1 else f"{len(ended)} sign-ins"
