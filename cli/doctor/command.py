"""The command `homeguard doctor`."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.doctor.examine import examine, exit_code
from cli.doctor.home import look_at
from cli.doctor.report import as_json, as_text
from cli.errors import errors_told
from homeguard.settings import load_settings

WIDEST: Final = 110  # longer lines are hard to read


def doctor(
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept.", show_default=False)] = None,
    mqtt_url: Annotated[
        str | None, typer.Option(help="A broker of your own; better by HOMEGUARD_MQTT_URL or its file.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="The mosquitto.conf of a broker of your own.", show_default=False)
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False,
) -> None:
    """Say what would be lost, and how to mend it. Changes nothing.

    The exit status is 0 where nothing would be lost, 1 where something would, and 2 where nothing would as far as
    could be seen, but not everything could.
    """
    with errors_told("homeguard doctor"):
        examined = examine(look_at(load_settings(data_dir=data_dir, mqtt_url=mqtt_url), config))
    if is_json:
        typer.echo(as_json(examined))
    else:
        width = min(shutil.get_terminal_size().columns, WIDEST)
        is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        typer.echo(as_text(examined, width=width, is_coloured=is_coloured))
    raise typer.Exit(exit_code(examined))
