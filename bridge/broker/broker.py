"""Our own broker as `homeguard up` holds it: prepared offline, then run."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bridge.address import Address
from bridge.broker.accounts import Account, BrokerSecrets
from bridge.broker.config import BrokerConfig, find_mosquitto, find_plugin, find_sqlite_plugin, own_user
from bridge.broker.dynsec import amend_accounts_file
from bridge.broker.files import BrokerFiles, DirectoryLock
from bridge.broker.leftover import stop_leftover
from bridge.broker.ports import EVERYWHERE, choose_port
from bridge.broker.process import BrokerProcess
from bridge.broker.tls_listeners import TlsListeners, choose_listeners
from bridge.broker.versions import Version, ask_version
from homeguard.certificates.files import Pair
from homeguard.errors import Misconfigured
from homeguard.secrets_file import make_private_directory, write_private
from homeguard.settings import Settings
from homeguard.topics import Topics

LOOPBACK: Final = "127.0.0.1"
DEFAULT_PORT: Final = 1883


class Broker:
    """A broker with its files in place: where it will answer, and the accounts that work there.

    `notes` are sentences for the user: a port that was taken, a broker left behind.
    """

    def __init__(
        self,
        process: BrokerProcess,
        version: Version,
        port: int,
        secrets: BrokerSecrets,
        lock: DirectoryLock,
        notes: Iterable[str],
        accounts_file: Path,
        tls: TlsListeners | None = None,
    ) -> None:
        """Use `Broker.prepare`."""
        self.host = LOOPBACK
        self.port = port
        self.tls = tls
        self.version = version
        self.secrets = secrets
        self.notes = tuple(notes)
        self.accounts_file = accounts_file
        self.admin: Account = secrets.admin
        self.service: Account = secrets.service
        self.operator: Account = secrets.operator
        self._process = process
        self._lock = lock

    @classmethod
    def prepare(
        cls,
        settings: Settings,
        *,
        port: int | None = None,
        lan: bool = False,
        pair: Pair | None = None,
        tls_host: str | None = None,
        device_ids: Iterable[str] = (),
    ) -> "Broker":
        """Write everything the broker needs below the data directory, and choose its ports. Blocks.

        `port` is one that was asked for; a set `HOMEGUARD_MQTT_PORT` counts as that. With a certificate and its key
        (`pair`) it speaks TLS too, and with `lan` on every address; `tls_host` is how devices name it then. Without TLS
        it listens on loopback only, unless the settings say `insecure_lan`. `device_ids` are given accounts
        (`secrets.device(id)` says which).

        Raises:
            Misconfigured: what the admin must change: no Mosquitto, a taken port, another `homeguard up`.
            BadInput: a device id cannot have an account.
        """
        program = find_mosquitto()
        plugin = find_plugin(program)
        version = ask_version(program)
        files = _files(settings)
        for directory in (settings.data_dir, files.directory):
            make_private_directory(directory)
        lock = DirectoryLock(files.lock)
        try:
            left_behind = stop_leftover(files)
            if port is None and "mqtt_port" in settings.model_fields_set:
                port = settings.mqtt_port
            plain_address = EVERYWHERE if settings.insecure_lan else LOOPBACK
            chosen, replaced = choose_port(port, _last_port(settings), plain_address)
            is_open = lan or settings.insecure_lan
            tls, tls_notes = choose_listeners(settings, pair, EVERYWHERE if is_open else LOOPBACK)
            secrets = write_accounts(files, settings, device_ids)
            BrokerConfig(
                port=chosen,
                address=plain_address,
                version=version,
                plugin=plugin,
                sqlite_plugin=find_sqlite_plugin(program),
                accounts=files.accounts,
                data=files.directory,
                pid_file=files.pid,
                user=own_user(),
                tls=tls,
            ).write(files.config)
            write_private(files.address, f"{LOOPBACK}:{chosen}\n")
            _write_tls_address(files, tls, tls_host or LOOPBACK)
            process = BrokerProcess(program, files.config, LOOPBACK, chosen, hidden=_secret_texts(secrets))
            notes = [note for note in (left_behind, replaced, *tls_notes) if note]
            return cls(process, version, chosen, secrets, lock, notes, files.accounts, tls)
        except BaseException:
            lock.release()
            raise

    @property
    def mqtt_url(self) -> str:
        """The URL for the bridge, with its name and password: a secret."""
        return f"mqtt://{self.service.username}:{self.service.password}@{self.host}:{self.port}"

    @property
    def admin_address(self) -> Address:
        """Where the admin signs in, under whatever client id."""
        return Address(self.host, self.port, self.admin.username, self.admin.username, self.admin.password, is_own=True)

    @property
    def pid(self) -> int | None:
        """The process that runs now, None while there is none."""
        return self._process.pid

    async def run(self, ready: asyncio.Event, stopping: asyncio.Event) -> None:
        """Keep the broker running until `stopping` is set; `ready` is set for as long as it accepts connections.

        Raises:
            Misconfigured: it did not start at all. Once it has run, it is started again for ever.
        """
        try:
            await self._process.run(ready, stopping)
        finally:
            self.release()

    def reload(self) -> None:
        """Let it read its certificates, and the list of revoked ones, anew. Open connections stay."""
        self._process.hang_up()

    async def wait_begun(self) -> None:
        """Return when `run` has started its process, which need not accept connections yet."""
        await self._process.begun.wait()

    def release(self) -> None:
        """Give the data directory up, where `run` is not called after all."""
        self._lock.release()


def known_address(settings: Settings) -> tuple[str, int]:
    """Return host and port of the broker prepared last for this data directory, for commands beside a running one.

    Raises:
        Misconfigured: none was ever prepared.
    """
    path = _files(settings).address
    try:
        host, _, port = path.read_text(encoding="utf-8").strip().rpartition(":")
        return host, int(port)
    except (OSError, ValueError) as error:
        raise Misconfigured(f"no broker of HomeGuard's own is known at {path}: start `homeguard up` first") from error


def known_tls_address(settings: Settings) -> tuple[str, int] | None:
    """Return host and port where devices reach the broker prepared last over TLS, None where it speaks none."""
    try:
        host, _, port = _files(settings).tls_address.read_text(encoding="utf-8").strip().rpartition(":")
        return host, int(port)
    except (OSError, ValueError):
        return None


def _files(settings: Settings) -> BrokerFiles:
    return BrokerFiles(settings.data_dir.absolute() / "broker")


def _write_tls_address(files: BrokerFiles, tls: TlsListeners | None, host: str) -> None:
    if tls is None:
        files.tls_address.unlink(missing_ok=True)
    else:
        write_private(files.tls_address, f"{host}:{tls.port}\n")


def _last_port(settings: Settings) -> int:
    try:
        port = known_address(settings)[1]
    except Misconfigured:
        return DEFAULT_PORT
    return port if 0 < port < 65536 else DEFAULT_PORT


def _secret_texts(secrets: BrokerSecrets) -> tuple[str, ...]:
    client_id = secrets.service.client_id
    return (client_id,) if client_id else ()


def write_accounts(files: BrokerFiles, settings: Settings, device_ids: Iterable[str]) -> BrokerSecrets:
    """Bring the accounts file up to date with our secrets; return them. Blocks."""
    secrets = BrokerSecrets(settings.data_dir)
    has_new_operator = not secrets.has_operator()  # removed, to take it back from whoever knows it
    amend_accounts_file(
        files.accounts,
        Topics(settings.topic_prefix),
        admin=secrets.admin,
        service=secrets.service,
        operator=secrets.operator,
        broker_enforcer=secrets.broker_enforcer,
        devices=[secrets.device(device_id) for device_id in device_ids],
        flat_topics=settings.has_flat_topics,
        has_new_operator=has_new_operator,
    )
    return secrets
