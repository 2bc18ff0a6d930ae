"""`homeguard token …`: tokens for scripts, and the key that signs all of them; server or no server."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from api.auth.claims import LEEWAY
from api.auth.identity import Role
from api.auth.keys import Key, Keys, keys_held, rotate
from api.auth.tokens import Tokens
from cli.errors import errors_told
from cli.journal import DataDir, existing_user, with_journal
from homeguard.audit import CLI, Action
from homeguard.clock import to_rfc3339, utc_now
from homeguard.journal import Journal, Transaction
from homeguard.journal.audit import note
from homeguard.journal.sessions import Session, end_all_sessions, last_end, open_session
from homeguard.settings import MAX_ACCESS_TOKEN_MINUTES, Settings, load_settings

app = typer.Typer(name="token", invoke_without_command=True)


@app.callback()
def token(
    context: typer.Context,
    user: Annotated[str, typer.Option(help="Whose token it is.")] = "admin",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good.")] = 30,
    data_dir: DataDir = None,
) -> None:
    """Print an access token for scripts. It ends with its user, their role or their password."""
    if context.invoked_subcommand is not None:
        context.obj = data_dir  # `homeguard token --data-dir DIR rotate-key` means that one, too
        return
    with errors_told():
        settings = load_settings(data_dir=data_dir)
        typer.echo(make_token(settings, user, timedelta(days=days), client="homeguard token"))


@app.command()
def rotate_key(
    context: typer.Context,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="The old key leaked: it ends at once, and everybody signs in again.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Make a new key for the tokens. Running servers take it up; tokens of the old one are good until they end."""
    with errors_told():
        settings = load_settings(data_dir=data_dir or context.obj)
        if revoke:
            made, ended = revoke_key(settings)
            typer.echo(f"key {made.kid} signs from now on; the old ones are good no more")
            sign_ins = "1 sign-in has" if ended == 1 else f"{ended} sign-ins have"
            typer.echo(f"{sign_ins} ended: everybody signs in again, and scripts need a new `homeguard token`")
        else:
            made, until = replace_key(settings)
            typer.echo(f"key {made.kid} signs from now on; the old one verifies until {to_rfc3339(until)}")


def make_token(settings: Settings, username: str, lifetime: timedelta, *, client: str) -> str:
    """Sign a user in without a password, and return an access token as long-lived; `client` is shown with the session.

    Raises:
        NotFound: there is no such user.
        Misconfigured: the key or the journal cannot be read.
    """
    with keys_held(settings.jwt_key_file):  # a rotation between the key and the session would end the token too soon
        tokens = Tokens(Keys.open(settings.jwt_key_file), settings, utc_now)
        session = with_journal(settings, lambda journal: _open_session(journal, username, lifetime, client))
        text, _ = tokens.issue(session.username, Role(session.role), session.id, lifetime)
        return text


def replace_key(settings: Settings) -> tuple[Key, datetime]:
    """Make a new key; returns it, and until when the old one verifies (docs/decisions/0019).

    Raises:
        Misconfigured: the keys or the journal cannot be read or written.
    """
    with keys_held(settings.jwt_key_file):
        now = utc_now()
        longest = with_journal(settings, lambda journal: journal.read(lambda: last_end(now)))
        # A process that has not looked yet signs with the old one, whatever its settings say for as long as this.
        until = max(longest or now, now + timedelta(minutes=MAX_ACCESS_TOKEN_MINUTES)) + LEEWAY
        made = rotate(settings.jwt_key_file, now, old_until=until)
        details = {"old_until": to_rfc3339(until)}
        with_journal(
            settings,
            lambda journal: journal.write(
                lambda tx: note(tx, Action.KEY_ROTATED, by=CLI, target=made.kid, details=details)
            ),
        )
        return made, until


def revoke_key(settings: Settings) -> tuple[Key, int]:
    """Make a new key, let those before verify nothing, and end every session; returns it, and how many those were.

    Whoever has the key may have made tokens for any session that stands, and sits on sockets with them.

    Raises:
        Misconfigured: the keys or the journal cannot be read or written.
    """

    def end(transaction: Transaction, made: Key) -> int:
        ended = end_all_sessions(transaction)
        note(transaction, Action.KEY_ROTATED, by=CLI, target=made.kid, details={"revoked": True, "ended": ended})
        return ended

    with keys_held(settings.jwt_key_file):
        made = rotate(settings.jwt_key_file, utc_now(), old_until=None)
        return made, with_journal(settings, lambda journal: journal.write(lambda tx: end(tx, made)))


async def _open_session(journal: Journal, username: str, lifetime: timedelta, client: str) -> Session:
    await existing_user(journal, username)

    def begin(transaction: Transaction) -> Session:
        session = open_session(transaction, username, lifetime=lifetime, client=client).session
        details = {"username": username, "client": client, "expires_at": to_rfc3339(session.expires_at)}
        note(transaction, Action.TOKEN_MADE, by=CLI, target=session.id, details=details)
        return session

    return await journal.write(begin)
