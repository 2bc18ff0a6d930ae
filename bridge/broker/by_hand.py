"""How a person publishes by hand at the broker of `homeguard up`: a command that works as pasted."""

import shlex
from pathlib import Path

from bridge.broker.accounts import Account
from homeguard.settings import Settings


def trust_options(ca_file: Path | None) -> str:
    """Write the options for TLS: whom to believe, where it is not who the system believes."""
    return f"--cafile {shlex.quote(str(ca_file))} " if ca_file is not None else "--tls-use-os-certs "


def publish_command(settings: Settings, host: str, port: int, operator: Account, trust: str = "") -> str:
    """Write all but topic and message; the password is read from its file, and stays out of terminal and history.

    `trust` are the options for TLS, where the port wants it.
    """
    file = settings.data_dir.absolute() / "secrets" / "broker-operator-password"
    return f'mosquitto_pub {trust}-h {host} -p {port} -u {operator.username} -P "$(cat {shlex.quote(str(file))})" -q 1'
