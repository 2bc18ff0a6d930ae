"""The accounts of devices at a running broker: added, removed, given a new password, disabled; each read back."""

import asyncio
import secrets
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Final

from bridge.address import Address
from bridge.broker.accounts import PASSWORD_BYTES, RESERVED, Account, checked_account_id
from bridge.broker.control import (
    Answer,
    create_device,
    disable_device,
    enable_device,
    get_client,
    get_role,
    remove_device,
    set_password,
    write_role,
)
from bridge.broker.dynsec import saved_account, verifies
from bridge.broker.roles import DEVICE_ROLE, Role, device_role, is_same_role
from bridge.control import Control, controlled
from bridge.link import BrokerUnavailable
from homeguard.errors import Conflict, Misconfigured, NotFound
from homeguard.topics import Topics, is_device_id

# Devices in one request. Mosquitto writes its accounts file after each command and does nothing else meanwhile: some
# milliseconds for each, in which no alert passes.
DEVICES_A_REQUEST: Final = 5


def new_account(device_id: str) -> Account:
    """Make the account of a device with a password of 128 random bits, which nobody keeps.

    Raises:
        BadInput: the id cannot have an account.
    """
    return Account(checked_account_id(device_id), secrets.token_hex(PASSWORD_BYTES), device_id)


class DeviceAccounts:
    """The accounts of devices, as the broker's admin sees them.

    Everything raises `BrokerUnavailable` where the broker is away or did not do what it was asked to, and
    `NotAvailable` where it cannot.
    """

    def __init__(self, control: Control, topics: Topics, file: Path | None = None) -> None:
        """Take the connection, how topics read, and the broker's accounts file where it can be read."""
        self._control = control
        self._topics = topics
        self._file = file
        self._changing = asyncio.Lock()  # who looks whether there is an account, and then makes one, is alone

    async def add(self, device_id: str) -> Account:
        """Give a device an account, and return it with its password.

        Raises:
            BadInput: the id cannot have an account.
            Conflict: it has one, or the account of its name is somebody else's.
        """
        account = new_account(device_id)
        async with self._changing:
            client = await self._client(device_id)
            if client is not None:
                require_device_account(client)
                raise Conflict(f"{device_id} has an account: give it a new password, or remove it first", field="id")
            await self.ensure(account)
        return account

    async def ensure(self, account: Account) -> None:
        """Make an account with this password where there is none; one that is there keeps its own."""
        await self._control.do(create_device(account, self._topics))
        client = await self._client(account.username)
        if client is None or client.get("clientid") != account.client_id or not is_device_account(client):
            raise BrokerUnavailable(f"it said that it added the account of {account.username}, and does not have it")
        await self._ensure_role(account.username)
        if not await self._is_saved(account.username):
            await self._control.do(remove_device(account.username))
            raise BrokerUnavailable(self._unsaved(account.username))

    async def rotate(self, device_id: str) -> Account:
        """Give a device a new password, and return it; who uses the old one is thrown off.

        Raises:
            NotFound: it has no account.
            Conflict: the account of its name is somebody else's.
        """
        account = new_account(device_id)
        client = await self._client(device_id)
        if client is None:
            raise NotFound(f"{device_id} has no account", field="id")
        require_device_account(client)
        await self._control.do([set_password(device_id, account.password)])
        if not await self._is_saved(device_id, account.password):
            raise BrokerUnavailable(self._unsaved(device_id))
        return account

    async def remove(self, device_id: str) -> bool:
        """Remove a device's account, which throws it off; says whether it had one. Somebody else's stays."""
        checked_account_id(device_id)
        client = await self._client(device_id)
        if client is not None and not is_device_account(client):
            return False
        await self._control.do(remove_device(device_id))
        if await self._client(device_id) is not None:
            raise BrokerUnavailable(f"it said that it removed the account of {device_id}, and still has it")
        if self._file is not None and await self._saved(device_id) is not None:
            raise BrokerUnavailable(self._unsaved(device_id))
        return client is not None

    async def accounts(self) -> dict[str, bool]:
        """Read the ids of the devices that have an account, and whether it is enabled."""
        return {name: is_enabled(client) for name, client in (await self._clients()).items()}

    async def disable(self, device_ids: Collection[str]) -> None:
        """Disable these accounts and take their role, which throws off who uses them however they sign in."""
        for chunk in _chunks(device_ids):
            await self._control.do(command for id in chunk for command in disable_device(id))
        await self._require(device_ids, enabled=False)

    async def enable(self, device_ids: Collection[str]) -> None:
        """Enable these accounts, with their role."""
        for chunk in _chunks(device_ids):
            await self._control.do(command for id in chunk for command in enable_device(id))
        await self._require(device_ids, enabled=True)

    async def _require(self, device_ids: Collection[str], *, enabled: bool) -> None:
        clients = await self._clients()
        wrong = [id for id in device_ids if id not in clients or _is_free(clients[id]) is not enabled]
        if wrong:
            state = "enabled" if enabled else "disabled"
            raise BrokerUnavailable(f"it said that it {state} these accounts, which are not: {', '.join(wrong[:5])}")

    async def _clients(self) -> dict[str, dict[str, Any]]:
        found = await self._control.read_all("listClients", "clients")
        return {str(client["username"]): client for client in found if is_device_account(client)}

    async def _ensure_role(self, device_id: str) -> None:
        """Bring a role that was left there by somebody into the shape it must have."""
        wanted = device_role(self._topics, device_id)
        if not await self._has_role(wanted):
            await self._control.do([write_role(wanted)])
            if not await self._has_role(wanted):
                raise BrokerUnavailable(f"it said that it wrote the role of {device_id}, and has another")

    async def _has_role(self, wanted: Role) -> bool:
        (answer,) = await self._control.ask([get_role(wanted["rolename"])])
        role = _found(answer, "role")
        return role is not None and is_same_role(role, wanted)

    async def _client(self, device_id: str) -> dict[str, Any] | None:
        (answer,) = await self._control.ask([get_client(device_id)])
        return _found(answer, "client")

    async def _is_saved(self, device_id: str, password: str | None = None) -> bool:
        """Look into the broker's file: where the disk is full it answers success, and forgets at its next start."""
        if self._file is None:
            return True
        client = await self._saved(device_id) or {}
        return bool(client) and (password is None or verifies(client, password))

    async def _saved(self, device_id: str) -> dict[str, Any] | None:
        """Read an account as the broker has saved it; an empty one where its file is cut off (Mosquitto 2.0)."""
        assert self._file is not None
        try:
            return await asyncio.to_thread(saved_account, self._file, device_id)
        except Misconfigured:
            return {}

    def _unsaved(self, device_id: str) -> str:
        return (
            f"it could not write {self._file} and would forget the change to {device_id} at its next start: make room "
            "on the disk, and do it again"
        )


