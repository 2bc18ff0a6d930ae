"""How every command tells an error of ours: one sentence on stderr and exit status 1, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from homeguard.errors import HomeGuardError


@contextmanager
def errors_told(command: str = "homeguard") -> Iterator[None]:
    """Tell an error in the name of a command, without control characters: part of it may come from outside."""
    try:
        yield
    except HomeGuardError as error:
        typer.echo(f"{command}: {printable(str(error))}", err=True)
        raise typer.Exit(1) from None


def printable(text: str) -> str:
    """Replace what could move the cursor, hide a line or write in reverse."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
