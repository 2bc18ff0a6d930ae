"""`homeguard user …`: who may sign in, written straight into the journal, server or no server."""

import sys
from typing import Annotated

import typer

from api.auth.identity import Role
from api.auth.password_rules import checked_password
from api.auth.passwords import Passwords
from cli.errors import errors_told
from cli.journal import DataDir, existing_user, with_journal
from homeguard.audit import CLI
from homeguard.clock import to_rfc3339
from homeguard.journal.users import add_user, all_users, change_user, checked_username, remove_user
from homeguard.settings import load_settings

app = typer.Typer(name="user", help="Manage who may sign in.", no_args_is_help=True)

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
        with_journal(
            settings,
            lambda journal: journal.write(lambda tx: add_user(tx, username, password_hash, role.value, by=CLI)),
        )
        typer.echo(f"{username} may sign in as {role.value}")


@app.command()
def passwd(username: Username, password_stdin: PasswordStdin = False, data_dir: DataDir = None) -> None:
    """Set a user's password; this signs them out everywhere."""
    with errors_told():
        settings = load_settings(data_dir=data_dir)
        with_journal(settings, lambda journal: existing_user(journal, username))
        password_hash = _new_hash(username, from_stdin=password_stdin)
        _, ended = with_journal(
            settings,
            lambda journal: journal.write(lambda tx: change_user(tx, username, password_hash=password_hash, by=CLI)),
        )
        typer.echo(f"{username} has a new password; {_sign_ins(ended)} ended")


@app.command("list")
def list_users(data_dir: DataDir = None) -> None:
    """List who may sign in."""
    with errors_told():
        users = with_journal(load_settings(data_dir=data_dir), lambda journal: journal.read(all_users))
        for user in users:
            typer.echo(f"{user.username:<24} {user.role:<9} since {to_rfc3339(user.created_at)}")


@app.command()
def remove(username: Username, data_dir: DataDir = None) -> None:
    """Remove a user; this signs them out everywhere."""
    with errors_told():
        ended = with_journal(
            load_settings(data_dir=data_dir),
            lambda journal: journal.write(lambda tx: remove_user(tx, username, by=CLI)),
        )
        typer.echo(f"{username} is removed; {_sign_ins(ended)} ended")


def _new_hash(username: str, *, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return Passwords().hash_now(checked_password(password, username=username))


def _sign_ins(ended: list[str]) -> str:
    return "1 sign-in" if len(ended) == 1 else f"{len(ended)} sign-ins"