async def add_device_accounts(host: str, port: int, admin: Account, topics: Topics, devices: Iterable[Account]) -> None:
    """Give devices accounts with passwords that are kept somewhere; those that have one keep it.

    Raises:
        BrokerUnavailable: the broker cannot be reached, does not answer, or could not do it.
        NotAvailable: it has no dynamic security, or the admin's account may not use it.
    """
    async with controlled(Address(host, port, admin.username, admin.username, admin.password)) as control:
        accounts = DeviceAccounts(control, topics)
        for device in devices:
            await accounts.ensure(device)


def is_device_account(client: dict[str, Any]) -> bool:
    """Say whether an account as the broker lists it is one of a device; while it is disabled it has no role."""
    name = str(client.get("username"))
    if not is_device_id(name) or name in RESERVED:
        return False
    return has_own_role(client) or (not client.get("roles") and client.get("clientid") == name)


def require_device_account(client: dict[str, Any]) -> None:
    """Let pass an account of a device; a message makes a device of any name known, also of somebody else's account.

    Raises:
        Conflict: it is somebody else's.
    """
    if not is_device_account(client):
        raise Conflict(
            f"{client.get('username')} is an account at the broker that HomeGuard did not make: "
            "give the device another id",
            field="id",
        )


def has_own_role(client: dict[str, Any]) -> bool:
    """Say whether an account has the role of the device of its name."""
    role = DEVICE_ROLE + str(client.get("username"))
    return any(given.get("rolename") == role for given in client.get("roles", []))


def is_enabled(client: dict[str, Any]) -> bool:
    """Say whether an account as the broker lists it may sign in."""
    return not client.get("disabled", False)


def _is_free(client: dict[str, Any]) -> bool:
    return is_enabled(client) and has_own_role(client)


def _found(answer: Answer, key: str) -> dict[str, Any] | None:
    if answer.error is None:
        return dict(answer.data[key])
    if answer.error.endswith("not found"):
        return None
    raise BrokerUnavailable(f"it says: {answer.command}: {answer.error}")


def _chunks(ids: Collection[str]) -> Iterable[list[str]]:
    listed = list(ids)
    return (listed[start : start + DEVICES_A_REQUEST] for start in range(0, len(listed), DEVICES_A_REQUEST))
