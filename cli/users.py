"""`homeguard user …`: who may sign in, written straight into the journal, server or no server."""

import sys
from typing import Annotated, Final

import typer

from api.auth.identity import Role
from api.auth.password_rules import checked_password
from api.auth.passwords import Passwords
from cli.errors import errors_told
from cli.journal import DataDir, existing_user, with_journal
from homeguard.audit import CLI
from homeguard.clock import to_rfc3339, utc_now
from homeguard.errors import BadInput
from homeguard.events import Channel, listed
from homeguard.journal.sessions import page_of_sessions
from homeguard.journal.users import User, add_user, all_users, change_user, checked_username, remove_user, sign_out_user
from homeguard.settings import load_settings

MAX_LISTED: Final = 1_000  # sign-ins; `homeguard tail` makes one at each start

app = typer.Typer(name="user", help="Manage who may sign in.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(metavar="NAME", help="The user.")]
ChannelNames = Annotated[
    str | None, typer.Option("--channels", metavar="LIST", help="What they may read: alerts, devices, alerts,devices.")
]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def add(
    username: Username,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.VIEWER,
    channels: ChannelNames = "alerts,devices",
    password_stdin: PasswordStdin = False,
    data_dir: DataDir = None,
) -> None:
    """Let somebody sign in."""
    with errors_told():
        settings = load_settings(data_dir=data_dir)
        theirs = _channels(channels) or tuple(Channel)
        password_hash = _new_hash(checked_username(username), from_stdin=password_stdin)
        user = with_journal(
            settings,
            lambda journal: journal.write(
                lambda tx: add_user(tx, username, password_hash, role.value, channels=theirs, by=CLI)
            ),
        )
        typer.echo(f"{username} may sign in as {_rights(user)}")


@app.command()
def change(
    username: Username,
    role: Annotated[Role | None, typer.Option(help="What the user may do.")] = None,
    channels: ChannelNames = None,
    data_dir: DataDir = None,
) -> None:
    """Change what a user may do or read; this signs them out everywhere."""
    with errors_told():
        if role is None and channels is None:
            raise BadInput("change what? --role, --channels, or both")
        theirs = _channels(channels)
        user, ended = with_journal(
            load_settings(data_dir=data_dir),
            lambda journal: journal.write(
                lambda tx: change_user(tx, username, role=role.value if role else None, channels=theirs, by=CLI)
            ),
        )
        typer.echo(f"{username} is {_rights(user)} now; {_sign_ins(ended)} ended")


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
            channels = ",".join(listed(user.channels))
            typer.echo(f"{user.username:<24} {user.role:<9} {channels:<15} since {to_rfc3339(user.created_at)}")


@app.command()
def sessions(username: Username, data_dir: DataDir = None) -> None:
    """List where somebody is signed in, the newest first."""
    with errors_told():
        settings = load_settings(data_dir=data_dir)
        with_journal(settings, lambda journal: existing_user(journal, username))
        found = with_journal(
            settings, lambda journal: journal.read(lambda: page_of_sessions(utc_now(), username, None, MAX_LISTED))
        )
        for one in found:
            seen = f"since {to_rfc3339(one.created_at)}  seen {to_rfc3339(one.seen_at)}"
            typer.echo(f"{one.id}  {seen}  until {to_rfc3339(one.expires_at)}  {one.address or '-'}  {one.client!r}")
        if not found:
            typer.echo(f"{username} is not signed in")


@app.command()
def sign_out(username: Username, data_dir: DataDir = None) -> None:
    """Sign somebody out everywhere: their sessions and tokens end, and what is open is closed."""
    with errors_told():
        ended = with_journal(
            load_settings(data_dir=data_dir),
            lambda journal: journal.write(lambda tx: sign_out_user(tx, username, by=CLI)),
        )
        typer.echo(f"{username} is signed out; {_sign_ins(ended)} ended")


@app.command()
def remove(username: Username, data_dir: DataDir = None) -> None:
    """Remove a user; this signs them out everywhere."""
    with errors_told():
        ended = with_journal(
            load_settings(data_dir=data_dir),
            lambda journal: journal.write(lambda tx: remove_user(tx, username, by=CLI)),
        )
        typer.echo(f"{username} is removed; {_sign_ins(ended)} ended")


def _channels(text: str | None) -> frozenset[Channel] | None:
    """Read a list of channels.

    Raises:
        BadInput: one of them is none.
    """
    if text is None:
        return None
    try:
        return frozenset(Channel(name.strip()) for name in text.split(","))
    except ValueError:
        raise BadInput(f"channels are {' and '.join(Channel)}, not {text[:80]!r}", field="channels") from None


def _rights(user: User) -> str:
    return f"{user.role} of {' and '.join(listed(user.channels))}"


def _new_hash(username: str, *, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return Passwords().hash_now(checked_password(password, username=username))


def _sign_ins(ended: list[str]) -> str:
    return "1 sign-in" if len(ended) == 1 else f"{len(ended)} sign-ins"
