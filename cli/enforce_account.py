"""Where an enforcer connects and as whom: a broker that is named, or the `homeguard up` of this box."""

import secrets
import ssl
from pathlib import Path

from homeguard.client.link import Account
from homeguard.errors import Misconfigured
from homeguard.secrets_file import read_private
from homeguard.urls import read_mqtt_url

SHAPE = "--mqtt-url must look like mqtts://enforcer-NAME@host:8883"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def account_of(
    name: str, mqtt_url: str | None, password_file: Path | None, cafile: Path | None, *, insecure: bool
) -> Account:
    """Return the account of an enforcer. Without a URL it is given one at the broker that runs here.

    Raises:
        Misconfigured: the URL is none, would show the password to everybody, or no HomeGuard of ours runs here.
    """
    if mqtt_url is None:
        from cli.enforcer import local_account  # with the bridge, which an enforcer on a router does without

        return local_account(name)
    broker = read_mqtt_url(mqtt_url)
    if broker is None:
        raise Misconfigured(SHAPE)
    if not (broker.is_tls or insecure or broker.host in LOOPBACK):
        raise Misconfigured(
            f"mqtt://{broker.host} would show the password to everybody on the way: use mqtts://, or --insecure"
        )
    password = broker.password
    if password_file is not None:
        password = read_secret(password_file, "--password-file").decode(errors="replace").strip()
    return Account(
        broker.host,
        broker.port,
        f"enforcer-{name}-{secrets.token_hex(4)}",
        broker.username,
        password,
        _trusting(cafile) if broker.is_tls else None,
    )


def read_secret(path: Path, option: str) -> bytes:
    """Read a secret that an option names.

    Raises:
        Misconfigured: it cannot be read, or others may read it.
    """
    try:
        return read_private(path)
    except OSError as error:
        raise Misconfigured(f"{option}: cannot read {path}: {error.strerror}") from error


def trust(cafile: Path | None, option: str) -> ssl.SSLContext:
    """Make what verifies a certificate, by the authorities of this machine or by the one that an option names.

    Raises:
        Misconfigured: the file is none of an authority.
    """
    try:
        return ssl.create_default_context(cafile=str(cafile) if cafile else None)
    except OSError as error:
        raise Misconfigured(f"{option}: {cafile} cannot be used: {error}") from error


def _trusting(cafile: Path | None) -> ssl.SSLContext:
    return trust(cafile, "--cafile")
