"""Accounts of devices at a running broker: what they let in and throw off, and that each change is read back."""

import asyncio
import os
import subprocess
from contextlib import asynccontextmanager, suppress

import pytest

from bridge.accounts import DeviceAccounts, add_device_accounts
from bridge.broker import Account
from bridge.broker.control import Answer
from bridge.control import controlled
from bridge.link import BrokerUnavailable
from homeguard.errors import BadInput, Conflict, NotFound
from homeguard.topics import Topics
from tests.bridge.running import connected, disabled
from tests.bridge.test_control import admin_of
from tests.broker.mqtt import ACCEPTED, NOT_AUTHORISED, Client
from tests.waiting import until, wait_until


@asynccontextmanager
async def accounts_of(broker):
    file = broker.settings.data_dir / "broker" / "dynamic-security.json"
    async with controlled(admin_of(broker)) as control:
        yield DeviceAccounts(control, Topics(), file)


async def can_sign_in(broker, account: Account) -> bool:
    def attempt() -> bool:
        with Client(broker, account) as client:
            return client.is_connected

    return await asyncio.to_thread(attempt)


async def test_added_device_speaks_for_itself_alone_with_a_password_that_nobody_keeps(own_broker):
    broker = own_broker(device_ids=())
    async with accounts_of(broker) as accounts:
        made = await accounts.add("cam-9")
        assert (made.username, made.client_id, len(bytes.fromhex(made.password))) == ("cam-9", "cam-9", 16)
        with Client(broker, made) as cam:
            assert cam.publish("homeguard/alerts/cam-9") in ACCEPTED
            assert cam.publish("homeguard/alerts/lock-1") == NOT_AUTHORISED
        assert await accounts.accounts() == {"cam-9": True}
    kept = [path for path in broker.settings.data_dir.rglob("*") if path.is_file()]
    assert [path for path in kept if made.password.encode() in path.read_bytes()] == []


async def test_added_device_works_after_the_next_start(own_broker):
    broker = own_broker(device_ids=())
    async with accounts_of(broker) as accounts:
        made = await accounts.add("cam-9")
    await asyncio.to_thread(broker.stop)
    assert await can_sign_in(own_broker(device_ids=("sim-1",)), made)


@pytest.mark.parametrize(
    "device_id", ["operator", "homeguard-bridge", "homeguard-admin", "homeguard", "Cam", "a/b", ""]
)
async def test_id_that_can_have_no_account_is_refused(broker, device_id):
    async with accounts_of(broker) as accounts:
        for work in (accounts.add, accounts.rotate, accounts.remove):
            with pytest.raises(BadInput):
                await work(device_id)
    assert await can_sign_in(broker, broker.operator)


async def test_device_with_an_account_is_not_given_another(broker):
    async with accounts_of(broker) as accounts:
        with pytest.raises(Conflict, match="cam-1 has an account"):
            await accounts.add("cam-1")
    assert await can_sign_in(broker, broker.device("cam-1"))


async def test_removed_device_is_thrown_off_at_once_and_stays_out(own_broker):
    broker = own_broker()
    async with accounts_of(broker) as accounts:
        with Client(broker, broker.device("cam-1")) as cam:
            assert await accounts.remove("cam-1")
            await until(lambda: not cam.is_connected)
        assert not await can_sign_in(broker, broker.device("cam-1"))
        assert "cam-1" not in await accounts.accounts()
        assert not await accounts.remove("cam-1")


async def test_new_password_throws_off_who_uses_the_old_one(own_broker):
    broker = own_broker()
    async with accounts_of(broker) as accounts:
        with Client(broker, broker.device("cam-1")) as thief:
            made = await accounts.rotate("cam-1")
            await until(lambda: not thief.is_connected)
        assert not await can_sign_in(broker, broker.device("cam-1"))
        assert await can_sign_in(broker, made)
        with pytest.raises(NotFound):
            await accounts.rotate("nobody-1")


async def test_new_password_does_not_let_a_blocked_device_in(own_broker):
    broker = own_broker()
    async with accounts_of(broker) as accounts:
        await accounts.disable(["cam-1"])
        assert not await can_sign_in(broker, await accounts.rotate("cam-1"))


