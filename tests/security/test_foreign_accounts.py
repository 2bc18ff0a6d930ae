"""An account at the broker that HomeGuard did not make is nobody's device, whatever a message makes a device of.

Whoever may publish on a flat topic makes a device of any name known. Where that is the name of somebody else's account,
an admin who gives "the device" a password or removes it must not take that account over.
"""

from typing import Final

import pytest
from httpx import AsyncClient

from bridge.accounts import DeviceAccounts
from bridge.broker import Account
from bridge.broker.dynsec import read_state
from bridge.control import controlled
from bridge.offline_accounts import OfflineAccounts
from homeguard.errors import Conflict
from homeguard.events import DeviceUpdate
from homeguard.topics import Topics
from tests.api.conftest import Home
from tests.broker.mqtt import ACCEPTED, Client
from tests.brokers import RunningBroker
from tests.conftest import OwnBroker

FOREIGN: Final = Account("zigbee2mqtt", "its own secret", "")
WIDE: Final = [
    {"acltype": kind, "topic": "#", "allow": True}
    for kind in ("publishClientSend", "publishClientReceive", "subscribePattern")
]
MAKE_FOREIGN: Final = [
    {"command": "createRole", "rolename": "gateway", "acls": WIDE},
    {
        "command": "createClient",
        "username": FOREIGN.username,
        "password": FOREIGN.password,
        "roles": [{"rolename": "gateway"}],
    },
]


def still_works(broker: RunningBroker) -> bool:
    with Client(broker, FOREIGN) as gateway:
        return gateway.is_connected and gateway.publish("zigbee2mqtt/bridge/state") in ACCEPTED


async def test_account_of_somebody_else_is_not_taken_over_by_a_device_of_its_name(
    home: Home, own_broker: OwnBroker, admin: AsyncClient
) -> None:
    broker = own_broker()
    async with controlled(broker.broker.admin_address) as control:
        await control.do(MAKE_FOREIGN)
        home.context.accounts = DeviceAccounts(control, Topics())
        await home.receive(DeviceUpdate("zigbee2mqtt", {"status": "online"}, verified=False))
        answer = await admin.post("/api/devices/zigbee2mqtt/credentials")
        assert (answer.status_code, answer.json()["detail"]) == (
            409,
            "zigbee2mqtt is an account at the broker that HomeGuard did not make: give the device another id",
        )
        assert (await admin.delete("/api/devices/zigbee2mqtt")).status_code == 204
    assert still_works(broker)


async def test_account_of_somebody_else_is_neither_removed_nor_given_again(own_broker: OwnBroker) -> None:
    broker = own_broker()
    async with controlled(broker.broker.admin_address) as control:
        await control.do(MAKE_FOREIGN)
        accounts = DeviceAccounts(control, Topics())
        assert not await accounts.remove("zigbee2mqtt")
        with pytest.raises(Conflict, match="did not make"):
            await accounts.add("zigbee2mqtt")
    assert still_works(broker)


async def test_account_of_somebody_else_stays_as_it_is_while_the_broker_is_off(own_broker: OwnBroker) -> None:
    broker = own_broker()
    file = broker.settings.data_dir / "broker" / "dynamic-security.json"
    async with controlled(broker.broker.admin_address) as control:
        await control.do(MAKE_FOREIGN)
    broker.stop()
    before = read_state(file)
    accounts = OfflineAccounts(file, Topics())
    for change in (accounts.add, accounts.rotate):
        with pytest.raises(Conflict, match="did not make"):
            await change("zigbee2mqtt")
    assert not await accounts.remove("zigbee2mqtt")
    assert read_state(file) == before
