"""Writes the files of a broker that somebody else starts: the containers of docker-compose.yml."""

from collections.abc import Iterable
from pathlib import Path

from bridge.broker.accounts import BrokerSecrets
from bridge.broker.broker import write_accounts
from bridge.broker.config import BrokerConfig
from bridge.broker.files import BrokerFiles
from bridge.broker.ports import EVERYWHERE
from bridge.broker.tls_listeners import TlsListeners
from bridge.broker.versions import Version
from homeguard.certificates.files import CertificateFiles, Pair
from homeguard.secrets_file import load_or_create_secret, make_private_directory, write_private
from homeguard.settings import Settings

POSTGRES_PASSWORD_BYTES = 16


def write_broker_files(
    settings: Settings,
    directory: Path,
    *,
    data: Path,
    plugin: Path,
    address: str,
    tls_port: int | None = None,
    device_ids: Iterable[str] = (),
) -> None:
    """Write configuration and accounts into `directory`, which the broker must see under the same path.

    `address` (`host:port`) is where clients reach it. With a `tls_port` it speaks TLS there too, with a copy of the
    certificate of `homeguard certs`, and the bridge comes by that way. Into `data_dir/secrets` go `mqtt-url` and
    `mqtt-client-id`, what `homeguard serve` needs to be the bridge, and `mqtt-admin-url`, what it needs to make the
    accounts of devices. Again for a broker that has run, it keeps the accounts that others made. Blocks.

    Raises:
        Misconfigured: a file cannot be written.
        BadInput: a device id cannot have an account.
    """
    files = BrokerFiles(directory)
    known = BrokerFiles(settings.data_dir / "broker")
    for private in (settings.data_dir, directory, known.directory):
        make_private_directory(private)
    if files.accounts.exists():
        files.accounts.chmod(0o600)  # the broker of a container rewrites it with an umask that nobody here sets
    host, _, port = address.rpartition(":")
    service = write_accounts(files, settings, device_ids).service
    BrokerConfig(
        port=int(port),
        address=EVERYWHERE,  # of the container; what is published decides who reaches it
        version=Version(2, 0),  # nobody here knows which one it is, and later ones understand it too
        plugin=plugin,
        sqlite_plugin=None,
        accounts=files.accounts,
        data=data,
        pid_file=None,
        user="mosquitto",
        tls=_copied(CertificateFiles.of(settings.data_dir), directory, tls_port) if tls_port is not None else None,
    ).write(files.config)
    write_private(known.address, f"{address}\n")
    secrets = settings.data_dir / "secrets"
    way = f"mqtts://{{}}@{host}:{tls_port}" if tls_port is not None else f"mqtt://{{}}@{address}"
    write_private(secrets / "mqtt-url", way.format(f"{service.username}:{service.password}") + "\n")
    admin = BrokerSecrets(settings.data_dir).admin
    write_private(secrets / "mqtt-admin-url", way.format(f"{admin.username}:{admin.password}") + "\n")
    write_private(secrets / "mqtt-client-id", f"{service.client_id}\n")


def _copied(certificates: CertificateFiles, directory: Path, port: int) -> TlsListeners:
    """Bring the server's certificate to where the broker sees it; describe the listener that shows it."""
    pair = Pair(directory / "server.crt", directory / "server.key")
    for mine, its in ((certificates.server.certificate, pair.certificate), (certificates.server.key, pair.key)):
        write_private(its, mine.read_text(encoding="ascii"))
    return TlsListeners(EVERYWHERE, pair, port, None, certificates.authority.certificate, certificates.revoked)


def write_postgres_secrets(directory: Path, address: str) -> None:
    """Write `password`, for the official image, and `url`, for HomeGuard, with a password made on first use. Blocks.

    Raises:
        Misconfigured: a file cannot be written.
    """
    make_private_directory(directory)
    password = load_or_create_secret(directory / "password", POSTGRES_PASSWORD_BYTES).hex()
    write_private(directory / "url", f"postgresql://homeguard:{password}@{address}/homeguard\n")
