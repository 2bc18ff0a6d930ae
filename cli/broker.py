"""`homeguard broker …`: what a broker that somebody else starts needs from us."""

from pathlib import Path
from typing import Annotated

import typer

from bridge.broker.elsewhere import write_broker_files, write_postgres_secrets
from cli.errors import errors_told
from devices_sim import device_ids
from homeguard.certificates.names import LOOPBACK_NAMES, Names, named
from homeguard.certificates.store import Certificates
from homeguard.settings import load_settings

app = typer.Typer(help="Files for a Mosquitto that HomeGuard does not start itself.", no_args_is_help=True)


@app.callback()
def _commands() -> None:
    """Keep `init` a command of its own while it is the only one."""


@app.command()
def init(
    directory: Annotated[Path, typer.Option(help="Where mosquitto.conf and the accounts go; the broker's path, too.")],
    data: Annotated[Path, typer.Option(help="Where the broker keeps its queues, as the broker sees it.")],
    plugin: Annotated[Path, typer.Option(help="The dynamic-security plugin, as the broker sees it.")],
    address: Annotated[str, typer.Option(help="host:port where clients reach the broker.")],
    tls_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port for TLS, with a certificate of `homeguard certs`.")
    ] = None,
    tls_name: Annotated[list[str] | None, typer.Option(help="Another name in it; may be repeated.")] = None,
    tls_address: Annotated[list[str] | None, typer.Option(help="Another address in it; may be repeated.")] = None,
    sim: Annotated[int, typer.Option(min=0, max=1000, help="Accounts for this many simulated devices.")] = 0,
    postgres: Annotated[Path | None, typer.Option(help="Directory for PostgreSQL's password and URL.")] = None,
    postgres_address: Annotated[str, typer.Option(help="host:port of PostgreSQL.")] = "postgres:5432",
) -> None:
    """Write configuration, accounts and secrets of a broker; again, it keeps what others changed."""
    with errors_told("homeguard broker init"):
        settings = load_settings()
        ids = device_ids(sim) if sim else []
        if tls_port is not None:
            names = named([address.rpartition(":")[0], *(tls_name or ())], tls_address or ())
            _ensure_certificates(Certificates(settings.data_dir), LOOPBACK_NAMES | names)
        write_broker_files(
            settings, directory, data=data, plugin=plugin, address=address, tls_port=tls_port, device_ids=ids
        )
        if postgres is not None:
            write_postgres_secrets(postgres, postgres_address)
    typer.echo(f"The broker's files are in {directory}, the bridge's secrets in {settings.data_dir / 'secrets'}.")


def _ensure_certificates(certificates: Certificates, names: Names) -> None:
    """Make what is missing. Not for this machine's own names: those of a container mean nothing to anybody."""
    certificates.make_authority(names)
    certificates.check(names)
    certificates.ensure_server(names)
