"""How a person publishes by hand at the broker of `homeguard up`: a command that works as pasted."""

import shlex

from bridge.broker.accounts import Account
from homeguard.settings import Settings


def publish_command(settings: Settings, host: str, port: int, operator: Account) -> str:
    """Write all but topic and message; the password is read from its file, and stays out of terminal and history."""
    file = settings.data_dir.absolute() / "secrets" / "broker-operator-password"
    return f'mosquitto_pub -h {host} -p {port} -u {operator.username} -P "$(cat {shlex.quote(str(file))})" -q 1'
