"""The accounts of devices while the broker does not run: its file, under the lock of the data directory."""

from pathlib import Path

from bridge.accounts import is_device_account, is_enabled, new_account, require_device_account
from bridge.broker.accounts import Account, checked_account_id
from bridge.broker.dynsec import grant, hashed, read_state, write_state
from bridge.broker.roles import DEVICE_ROLE, device_role
from homeguard.errors import Conflict, NotFound
from homeguard.topics import Topics


class OfflineAccounts:
    """As `bridge.accounts.DeviceAccounts`, for a broker that is off: what is written is in one step, and on disk.

    Whoever uses it holds the lock: a broker that runs would write its own over it. Blocks, for a moment.
    """

    def __init__(self, file: Path, topics: Topics) -> None:
        """Take the accounts file, and how topics read."""
        self._file = file
        self._topics = topics

    async def add(self, device_id: str) -> Account:
        """Give a device an account, and return it with its password.

        Raises:
            BadInput: the id cannot have an account.
            Conflict: it has one, or the account of its name is somebody else's.
            Misconfigured: the file cannot be used.
        """
        account, state = new_account(device_id), read_state(self._file)
        for client in state["clients"]:
            if client.get("username") != device_id:
                continue
            require_device_account(client)
            raise Conflict(f"{device_id} has an account: give it a new password, or remove it first", field="id")
        grant(state, account, device_role(self._topics, device_id), keep_password=False)
        write_state(self._file, state)
        return account

    async def rotate(self, device_id: str) -> Account:
        """Give a device a new password, and return it.

        Raises:
            NotFound: it has no account.
            Conflict: the account of its name is somebody else's.
            Misconfigured: the file cannot be used.
        """
        account, state = new_account(device_id), read_state(self._file)
        for client in state["clients"]:
            if client.get("username") == device_id:
                require_device_account(client)
                client.update(hashed(account.password))
                write_state(self._file, state)
                return account
        raise NotFound(f"{device_id} has no account", field="id")

    async def remove(self, device_id: str) -> bool:
        """Remove a device's account and its role; says whether it had one. Somebody else's stays.

        Raises:
            Misconfigured: the file cannot be used.
        """
        checked_account_id(device_id)
        state = read_state(self._file)
        theirs = [client for client in state["clients"] if client.get("username") == device_id]
        if not all(map(is_device_account, theirs)):
            return False
        state["clients"] = [client for client in state["clients"] if client not in theirs]
        state["roles"] = [role for role in state["roles"] if role.get("rolename") != DEVICE_ROLE + device_id]
        write_state(self._file, state)
        return bool(theirs)

    async def accounts(self) -> dict[str, bool]:
        """Read the ids of the devices that have an account, and whether it is enabled.

        Raises:
            Misconfigured: the file cannot be used.
        """
        clients = read_state(self._file)["clients"]
        return {str(client["username"]): is_enabled(client) for client in clients if is_device_account(client)}
