"""The control connection: one request at a time, whatever happens to the broker."""

import asyncio
import json
import os
import signal
from dataclasses import replace

import pytest

from bridge.address import Address
from bridge.broker.control import CONTROL_RESPONSE_TOPIC, Answer, get_client
from bridge.control import ANSWER_SECONDS, Control, controlled, list_accounts
from bridge.link import BrokerUnavailable
from homeguard.errors import NotAvailable
from tests.bridge.running import connected
from tests.ports import free_port
from tests.waiting import until


def admin_of(broker):
    return broker.broker.admin_address


def names_of(found: list[Answer]) -> list[str]:
    return [answer.data["client"]["username"] for answer in found]


async def test_requests_made_at_once_each_get_their_own_answers(broker):
    async with controlled(admin_of(broker)) as control:
        wanted = [["cam-1"], ["lock-1", "cam-1"], ["sim-1"], ["sim-2", "motion-1"]] * 5
        found = await asyncio.gather(*(control.ask([get_client(name) for name in names]) for names in wanted))
    assert [names_of(answers) for answers in found] == wanted


async def test_answer_to_somebody_else_is_not_taken_for_ours(broker):
    forged = {"responses": [{"command": "getClient", "correlationData": "guess", "data": {"client": {}}}]}
    async with controlled(admin_of(broker)) as control, connected(broker, broker.admin) as other:
        for payload in (json.dumps(forged), b"nonsense", b"[]"):
            await other.publish(CONTROL_RESPONSE_TOPIC, payload, qos=1)
            assert names_of(await control.ask([get_client("cam-1")])) == ["cam-1"]


async def test_connection_comes_back_after_the_broker_was_killed(own_broker):
    broker = own_broker()
    connections: list[int] = []
    async with controlled(admin_of(broker)) as control:
        control.on_connected(lambda: connections.append(1))
        assert names_of(await control.ask([get_client("cam-1")])) == ["cam-1"]
        await asyncio.to_thread(broker.kill_and_wait)
        await until(lambda: len(connections) == 2)
        assert names_of(await control.ask([get_client("cam-1")])) == ["cam-1"]


async def test_request_that_was_cut_off_is_asked_again_over_the_next_connection(own_broker):
    broker = own_broker()
    async with controlled(admin_of(broker)) as control:
        await control.ask([get_client("cam-1")])
        os.kill(broker.pid, signal.SIGSTOP)
        asking = asyncio.create_task(control.ask([get_client("cam-1")]))
        await until(lambda: control._pending is not None)
        broker.kill()
        async with asyncio.timeout(ANSWER_SECONDS / 2):
            assert names_of(await asking) == ["cam-1"]


async def test_request_fails_soon_when_the_broker_does_not_come_back(own_broker, monkeypatch):
    monkeypatch.setattr("bridge.control.CONNECT_SECONDS", 0.3)
    broker = own_broker()
    async with controlled(admin_of(broker)) as control:
        await control.ask([get_client("cam-1")])
        await asyncio.to_thread(broker.stop)
        with pytest.raises(BrokerUnavailable):
            async with asyncio.timeout(ANSWER_SECONDS / 2):
                await control.ask([get_client("cam-1")])


async def test_broker_that_is_away_is_unavailable(monkeypatch):
    monkeypatch.setattr("bridge.control.CONNECT_SECONDS", 0.3)
    async with controlled(Address("127.0.0.1", free_port(), "x", "admin", "secret")) as control:
        with pytest.raises(BrokerUnavailable, match="the broker is unavailable"):
            await control.ask([get_client("cam-1")])


async def test_account_that_is_no_admin_is_told_what_is_missing(broker):
    operator = Address(broker.host, broker.port, "x", broker.operator.username, broker.operator.password)
    with pytest.raises(NotAvailable, match="HOMEGUARD_MQTT_ADMIN_URL"):
        await list_accounts(operator)


async def test_wrong_password_is_told(broker, monkeypatch):
    monkeypatch.setattr("bridge.control.CONNECT_SECONDS", 1.0)
    with pytest.raises(BrokerUnavailable, match=r"(?i)not authori[sz]ed|bad user|refuse"):
        await list_accounts(replace(admin_of(broker), password="wrong"))


async def test_accounts_are_read_page_by_page(broker, monkeypatch):
    monkeypatch.setattr("bridge.control.PAGE", 2)
    names = [client["username"] for client in await list_accounts(admin_of(broker))]
    assert len(names) == len(set(names)) > 4
    assert {"cam-1", "sim-2", "operator", "homeguard-admin"} <= set(names)


async def test_fault_in_the_connection_is_no_end(broker, monkeypatch, caplog):
    control, calls = Control(admin_of(broker)), []

    def fault() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("a fault of ours")

    control.on_connected(fault)
    task = asyncio.create_task(control.run())
    try:
        await until(lambda: len(calls) == 2)
        assert names_of(await control.ask([get_client("cam-1")])) == ["cam-1"]
    finally:
        task.cancel()
    assert "a fault of ours" in caplog.text


async def test_broker_without_dynamic_security_is_told_apart(yours, monkeypatch):
    monkeypatch.setattr("bridge.control.ANSWER_SECONDS", 0.5)
    plain = yours("allow_anonymous true")
    with pytest.raises(NotAvailable, match="dynamic-security plugin"):
        await list_accounts(Address("127.0.0.1", plain.port, "x", "admin", "any"))
