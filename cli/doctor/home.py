"""What the checks look at: settings, broker, configuration and processes of one home. Makes and changes nothing."""

import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.address import Address
from bridge.broker import known_address
from bridge.broker.accounts import ADMIN, OPERATOR
from bridge.broker.conf_file import ConfFile, read_conf_file
from bridge.broker.files import BrokerFiles
from cli.running import Running, find_running
from homeguard.errors import Misconfigured
from homeguard.settings import Settings

RESTART_OURS: Final = "homeguard up  # stop it first: it writes the broker's configuration anew"
USUAL_CONF: Final = Path("/etc/mosquitto/mosquitto.conf")
LOOK_INSIDE: Final = f"homeguard doctor --config {USUAL_CONF}"
NO_FILE: Final = "the configuration of your own broker is not visible by MQTT"


@dataclass(frozen=True, slots=True)
class Home:
    """One home as it is now.

    `broker` is None where none is known; its client id is the doctor's own, so that nobody is thrown off. `admin` is
    the account that may read the accounts, at our own broker only. `conf` is None where it cannot be read: `conf_why`.
    """

    settings: Settings
    is_ours: bool
    broker: Address | None
    admin: Address | None
    conf: ConfFile | None
    conf_why: str
    running: Running | None
    broker_pid: int | None

    @property
    def data_dir(self) -> Path:
        """Where everything is kept."""
        return self.settings.data_dir.absolute()

    @property
    def start_command(self) -> str:
        """What starts this HomeGuard."""
        return "homeguard up" if self.is_ours else "homeguard serve"

    def curl(self, path: str) -> str:
        """Write the line that asks this HomeGuard for a path."""
        url, ca_file = (self.running.url, self.running.ca_file) if self.running else ("http://127.0.0.1:8000", None)
        trust = f" --cacert {shlex.quote(ca_file)}" if ca_file is not None else ""
        return f"curl -sS{trust} {url}{path}"

    def mend_broker(self, hint: str) -> str:
        """Write the line that leads to the broker's configuration; ours is written anew at each start."""
        if self.is_ours or self.conf is None:
            return RESTART_OURS if self.is_ours else LOOK_INSIDE
        return f"sudoedit {shlex.quote(str(self.conf.path))}  # {hint}"

    def mend_broker_by(self, *lines: str) -> str:
        """Write the line that adds options to the broker's configuration; where one comes twice, the last counts."""
        if self.is_ours:
            return RESTART_OURS
        path = self.conf.path if self.conf else USUAL_CONF
        text = shlex.quote("".join(f"{line}\\n" for line in lines))
        return f"printf {text} | sudo tee -a {shlex.quote(str(path))} && sudo systemctl restart mosquitto"

    @property
    def bridge_client_id(self) -> str | None:
        """The client id of the bridge at our own broker, None where it may not be read."""
        secret = _secret(self.data_dir, "broker-bridge-client-id")
        return f"homeguard-bridge-{secret}" if secret else None


def look_at(settings: Settings, conf_file: Path | None) -> Home:
    """Find out what there is. Blocks.

    Raises:
        Misconfigured: the URL of the broker is none.
    """
    is_ours = settings.mqtt_url is None
    files = BrokerFiles(settings.data_dir.absolute() / "broker")
    path = conf_file or (files.config if is_ours else None)
    conf, conf_why = _conf(path)
    return Home(
        settings=settings,
        is_ours=is_ours,
        broker=_our_broker(settings, OPERATOR, "broker-operator-password") if is_ours else _your_broker(settings),
        admin=_our_broker(settings, ADMIN, "broker-admin-password") if is_ours else None,
        conf=conf,
        conf_why=conf_why,
        running=find_running(settings),
        broker_pid=_pid(files.pid) if is_ours else None,
    )


def _conf(path: Path | None) -> tuple[ConfFile | None, str]:
    if path is None:
        return None, NO_FILE
    try:
        return read_conf_file(path), ""
    except Misconfigured as error:
        return None, str(error)


def _our_broker(settings: Settings, username: str, secret: str) -> Address | None:
    try:
        host, port = known_address(settings)
    except Misconfigured:
        return None
    return Address(host, port, _own_client_id(), username, _secret(settings.data_dir, secret))


def _your_broker(settings: Settings) -> Address:
    return Address.of(settings, _own_client_id())


def _own_client_id() -> str:
    return f"homeguard-doctor-{secrets.token_hex(8)}"


def _secret(data_dir: Path, name: str) -> str | None:
    """Read a secret as it lies there; to ask `BrokerSecrets` for it would make it."""
    try:
        return (data_dir / "secrets" / name).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def _pid(path: Path) -> int | None:
    try:
        pid = int(path.read_text(encoding="ascii"))
        is_mosquitto = Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "mosquitto"
    except (OSError, ValueError):
        return None
    return pid if is_mosquitto else None
