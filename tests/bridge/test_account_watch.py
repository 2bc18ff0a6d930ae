"""Accounts that somebody changed at the broker by hand: what is ours is mended and told, what is not is told once."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from bridge.account_watch import AccountWatch, read_standing
from bridge.accounts import DeviceAccounts
from bridge.broker.drift import Wanted, drifts
from bridge.control import controlled
from bridge.link import BrokerUnavailable
from cli.own_broker import own_broker as what_is_known
from homeguard.audit import Action
from homeguard.events import EventType
from homeguard.journal.accounts import known_accounts, remember_account
from homeguard.journal.audit import page_of_audit
from homeguard.journal.blocks import wish
from homeguard.topics import Topics
from tests.bridge.running import disabled
from tests.broker.mqtt import ACCEPTED, NOT_AUTHORISED, Client
from tests.waiting import until

EVERYTHING = {"acltype": "publishClientSend", "topic": "#", "allow": True}
ANYBODY = {"acltype": "publishClientSend", "allow": True}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("bridge.account_watch.CONFIRM_SECONDS", 0.0)


class Home:
    """A broker with the account of cam-1, the journal that knows it, and who compares the two."""

    def __init__(self, broker, control, journal, desk):
        self.broker, self.control, self.journal, self.desk = broker, control, journal, desk
        self.made = broker.operator  # until cam-1 has its account
        self.accounts = DeviceAccounts(control, Topics())
        self.watch = AccountWatch(control, journal, Topics(), what_is_known(broker.broker, broker.settings))

    async def look(self):
        return [drift.what for drift in await self.watch.look()]

    def alerts(self):
        bodies = [json.loads(event.body) for event in self.desk.committed if event.type == EventType.NEW_ALERT]
        return [body for body in bodies if body.get("category") == "drift"]

    def has_told(self, times):
        return len(self.alerts()) == times

    async def repaired(self):
        entries = await self.journal.read(lambda: page_of_audit(None, 100, action=Action.ACCOUNT_REPAIRED))
        return [(entry["by"], entry["target"]) for entry in entries]


@asynccontextmanager
async def a_home(own_broker, journal, desk):
    broker = own_broker(device_ids=())
    async with controlled(broker.broker.admin_address) as control:
        home = Home(broker, control, journal, desk)
        home.made = await home.accounts.add("cam-1")
        await journal.write(lambda tx: remember_account(tx, "cam-1", by="ada"))
        assert await home.look() == []
        yield home


BY_HAND = {
    "another client id": [{"command": "setClientId", "username": "cam-1", "clientid": "bridge"}],
    "given more roles": [{"command": "addClientRole", "username": "cam-1", "rolename": "homeguard-bridge"}],
    "put into groups": [
        {"command": "createGroup", "groupname": "g", "roles": [{"rolename": "homeguard-bridge"}]},
        {"command": "addGroupClient", "groupname": "g", "username": "cam-1"},
    ],
    "role was taken": [
        {"command": "removeClientRole", "username": "cam-1", "rolename": "homeguard-device-cam-1"},
    ],
    "allows something else": [{"command": "modifyRole", "rolename": "homeguard-device-cam-1", "acls": [EVERYTHING]}],
}


@pytest.mark.parametrize("says", BY_HAND)
async def test_device_that_was_given_or_lost_rights_is_as_it_should_be_again(own_broker, journal, desk, says):
    async with a_home(own_broker, journal, desk) as home:
        await home.control.do(BY_HAND[says])
        assert any(says in what for what in await home.look())
        assert await home.look() == []
        (alert,) = home.alerts()
        assert (alert["device_id"], alert["severity"], alert["raised_by"]) == ("cam-1", "high", "homeguard")
        assert says in alert["reason"] and "it is repaired" in alert["reason"]  # noqa: PT018
        assert set(await home.repaired()) == {("homeguard", "cam-1")}
        with Client(home.broker, home.made) as cam:
            assert cam.publish("homeguard/alerts/cam-1") in ACCEPTED
            assert cam.publish("homeguard/alerts/lock-1") == NOT_AUTHORISED


async def test_role_that_is_gone_is_made_again(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        file = home.broker.settings.data_dir / "broker" / "dynamic-security.json"
        state = json.loads(file.read_text())
        state["roles"] = [role for role in state["roles"] if role["rolename"] != "homeguard-device-cam-1"]
        file.write_text(json.dumps(state))
        await asyncio.to_thread(home.broker.kill_and_wait)
        assert any("the role of the account cam-1 is gone" in what for what in await home.look())
        assert await home.look() == []
        with Client(home.broker, home.made) as cam:
            assert cam.publish("homeguard/alerts/cam-1") in ACCEPTED


async def test_broker_that_lists_its_accounts_no_more_is_told_once(own_broker, journal, desk, monkeypatch):
    """Mosquitto 2.0.11 now and then, when a role was deleted that an account had: it reads memory that it gave back."""

    async def unanswered(*_):
        raise BrokerUnavailable("it does not answer on $CONTROL")

    async with a_home(own_broker, journal, desk) as home:
        monkeypatch.setattr(home.control, "read_all", unanswered)
        for _ in range(2):
            assert any("does not list its accounts any more" in what for what in await home.look())
        assert len(home.alerts()) == 1
        monkeypatch.undo()
        assert await home.look() == []


OWN_BY_HAND = {
    "operator": [{"command": "modifyRole", "rolename": "operator", "acls": [EVERYTHING]}],
    "homeguard-admin": [{"command": "addClientRole", "username": "homeguard-admin", "rolename": "homeguard-bridge"}],
    "homeguard-bridge": [{"command": "setClientId", "username": "homeguard-bridge", "clientid": "known"}],
    "enforcer-broker": [{"command": "modifyRole", "rolename": "enforcer-broker", "acls": [EVERYTHING]}],
    "the broker": [{"command": "setDefaultACLAccess", "acls": [ANYBODY]}],
}


@pytest.mark.parametrize("account", OWN_BY_HAND)
async def test_accounts_of_our_own_that_were_widened_are_narrowed(own_broker, journal, desk, account):
    async with a_home(own_broker, journal, desk) as home:
        with suppress(BrokerUnavailable):  # the admin throws itself off
            await home.control.do(OWN_BY_HAND[account])
        assert len(await home.look()) == 1
        assert await home.look() == []
        (alert,) = home.alerts()
        assert (alert["device_id"], alert["details"]["account"]) == ("homeguard", account)
        assert await home.repaired() == [("homeguard", account)]
        client_id = home.broker.service.client_id
        assert client_id not in json.dumps(alert) + json.dumps(await journal.read(lambda: page_of_audit(None, 100)))


async def test_account_that_is_gone_is_told_once_and_told_again_when_it_goes_again(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        for times in (1, 2):
            await home.control.do([{"command": "deleteClient", "username": "cam-1"}])
            for _ in range(2):
                assert any("device rotate cam-1" in what for what in await home.look())
            assert len(home.alerts()) == times
            await home.accounts.add("cam-1")
            assert await home.look() == []
        assert await home.repaired() == []


async def test_account_of_somebody_else_is_told_once_and_left_alone(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        client = {"command": "createClient", "username": "opener", "password": "sesame"}
        await home.control.do([{"command": "createRole", "rolename": "garage", "acls": [EVERYTHING]}, client])
        for _ in range(2):
            assert any("an account opener that HomeGuard did not make" in what for what in await home.look())
        again = AccountWatch(home.control, journal, Topics(), what_is_known(home.broker.broker, home.broker.settings))
        assert len(await again.look()) == 1  # after a restart of HomeGuard
        assert len(home.alerts()) == 1
        assert "opener" in (await read_standing(home.control)).clients


async def test_device_that_somebody_made_in_our_shape_is_not_taken_for_ours(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        await home.accounts.add("forged-1")
        assert any("an account forged-1 that HomeGuard did not make" in what for what in await home.look())
        assert await journal.read(known_accounts) == {"cam-1"}


async def test_simulated_devices_are_ours(own_broker, journal, desk):
    broker = own_broker(device_ids=("sim-1", "sim-2"))
    async with controlled(broker.broker.admin_address) as control:
        home = Home(broker, control, journal, desk)
        assert await home.look() == []
        assert await journal.read(known_accounts) == {"sim-1", "sim-2"}


async def test_account_of_an_enforcer_is_held_to_its_rights(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        client = {"command": "createClient", "username": "enforcer-router", "password": "x" * 12}
        role = {"rolename": "enforcer-router", "acls": [EVERYTHING]}
        await home.control.do(
            [{"command": "createRole", **role}, client | {"roles": [{"rolename": "enforcer-router"}]}]
        )
        assert any("role of the account enforcer-router allows" in what for what in await home.look())
        assert await home.look() == []


async def test_blocked_device_is_left_to_its_enforcer(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada"))
        assert await home.look() == []  # wished, and not enforced yet
        await home.accounts.disable(["cam-1"])
        assert await home.look() == []
        await home.control.do([{"command": "addClientRole", "username": "cam-1", "rolename": "homeguard-bridge"}])
        assert len(await home.look()) == 1
        assert await disabled(home.accounts) == {"cam-1"}


async def test_what_the_broker_did_not_save_is_saved(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        file = home.broker.settings.data_dir / "broker" / "dynamic-security.json"
        file.write_text(file.read_text()[:100])  # as a full disk leaves it
        assert any("has not saved its accounts" in what for what in await home.look())
        assert await home.look() == []
        await asyncio.to_thread(home.broker.kill_and_wait)
        with Client(home.broker, home.made) as cam:
            assert cam.is_connected


async def test_it_looks_after_each_connection(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        task = asyncio.create_task(home.watch.run())
        try:
            for times in range(1, 3):
                file = home.broker.settings.data_dir / "broker" / "dynamic-security.json"
                state = json.loads(file.read_text())
                state["defaultACLAccess"]["publishClientSend"] = True
                file.write_text(json.dumps(state))  # by hand, as no control connection sees it
                await asyncio.to_thread(home.broker.kill_and_wait)
                await until(partial(home.has_told, times), timeout=20)
        finally:
            task.cancel()


async def test_many_changes_are_few_alerts(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        clients = [{"command": "createClient", "username": f"x-{n}", "password": "x" * 12} for n in range(30)]
        await home.control.do(clients)
        assert len(await home.look()) == 30
        assert len(home.alerts()) == 21
        assert "10 more accounts" in home.alerts()[-1]["reason"]


async def test_of_a_broker_of_ones_own_only_our_devices_are_looked_at(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as home:
        await home.control.do([{"command": "createClient", "username": "opener", "password": "sesame"}])
        await home.control.do(OWN_BY_HAND["the broker"])
        standing = await read_standing(home.control)
        assert drifts(standing, Wanted(Topics(), {"cam-1"})) == []
        await home.control.do(BY_HAND["another client id"])
        theirs = AccountWatch(home.control, journal, Topics())
        assert [drift.account for drift in await theirs.look()] == ["cam-1"]
        assert await theirs.look() == []
