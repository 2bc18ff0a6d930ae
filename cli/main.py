"""The command `homeguard`: one file a command, joined here."""

import typer

from cli import broker, users
from cli.backup import backup, restore
from cli.doctor.command import doctor
from cli.local import local_accounts, local_token, local_url
from cli.sim import sim_command
from cli.tail import tail_command
from cli.up import serve, up
from homeguard import __version__

app = typer.Typer(
    name="homeguard",
    help="The event bus of a guarded home.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(serve)
app.command()(tail_command(local_token, local_url))
app.command()(sim_command(local_accounts))
app.command()(users.token)
app.command()(backup)
app.command()(restore)
app.command()(doctor)
app.add_typer(users.app)
app.add_typer(broker.app, name="broker")


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(f"homeguard {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    app()
