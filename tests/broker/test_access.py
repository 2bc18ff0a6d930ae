"""What each account may do, asked of a real broker."""

import asyncio

import pytest

from bridge.broker import Account
from tests.broker.mqtt import ACCEPTED, BAD_CREDENTIALS, GRANTED_QOS_1, NOT_AUTHORISED, Client
from tests.brokers import RunningBroker
from tests.conftest import OwnBroker
from tests.waiting import until, wait_until

OWN_TOPICS = ["homeguard/alerts/cam-1", "homeguard/devices/cam-1", "homeguard/devices/cam-1/availability"]
FOREIGN_TOPICS = [
    "homeguard/alerts",
    "homeguard/alerts/lock-1",
    "homeguard/devices",
    "homeguard/devices/lock-1/availability",
    "homeguard/blocks/cam-1",
    "homeguard/blocks/cam-1/report/device",
    "homeguard/bridge/state",
    "homeguard/replies/cam-1/x",
    "elsewhere",
    "$CONTROL/dynamic-security/v1",
]
FOREIGN_FILTERS = [
    "#",
    "homeguard/#",
    "homeguard/+/cam-1",
    "homeguard/blocks/lock-1",
    "homeguard/blocks/+",
    "homeguard/replies/#",
    "$share/x/homeguard/#",
    "$CONTROL/#",
]


def test_anonymous_connection_is_refused(broker: RunningBroker) -> None:
    with Client(broker, None) as client:
        assert client.connect_code == NOT_AUTHORISED


@pytest.mark.parametrize("name", ["admin", "service", "operator"])
def test_account_with_a_wrong_password_is_refused(broker: RunningBroker, name: str) -> None:
    account: Account = getattr(broker, name)
    with Client(broker, Account(account.username, "wrong", account.client_id)) as client:
        assert client.connect_code in {BAD_CREDENTIALS, NOT_AUTHORISED}


def test_device_may_use_its_own_topics(broker: RunningBroker) -> None:
    with Client(broker, broker.device("cam-1")) as client:
        assert {client.publish(topic) for topic in OWN_TOPICS} <= ACCEPTED
        assert client.subscribe("homeguard/blocks/cam-1") == GRANTED_QOS_1
        assert client.subscribe("homeguard/replies/cam-1/#") == GRANTED_QOS_1
        assert client.subscribe("homeguard/replies/cam-1/proof") == GRANTED_QOS_1


@pytest.mark.parametrize("topic", FOREIGN_TOPICS)
def test_device_may_publish_nowhere_else(broker: RunningBroker, topic: str) -> None:
    with Client(broker, broker.device("cam-1")) as client:
        assert client.publish(topic) == NOT_AUTHORISED


@pytest.mark.parametrize("topic_filter", FOREIGN_FILTERS)
def test_device_may_subscribe_nowhere_else(broker: RunningBroker, topic_filter: str) -> None:
    with Client(broker, broker.device("cam-1")) as client:
        assert client.subscribe(topic_filter) == NOT_AUTHORISED


def test_device_cannot_use_the_client_id_of_another(broker: RunningBroker) -> None:
    with Client(broker, broker.device("cam-1"), client_id="lock-1") as client:
        assert not client.is_connected


def test_client_id_of_the_bridge_is_of_no_use_without_its_password(broker: RunningBroker) -> None:
    with Client(broker, broker.service) as bridge:
        for account in (None, Account("homeguard-bridge", "guess"), broker.device("cam-1")):
            with Client(broker, account, client_id=broker.service.client_id) as thief:
                assert not thief.is_connected
        assert bridge.subscribe("homeguard/alerts") == GRANTED_QOS_1
        assert bridge.is_connected


def test_bridge_cannot_use_another_client_id(broker: RunningBroker) -> None:
    with Client(broker, broker.service, client_id="homeguard-bridge") as client:
        assert not client.is_connected


def test_client_id_of_the_bridge_cannot_be_guessed(broker: RunningBroker) -> None:
    assert broker.service.client_id is not None
    assert len(broker.service.client_id.removeprefix("homeguard-bridge-")) == 32


