"""`homeguard backup` and `homeguard restore`: the journal to a file and back, with HomeGuard running or not."""

import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Annotated, Final

import typer

from cli.errors import errors_told
from homeguard.errors import Misconfigured
from homeguard.journal.backup import Contents, Progress, back_up
from homeguard.journal.database import is_postgres
from homeguard.journal.restore import restore as restore_journal
from homeguard.settings import Settings, load_settings
from homeguard.topics import Topics

PROGRESS_SECONDS: Final = 1.0  # between two lines of progress; what is done sooner needs none

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", show_default=False)]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Where the journal lies (HOMEGUARD_DATA_DIR).", show_default=False)
]


def backup(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Copy the journal to FILE, whole and checked, while HomeGuard runs or not."""
    with errors_told("homeguard backup"):
        journal = _journal_file(load_settings(data_dir=data_dir), "back it up with pg_dump")
        contents = back_up(journal, file, overwrite=force, progress=_progress("copied"))
        typer.echo(f"{file} holds {_told(contents)}.")
        typer.echo("Not in it: the secrets and the broker's files in the data directory, see docs/operations.md.")


def restore(file: File, data_dir: DataDir = None) -> None:
    """Put the journal of FILE in the place of the present one, which is kept. A running HomeGuard takes it up."""
    with errors_told("homeguard restore"):
        settings = load_settings(data_dir=data_dir)
        journal = _journal_file(settings, "restore it with pg_restore")
        done = restore_journal(file, journal, Topics(settings.topic_prefix), progress=_progress("read"))
        typer.echo(f"The journal now holds {_told(done.contents)}.")
        if done.aside is not None:
            typer.echo(f"The one before is kept as {done.aside}; what happened behind the backup is in it alone.")
        _tell_blocks("Blocked again, as they were when the backup was made", done.blocked)
        _tell_blocks("No longer blocked, for the backup knows no block of them", done.released)
        typer.echo("Users and passwords are those of the backup. Every sign-in and every token has ended.")


def _journal_file(settings: Settings, instead: str) -> Path:
    if is_postgres(settings.database):
        raise Misconfigured(f"the journal is in PostgreSQL: {instead}, see docs/operations.md")
    return Path(settings.database)


def _told(contents: Contents) -> str:
    newest = f", the newest of {contents.newest_at}" if contents.newest_at else ""
    counted = [(contents.events, "event"), (contents.devices, "device"), (contents.users, "user")]
    events, devices, users = (f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counted)
    return f"{events}{newest}, {devices} and {users} (epoch {contents.epoch})"


def _tell_blocks(what: str, device_ids: Sequence[str]) -> None:
    if device_ids:
        typer.echo(f"{what}: {', '.join(device_ids)}.")


def _progress(word: str) -> Progress:
    """Say on stderr how far it is, once it takes long."""
    said_at = monotonic()

    def say(part: float) -> None:
        nonlocal said_at
        if monotonic() - said_at >= PROGRESS_SECONDS:
            said_at = monotonic()
            print(f"{word} {part:.0%}", file=sys.stderr, flush=True)

    return say
