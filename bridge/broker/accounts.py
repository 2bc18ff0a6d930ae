"""Who may speak to our broker: the accounts, and the passwords that HomeGuard makes for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homeguard.errors import BadInput
from homeguard.secrets_file import load_or_create_secret, make_private_directory
from homeguard.topics import HOMEGUARD_ID, checked_device_id

ADMIN: Final = "homeguard-admin"
SERVICE: Final = "homeguard-bridge"
OPERATOR: Final = "operator"
ENFORCER: Final = "enforcer-"  # and the enforcer's name
BROKER_ENFORCER: Final = "broker"  # the enforcer that runs within HomeGuard
RESERVED: Final = frozenset({ADMIN, SERVICE, OPERATOR, HOMEGUARD_ID})  # no device has these
_OPERATOR_FILE: Final = "broker-operator-password"

PASSWORD_BYTES: Final = 16  # random, so nobody guesses it; as 32 hexadecimal digits it needs no quoting anywhere


@dataclass(frozen=True, slots=True)
class Account:
    """What one needs to log in. Where `client_id` is not None, the account works with that client id only."""

    username: str
    password: str
    client_id: str | None = None

    def __repr__(self) -> str:
        return f"Account({self.username!r})"  # a password has no business in a log


def checked_account_id(device_id: str) -> str:
    """Return a device id that may have an account.

    Raises:
        BadInput: it is not a device id, or is the name of one of our own accounts.
    """
    if checked_device_id(device_id) in RESERVED or device_id.startswith(ENFORCER):
        raise BadInput(
            f"{device_id!r} is the name of an account of HomeGuard's own: give the device another id", field="id"
        )
    return device_id


class BrokerSecrets:
    """The passwords below `data_dir/secrets`, each a file of mode 0600, made when first asked for. Blocks."""

    def __init__(self, data_dir: Path) -> None:
        """Take the data directory."""
        self._directory = data_dir / "secrets"

    @property
    def admin(self) -> Account:
        """The account that changes accounts, and may do nothing else."""
        return Account(ADMIN, self._secret("broker-admin-password"))

    @property
    def service(self) -> Account:
        """The account of the bridge.

        A client that connects with another's client id throws it off and takes its session. The broker can bind an
        account to a client id, but cannot keep accounts that are not bound (people's) from using it: so it is secret.
        """
        secret_id = self._secret("broker-bridge-client-id")
        return Account(SERVICE, self._secret("broker-bridge-password"), f"{SERVICE}-{secret_id}")

    @property
    def operator(self) -> Account:
        """The account for people, with `mosquitto_pub` and `mosquitto_sub`."""
        return Account(OPERATOR, self._secret(_OPERATOR_FILE))

    def has_operator(self) -> bool:
        """Say whether the operator's password is there, before it is made."""
        return (self._directory / _OPERATOR_FILE).exists()

    @property
    def broker_enforcer(self) -> Account:
        """The account of the enforcer at the broker, bound to no client id: it takes the sessions of who is blocked."""
        return Account(ENFORCER + BROKER_ENFORCER, self._secret("broker-enforcer-password"))

    def enforcer(self, name: str) -> Account:
        """Return the account of an enforcer of this box other than the one within HomeGuard."""
        return Account(ENFORCER + name, self._secret(f"enforcers/{name}"))

    def device(self, device_id: str) -> Account:
        """Return the account of a device, bound to its id as the client id.

        Raises:
            BadInput: the id cannot have an account.
        """
        password = self._secret(f"devices/{checked_account_id(device_id)}")
        return Account(device_id, password, device_id)

    def ensure_device_accounts(self, device_ids: Iterable[str]) -> dict[str, str]:
        """Return the password of each device, made where there was none.

        Raises:
            BadInput: an id cannot have an account.
        """
        return {device_id: self.device(device_id).password for device_id in device_ids}

    def kept_devices(self) -> set[str]:
        """Read the ids of the devices whose passwords are here: simulated ones; others keep theirs themselves."""
        try:
            return {path.name for path in (self._directory / "devices").iterdir()}
        except OSError:
            return set()

    def _secret(self, name: str) -> str:
        path = self._directory / name
        for directory in dict.fromkeys((self._directory, path.parent)):
            make_private_directory(directory)
        return load_or_create_secret(path, PASSWORD_BYTES).hex()
