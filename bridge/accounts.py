"""The accounts of devices at a running broker: which there are, and disabling and enabling them for a block."""

import secrets
from collections.abc import Collection, Iterable
from typing import Any, Final

from bridge.address import Address
from bridge.aiomqtt_link import AiomqttLink
from bridge.broker.control import (
    CONTROL_RESPONSE_TOPIC,
    CONTROL_TOPIC,
    control_errors,
    list_accounts_request,
    listed_accounts,
    switch_devices_request,
)
from bridge.broker.roles import DEVICE_ROLE
from bridge.control import answer_to
from bridge.link import BrokerUnavailable

# Commands in one request. Mosquitto writes its accounts file after each of them and does nothing else meanwhile: some
# milliseconds for each, in which no alert passes.
COMMANDS: Final = 10


class DeviceAccounts:
    """The accounts of devices, as the broker's admin sees them."""

    def __init__(self, admin: Address) -> None:
        """Take the broker's address, with the account of its admin."""
        self._admin = admin

    async def accounts(self) -> dict[str, bool]:
        """Read the ids of the devices that have an account, and whether it is enabled.

        Raises:
            BrokerUnavailable: the broker cannot be reached, does not answer, or does not let us.
        """
        correlation = secrets.token_hex(8)
        async with AiomqttLink.connect(self._address(), keeps_session=False) as link:
            await link.subscribe(CONTROL_RESPONSE_TOPIC)
            await link.publish(CONTROL_TOPIC, list_accounts_request(correlation))
            found = await answer_to(link, correlation, listed_accounts)
        return {client["username"]: not client.get("disabled", False) for client in found if _is_device(client)}

    async def disable(self, device_ids: Collection[str]) -> None:
        """Disable these accounts, which throws off who uses them.

        Raises:
            BrokerUnavailable: the broker cannot be reached, does not answer, or could not do it.
        """
        await self._switch(device_ids, "disableClient")

    async def enable(self, device_ids: Collection[str]) -> None:
        """Enable these accounts.

        Raises:
            BrokerUnavailable: the broker cannot be reached, does not answer, or could not do it.
        """
        await self._switch(device_ids, "enableClient")

    async def _switch(self, device_ids: Collection[str], command: str) -> None:
        async with AiomqttLink.connect(self._address(), keeps_session=False) as link:
            await link.subscribe(CONTROL_RESPONSE_TOPIC)
            for chunk in _chunks(device_ids, COMMANDS):
                correlation = secrets.token_hex(8)
                await link.publish(CONTROL_TOPIC, switch_devices_request(command, chunk, correlation))
                if errors := await answer_to(link, correlation, control_errors):
                    raise BrokerUnavailable("; ".join(errors))

    def _address(self) -> Address:
        """Come under another client id each time: two requests at once must not throw each other off."""
        client_id = f"{self._admin.client_id}-{secrets.token_hex(8)}"
        admin = self._admin
        return Address(admin.host, admin.port, client_id, admin.username, admin.password, admin.is_tls)


def _is_device(client: dict[str, Any]) -> bool:
    role = DEVICE_ROLE + str(client.get("username"))
    return any(given.get("rolename") == role for given in client.get("roles", []))


def _chunks(ids: Collection[str], size: int) -> Iterable[list[str]]:
    listed = list(ids)
    return (listed[start : start + size] for start in range(0, len(listed), size))