def test_operator_publishes_only_where_no_sender_is_proven(broker: RunningBroker) -> None:
    with Client(broker, broker.operator) as client:
        assert {client.publish("homeguard/alerts"), client.publish("homeguard/devices")} <= ACCEPTED
        for topic in [*OWN_TOPICS, "homeguard/blocks/cam-1", "homeguard/bridge/state", "elsewhere"]:
            assert client.publish(topic) == NOT_AUTHORISED


def test_operator_publishes_nowhere_where_the_flat_topics_are_closed(own_broker: OwnBroker) -> None:
    broker = own_broker(flat_topics="closed")
    with Client(broker, broker.operator) as client:
        for topic in ["homeguard/alerts", "homeguard/devices", *OWN_TOPICS]:
            assert client.publish(topic) == NOT_AUTHORISED
        assert client.subscribe("homeguard/#") == GRANTED_QOS_1


def test_operator_sees_everything_of_homeguard_and_nothing_else(broker: RunningBroker) -> None:
    with Client(broker, broker.operator) as person, Client(broker, broker.device("lock-1")) as lock:
        assert person.subscribe("homeguard/#") == GRANTED_QOS_1
        assert [person.subscribe(topic) for topic in ("#", "$SYS/#", "$CONTROL/#")] == [NOT_AUTHORISED] * 3
        lock.publish("homeguard/alerts/lock-1", b"forced")
        wait_until(lambda: ("homeguard/alerts/lock-1", b"forced") in person.received)


def test_retained_wish_is_read_by_its_device_only(broker: RunningBroker) -> None:
    with Client(broker, broker.service) as bridge:
        bridge.publish("homeguard/blocks/cam-1", b"wish", retain=True)
    with Client(broker, broker.device("cam-1")) as cam, Client(broker, broker.device("lock-1")) as lock:
        cam.subscribe("homeguard/blocks/cam-1")
        assert lock.subscribe("homeguard/blocks/cam-1") == NOT_AUTHORISED
        wait_until(lambda: cam.received == [("homeguard/blocks/cam-1", b"wish")])
        assert lock.received == []
    with Client(broker, broker.service) as bridge:
        bridge.publish("homeguard/blocks/cam-1", b"", retain=True)


def test_bridge_answers_on_the_topic_a_device_asked_for(broker: RunningBroker) -> None:
    with Client(broker, broker.service) as bridge, Client(broker, broker.device("sim-1")) as device:
        device.subscribe("homeguard/replies/sim-1/#")
        assert bridge.publish("homeguard/replies/sim-1/proof", b"stored") in ACCEPTED
        wait_until(lambda: device.received == [("homeguard/replies/sim-1/proof", b"stored")])


def test_admin_reads_no_event(broker: RunningBroker) -> None:
    with Client(broker, broker.admin) as admin:
        assert [admin.subscribe(topic) for topic in ("#", "homeguard/#", "$SYS/#")] == [NOT_AUTHORISED] * 3
        assert admin.publish("homeguard/alerts") == NOT_AUTHORISED
        assert admin.subscribe("$CONTROL/dynamic-security/v1/response") == GRANTED_QOS_1


async def test_pasted_mosquitto_pub_line_works(broker: RunningBroker) -> None:
    with Client(broker, broker.operator) as person:
        person.subscribe("homeguard/alerts")
        line = (
            f"mosquitto_pub -h {broker.host} -p {broker.port} -u operator -P {broker.operator.password} "
            """-t homeguard/alerts -m '{"device_id":"cam-1","reason":"pasted"}'"""
        )
        process = await asyncio.create_subprocess_shell(line)
        assert await process.wait() == 0
        await until(lambda: any(b"pasted" in payload for _, payload in person.received))


def test_message_somewhat_too_large_reaches_the_bridge_which_rejects_it(broker: RunningBroker) -> None:
    with Client(broker, broker.service) as bridge, Client(broker, broker.operator) as person:
        bridge.subscribe("homeguard/alerts")
        assert person.publish("homeguard/alerts", b"x" * 100_000) == 0
        wait_until(lambda: any(len(payload) == 100_000 for _, payload in bridge.received))


def test_message_far_too_large_costs_only_its_sender_the_connection(broker: RunningBroker) -> None:
    with Client(broker, broker.device("sim-1")) as flood, Client(broker, broker.operator) as person:
        flood.send("homeguard/alerts/sim-1", b"x" * 300_000)
        wait_until(lambda: not flood.is_connected)
        assert person.publish("homeguard/alerts") in ACCEPTED
