"""Devices with an identity over REST, at a real broker."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient

from api.rest.models.accounts import AccountView
from bridge.accounts import DeviceAccounts
from bridge.broker import Account
from bridge.control import Control, controlled
from homeguard.events import DeviceUpdate, Event, EventType
from homeguard.examples import MqttDoor
from homeguard.journal import Journal
from homeguard.topics import Topics
from tests.api.conftest import Home
from tests.broker.mqtt import ACCEPTED, NOT_AUTHORISED, Client
from tests.brokers import RunningBroker
from tests.ports import free_port
from tests.waiting import until


@pytest.fixture
async def control(broker: RunningBroker) -> AsyncIterator[Control]:
    async with controlled(broker.broker.admin_address) as control:
        yield control


@pytest.fixture
async def at_broker(home: Home, broker: RunningBroker, control: Control) -> AsyncIterator[DeviceAccounts]:
    """HomeGuard manages the accounts of a broker; those of this test are gone in the end."""
    accounts = home.context.accounts = DeviceAccounts(control, Topics())
    home.context.mqtt_door = MqttDoor(broker.host, broker.port)
    yield accounts
    for device_id in await accounts.accounts():
        if device_id.startswith("new-"):
            await accounts.remove(device_id)


def account_of(answer: dict[str, Any]) -> Account:
    mqtt = answer["mqtt"]
    return Account(mqtt["username"], mqtt["password"], mqtt["client_id"])


async def signs_in(broker: RunningBroker, account: Account) -> bool:
    def attempt() -> bool:
        with Client(broker, account) as client:
            return client.is_connected

    return await asyncio.to_thread(attempt)


async def audited(admin: AsyncClient) -> list[tuple[str, str, str]]:
    items = (await admin.get("/api/audit")).json()["items"]
    return [(item["action"], item["by"], item["target"]) for item in items if item["action"].startswith("device")]


@pytest.mark.usefixtures("at_broker")
async def test_an_added_device_is_known_and_speaks_for_itself_alone(broker: RunningBroker, admin: AsyncClient) -> None:
    answer = await admin.post("/api/devices", json={"id": "new-1", "name": "Front door", "kind": "camera"})
    assert answer.status_code == 201
    AccountView.model_validate(answer.json())
    made, device = account_of(answer.json()), answer.json()["device"]
    assert (device["id"], device["name"], device["kind"], device["has_account"]) == (
        "new-1",
        "Front door",
        "camera",
        True,
    )
    assert (await admin.get("/api/devices/new-1")).json() == device
    with Client(broker, made) as cam:
        assert cam.publish("homeguard/alerts/new-1") in ACCEPTED
        assert cam.publish("homeguard/alerts/cam-1") == NOT_AUTHORISED
    assert await audited(admin) == [("device_added", "admin", "new-1")]
    assert made.password not in (await admin.get("/api/audit")).text + (await admin.get("/api/devices")).text


@pytest.mark.usefixtures("at_broker")
async def test_the_first_example_works_as_pasted(broker: RunningBroker, admin: AsyncClient) -> None:
    shown = (await admin.post("/api/devices", json={"id": "new-1"})).json()["examples"]
    assert set(shown) == {"mosquitto_pub", "esphome", "tasmota", "zigbee2mqtt"}
    lines = [line for line in shown["mosquitto_pub"].splitlines() if line.startswith("mosquitto_pub")]
    with Client(broker, broker.operator) as person:
        person.subscribe("homeguard/#")
        for line in lines:
            process = await asyncio.create_subprocess_shell(line)
            assert await process.wait() == 0
        wanted = {"homeguard/devices/new-1/availability", "homeguard/alerts/new-1", "homeguard/devices/new-1"}
        await until(lambda: wanted <= {topic for topic, _ in person.received})
        person.publish("homeguard/devices")  # whatever lies retained is cleared by removing the device


@pytest.mark.usefixtures("at_broker")
@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"id": "operator"}, 422, "the name of an account of HomeGuard's own"),
        ({"id": "homeguard-bridge"}, 422, "the name of an account of HomeGuard's own"),
        ({"id": "enforcer-x"}, 422, "the name of an account of HomeGuard's own"),
        ({"id": "homeguard"}, 422, "homeguard"),
        ({"id": "Cam 1"}, 422, "not a device id"),
        ({"id": "new-1", "name": ""}, 422, "name"),
        ({"id": "new-1", "name": "x" * 5000}, 422, "name"),
        ({}, 422, "is required"),
        ({"id": "cam-1"}, 409, "has an account"),  # one of the broker's that the journal does not know
    ],
)
async def test_what_cannot_be_added_says_why(admin: AsyncClient, body: dict[str, str], status: int, says: str) -> None:
    answer = await admin.post("/api/devices", json=body)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert (await admin.get("/api/devices")).json()["items"] == []


@pytest.mark.usefixtures("at_broker")
async def test_a_device_has_one_account(admin: AsyncClient) -> None:
    first, second = await asyncio.gather(*(admin.post("/api/devices", json={"id": "new-1"}) for _ in range(2)))
    assert sorted([first.status_code, second.status_code]) == [201, 409]


@pytest.mark.usefixtures("at_broker")
async def test_a_known_device_is_given_an_account_and_then_a_new_password(
    broker: RunningBroker, home: Home, admin: AsyncClient
) -> None:
    await home.receive(DeviceUpdate("new-2", {"kind": "lock"}, verified=False))
    assert (await admin.get("/api/devices/new-2")).json()["has_account"] is False
    events: list[Event] = []
    home.context.journal.on_commit(events.extend)
    first = account_of((await admin.post("/api/devices/new-2/credentials")).json())
    assert (await admin.get("/api/devices/new-2")).json()["has_account"] is True
    assert [event.type for event in events] == [EventType.DEVICE_UPDATE]  # every screen learns of it
    with Client(broker, first) as thief:
        second = account_of((await admin.post("/api/devices/new-2/credentials")).json())
        await until(lambda: not thief.is_connected)
    assert (await signs_in(broker, first), await signs_in(broker, second)) == (False, True)
    assert await audited(admin) == [("device_rotated", "admin", "new-2")] * 2
    assert (await admin.post("/api/devices/new-9/credentials")).status_code == 404


@pytest.mark.usefixtures("at_broker")
async def test_a_removed_device_is_thrown_off_and_has_no_account_any_more(
    broker: RunningBroker, home: Home, admin: AsyncClient
) -> None:
    made = account_of((await admin.post("/api/devices", json={"id": "new-1"})).json())
    with Client(broker, made) as cam:
        assert (await admin.delete("/api/devices/new-1")).status_code == 204
        await until(lambda: not cam.is_connected)
    assert not await signs_in(broker, made)
    await home.receive(DeviceUpdate("new-1", {"kind": "lock"}, verified=False))
    assert (await admin.get("/api/devices/new-1")).json()["has_account"] is False
    assert (await admin.post("/api/devices/new-1/credentials")).status_code == 200


@pytest.mark.usefixtures("at_broker")
async def test_a_blocked_device_keeps_its_account_until_it_is_unblocked(
    broker: RunningBroker, admin: AsyncClient
) -> None:
    made = account_of((await admin.post("/api/devices", json={"id": "new-1"})).json())
    await admin.post("/api/devices/new-1/block")
    assert (await admin.delete("/api/devices/new-1")).status_code == 409
    assert await signs_in(broker, made)  # no enforcer runs here


async def test_an_account_that_cannot_be_noted_is_taken_back(
    broker: RunningBroker, at_broker: DeviceAccounts, home: Home, admin: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await admin.get("/api/devices")  # whose sign-in is known by now

    async def fail(*_: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(Journal, "write", fail)
    with pytest.raises(RuntimeError, match="the disk is gone"):
        await admin.post("/api/devices", json={"id": "new-1"})
    assert "new-1" not in await at_broker.accounts()


async def test_a_broker_that_is_away_is_told_and_nothing_is_changed(
    home: Home, broker: RunningBroker, admin: AsyncClient, at_broker: DeviceAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await admin.post("/api/devices", json={"id": "new-1"})
    monkeypatch.setattr("bridge.control.CONNECT_SECONDS", 0.2)
    away = broker.broker.admin_address
    async with controlled(type(away)(away.host, free_port(), "x", away.username, away.password)) as nobody:
        home.context.accounts = DeviceAccounts(nobody, Topics())
        for method, path, body in (
            ("POST", "/api/devices", {"id": "new-2"}),
            ("POST", "/api/devices/new-1/credentials", None),
            ("DELETE", "/api/devices/new-1", None),
        ):
            answer = await admin.request(method, path, json=body)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
    assert [device["id"] for device in (await admin.get("/api/devices")).json()["items"]] == ["new-1"]


async def test_a_broker_where_no_accounts_can_be_made_is_told_with_what_to_do(home: Home, admin: AsyncClient) -> None:
    await home.receive(DeviceUpdate("new-3", {"kind": "lock"}, verified=False))
    for path, body in (("/api/devices", {"id": "new-2"}), ("/api/devices/new-3/credentials", None)):
        answer = await admin.post(path, json=body)
        assert answer.status_code == 501
        assert answer.json()["type"] == "urn:homeguard:problem:not-available"
        assert "HOMEGUARD_MQTT_ADMIN_URL" in answer.json()["detail"]
    assert (await admin.delete("/api/devices/new-3")).status_code == 204