async def test_disabled_devices_are_thrown_off_until_they_are_enabled(own_broker):
    broker = own_broker()
    async with accounts_of(broker) as accounts:
        with Client(broker, broker.device("cam-1")) as cam, Client(broker, broker.device("lock-1")) as lock:
            for _ in range(2):  # asked again, it is as it should be
                await accounts.disable(["cam-1", "sim-1"])
            await until(lambda: not cam.is_connected)
            assert lock.is_connected
        assert await disabled(accounts) == {"cam-1", "sim-1"}
        assert not await can_sign_in(broker, broker.device("cam-1"))
        for _ in range(2):
            await accounts.enable(["cam-1", "sim-1"])
        assert await disabled(accounts) == set()
        with Client(broker, broker.device("cam-1")) as cam:
            assert cam.publish("homeguard/alerts/cam-1") in ACCEPTED


async def test_disabling_who_has_no_account_is_told(broker):
    async with accounts_of(broker) as accounts:
        with pytest.raises(BrokerUnavailable, match="disableClient: Client not found"):
            await accounts.disable(["nobody-1"])


async def test_role_that_somebody_left_there_gives_no_more_than_it_should(own_broker):
    broker = own_broker(device_ids=())
    everything = {"acltype": "publishClientSend", "topic": "#", "allow": True}
    async with controlled(admin_of(broker)) as control:
        await control.do([{"command": "createRole", "rolename": "homeguard-device-cam-9", "acls": [everything]}])
        made = await DeviceAccounts(control, Topics()).add("cam-9")
    with Client(broker, made) as cam:
        assert cam.publish("homeguard/alerts/lock-1") == NOT_AUTHORISED
        assert cam.publish("homeguard/alerts/cam-9") in ACCEPTED


@pytest.fixture
def small_disk(tmp_path):
    """A data directory on a disk of its own, of 1 MiB."""
    directory = tmp_path / "small"
    directory.mkdir(mode=0o700)
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "homeguard-test", directory], check=True)
    yield directory
    wait_until(lambda: subprocess.run(["umount", directory], check=False, capture_output=True).returncode == 0)


async def test_full_disk_under_the_accounts_is_no_success(small_disk, own_broker):
    """The broker answers success, and would have forgotten after a restart."""
    broker = own_broker(small_disk)
    try:
        with suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 4096)
        async with accounts_of(broker) as accounts:
            with pytest.raises(
                BrokerUnavailable, match=r"could not write .*dynamic-security\.json.* make room"
            ) as told:
                for number in range(20):  # the first few may fit into the last page of the file
                    await accounts.add(f"new-{number}")
            assert f"new-{number}" in str(told.value)
            assert f"new-{number}" not in await accounts.accounts()
            (small_disk / "filler").unlink()
            made = await accounts.add("cam-9")
        await asyncio.to_thread(broker.kill_and_wait)
        assert await can_sign_in(broker, made)
    finally:
        broker.stop()


class Liar:
    """A broker that says yes to everything and does nothing."""

    async def do(self, commands):
        list(commands)

    async def ask(self, commands):
        return [Answer(command["command"], {}, "Client not found") for command in commands]

    async def read_all(self, command, key):
        return []


async def test_yes_alone_is_not_believed():
    accounts = DeviceAccounts(Liar(), Topics())  # type: ignore[arg-type]
    with pytest.raises(BrokerUnavailable, match="does not have it"):
        await accounts.add("cam-1")
    with pytest.raises(BrokerUnavailable, match="which are not: cam-1"):
        await accounts.disable(["cam-1"])


async def test_account_added_to_a_running_broker_works_at_once_and_may_be_added_again(own_broker):
    broker = own_broker()
    newcomer = Account("tv-9", "f" * 32, "tv-9")
    for _ in range(2):
        await add_device_accounts(broker.host, broker.port, broker.admin, Topics(), [newcomer])
    async with connected(broker, newcomer) as client:
        await client.publish("homeguard/alerts/tv-9", b"{}", qos=1)
