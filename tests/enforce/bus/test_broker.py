"""The enforcer at a real Mosquitto: thrown off, proved, tidy, repaired, and back by itself."""

import asyncio
import json

import aiomqtt
import pytest

from bridge.address import Address
from bridge.aiomqtt_link import AiomqttLink
from enforce.broker import NO_ACCOUNT
from homeguard.events import EventType
from homeguard.journal.blocks import known_enforcers, wish
from homeguard.journal.devices import get_device
from tests.bridge.running import connected, running_bridge
from tests.enforce.bus.home import (
    TOPICS,
    a_home,
    accounts_of,
    block,
    block_of,
    by_hand,
    enforcing,
    lies_retained,
    until_state,
    with_session,
)
from tests.waiting import until

REPORTS = "homeguard/blocks/cam-1/report/broker"


async def told(homeguard):
    async with asyncio.timeout(20):
        return json.loads((await anext(homeguard.messages)).payload)["state"]


def drift_alerts(desk):
    alerts = [json.loads(event.body) for event in desk.committed if event.type == EventType.NEW_ALERT]
    return [alert for alert in alerts if alert.get("category") == "drift"]


async def test_block_throws_the_device_off_and_is_proved(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as broker:
        async with connected(broker, broker.device("cam-1")) as cam:
            await block(journal)
            with pytest.raises(aiomqtt.MqttError):
                async with asyncio.timeout(5):
                    await anext(cam.messages)
        proved = await until_state(journal, "enforced")
        assert proved.reports["broker"]["took_ms"] < 5000
        with pytest.raises(aiomqtt.MqttError):
            async with connected(broker, broker.device("cam-1")):
                pass
        await block(journal, desired=False)
        await until_state(journal, "none")
        async with connected(broker, broker.device("cam-1")) as cam:
            await cam.publish("homeguard/alerts/cam-1", b'{"reason":"I am back"}', qos=1)
        await until(lambda: any(event.type == EventType.NEW_ALERT for event in desk.committed))


async def test_block_leaves_the_bus_tidy(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as broker:
        account = broker.device("cam-1")
        will = aiomqtt.Will("homeguard/devices/cam-1/availability", b"offline", qos=1, retain=True)
        async with connected(broker, account, will=will, **with_session()) as cam:
            await cam.subscribe("homeguard/blocks/cam-1", qos=1)
            await cam.publish("homeguard/devices/cam-1/availability", b"online", qos=1, retain=True)
            await cam.publish("homeguard/devices/cam-1", b'{"status":"online"}', qos=1, retain=True)
            await block(journal)
            with pytest.raises(aiomqtt.MqttError):
                async with asyncio.timeout(5):
                    async for _ in cam.messages:
                        pass

        async def is_tidy():
            return await lies_retained(broker, "devices/cam-1/availability") == b"offline"

        await until(is_tidy)
        assert await lies_retained(broker, "devices/cam-1") is None
        await until(lambda: journal.read(lambda: get_device("cam-1").fields["status"] == "offline"))
        await block(journal, desired=False)
        await until_state(journal, "none")
        there = Address(broker.host, broker.port, account.client_id, account.username, account.password)
        async with AiomqttLink.connect(there, keeps_session=True) as link:
            assert not link.session_present  # what waited for it there is gone


async def test_device_without_an_account_cannot_be_blocked_here_and_is_told_why(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk):
        await desk.take(("devices", {"id": "phone-9", "kind": "phone"}))
        await block(journal, "phone-9")
        told = await until_state(journal, "failed", "phone-9")
        assert (told.reports["broker"]["state"], told.reports["broker"]["detail"]) == ("not_in_path", NO_ACCOUNT)


async def test_broker_that_is_down_during_a_block_completes_it_on_return(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk) as broker:
        before = broker.pid
        broker.kill()
        wished = await block(journal)
        assert wished.state == "pending"
        await until(lambda: broker.is_ready and broker.pid != before, timeout=20)
        await until_state(journal, "enforced", limit=40)
        with pytest.raises(aiomqtt.MqttError):
            async with connected(broker, broker.device("cam-1")):
                pass


async def test_account_that_is_enabled_by_hand_is_disabled_again_and_told(own_broker, journal, desk):
    async with a_home(own_broker, journal, desk, interval_seconds=0.2) as broker:
        await block(journal)
        await until_state(journal, "enforced")
        by_hand(broker, "enableClient", "cam-1")
        (told,) = await until(lambda: drift_alerts(desk))
        assert (told["device_id"], told["details"]["enforcer"]) == ("cam-1", "broker")
        assert (await block_of(journal)).reports["broker"]["drifted"]
        assert (await accounts_of(broker))["cam-1"] is False


async def test_accounts_that_the_broker_forgot_are_found_after_its_restart(own_broker, journal, desk):
    """As with a full disk: it answers success, and after the restart the file says otherwise."""
    async with a_home(own_broker, journal, desk) as broker:
        file = broker.settings.data_dir / "broker" / "dynamic-security.json"
        before = file.read_bytes()
        await block(journal)
        await until_state(journal, "enforced")
        assert file.read_bytes() != before
        file.write_bytes(before)
        broker.kill_and_wait()

        async def is_repaired():
            return (await accounts_of(broker))["cam-1"] is False

        await until(is_repaired, timeout=40)
        await until_state(journal, "enforced", limit=40)
        await until(lambda: drift_alerts(desk), timeout=40)


async def test_enforcer_that_stops_says_so_and_takes_up_its_work_again(own_broker, journal, desk):
    broker = own_broker()
    await desk.take(("devices", {"id": "cam-1", "kind": "camera"}))
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        async with enforcing(broker):
            await until(lambda: journal.read(known_enforcers))
            await block(journal)
            await until_state(journal, "enforced")
        gone = await until_state(journal, "pending")
        assert gone.reports["broker"]["state"] == "unavailable"
        await block(journal, desired=False)
        assert (await block_of(journal)).state == "releasing"
        async with enforcing(broker):
            await until_state(journal, "none")


async def test_blocks_of_many_at_once_are_all_enforced(own_broker, journal, desk):
    ids = [f"d-{number}" for number in range(30)]
    async with a_home(own_broker, journal, desk, device_ids=["cam-1", *ids]) as broker:
        await desk.take(*[(f"devices/{id}", {"kind": "thing"}) for id in ids])
        await journal.write(lambda tx: [wish(tx, TOPICS, id, desired=True, by="ada") for id in ids])
        for id in ids:
            await until_state(journal, "enforced", id, limit=60)
        standing = await accounts_of(broker)
        assert {id for id, is_enabled in standing.items() if not is_enabled} == set(ids)
        assert standing["cam-1"] is True


async def test_reports_do_not_wait_for_ever_for_wishes_that_a_broker_lost(own_broker, monkeypatch):
    monkeypatch.setattr("enforce.client.HOMEGUARD_SECONDS", 2.0)
    broker = own_broker()
    async with enforcing(broker):
        async with connected(broker, broker.service) as homeguard:
            await homeguard.subscribe(REPORTS, qos=1)
            await homeguard.publish("homeguard/blocks/cam-1", b'{"desired": true}', qos=1, retain=True)
            await homeguard.publish("homeguard/blocks", b'{"desired": 1}', qos=1, retain=True)
            assert await told(homeguard) == "enforced"
        broker.kill_and_wait()  # and nobody tells the wishes again
        async with connected(broker, broker.service) as homeguard:
            await homeguard.subscribe(REPORTS, qos=1)
            assert await told(homeguard) == "enforced"
