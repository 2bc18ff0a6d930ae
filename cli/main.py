"""The command `homeguard`: one file a command, joined here.

A file is imported when its command is called or listed: after a kill every screen waits for `homeguard up`, and must
not wait for what `homeguard doctor` needs.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import typer
import typer.main
from typer.core import TyperGroup

from homeguard import __version__

NAMES: Final = (
    "up",
    "serve",
    "tail",
    "sim",
    "token",
    "backup",
    "restore",
    "doctor",
    "user",
    "device",
    "broker",
    "enforce",
    "enforcer",
    "certs",
)


def _find(name: str) -> typer.Typer | Callable[..., None]:
    """Import one command, or group of commands."""
    match name:
        case "up" | "serve":
            from cli import up

            return up.up if name == "up" else up.serve
        case "tail":
            from cli import local, tail

            return tail.tail_command(local.local_token, local.local_url)
        case "sim":
            from cli import local, sim

            return sim.sim_command(local.local_accounts)
        case "backup" | "restore":
            from cli import backup

            return backup.backup if name == "backup" else backup.restore
        case "doctor":
            from cli.doctor import command

            return command.doctor
        case "token":
            from cli import tokens

            return tokens.app
        case "user":
            from cli import users

            return users.app
        case "device":
            from cli import devices

            return devices.app
        case "enforce":
            from cli import enforce

            return enforce.enforce
        case "enforcer":
            from cli import enforcer

            return enforcer.app
        case "certs":
            from cli import certs

            return certs.app
        case _:
            from cli import broker

            return broker.app


class _OnDemand(Mapping[str, Any]):
    """The commands by name, each read when it is looked up. Typer's own type of a command is not public."""

    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        found, around = _find(name), typer.Typer(add_completion=False)
        if not isinstance(found, typer.Typer):
            around.command(name)(found)
            return typer.main.get_command(around)
        around.add_typer(found, name=name)
        return typer.main.get_group(around).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


class _Commands(TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast(Any, _OnDemand())


app = typer.Typer(
    name="homeguard",
    cls=_Commands,
    help="The event bus of a guarded home.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        typer.echo(f"homeguard {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    app()
