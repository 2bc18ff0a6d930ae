"""Who may speak at a real Mosquitto, in whose name, and what becomes of who may not."""

import asyncio
import json

from homeguard.journal.blocks import wish
from homeguard.journal.devices import find_devices, get_device
from homeguard.journal.rejects import page_of_rejects
from homeguard.topics import Topics
from tests.bridge.running import asking, connected, publish, running_bridge
from tests.journal.intake import RULES
from tests.waiting import until

ALERT = {"device_id": "cam-1", "reason": "Port scan"}


def bodies(desk, category=None):
    read = [json.loads(event.body) for event in desk.committed]
    return [body for body in read if category in (None, body.get("category"))]


async def reject_reasons(journal):
    return [one["reason"] for one in await journal.read(lambda: page_of_rejects(None, 500))]


async def test_device_that_speaks_as_another_is_told_of_by_its_own_name(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        async with connected(broker, broker.device("cam-1")) as thief:
            for _ in range(200):
                await thief.publish("homeguard/alerts/cam-1", json.dumps(ALERT | {"device_id": "lock-1"}), qos=1)
        await publish(broker, "alerts", ALERT | {"reason": "last"})
        await until(lambda: desk.committed and bodies(desk)[-1]["reason"] == "last")
    (told,) = bodies(desk, "spoofing")
    assert (told["device_id"], told["details"]["claimed"], told["raised_by"]) == ("cam-1", "lock-1", "homeguard")
    assert len(await reject_reasons(journal)) == 200


async def test_account_that_speaks_for_the_first_time_is_told_of(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal, rules=RULES._replace(tell_new=True)) as health:
        await until(lambda: health.state.is_ready)
        for _ in range(2):
            await publish(broker, "devices/cam-1", {"kind": "camera"}, account=broker.device("cam-1"))
        await publish(broker, "alerts", {"device_id": "ghost-1", "reason": "last"})
        await until(lambda: len(bodies(desk, "new_device")) == 2)
    assert [(told["device_id"], told["verified"]) for told in bodies(desk, "new_device")] == [
        ("cam-1", True),
        ("ghost-1", False),
    ]


async def test_closed_flat_topics_take_nothing_but_our_own_news(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal, rules=RULES._replace(flat_topics=False)) as health:
        await until(lambda: health.state.is_ready)
        await publish(broker, "devices/cam-1", {"kind": "camera"}, account=broker.device("cam-1"))
        await publish(broker, "alerts", ALERT)
        await publish(broker, "devices", {"id": "cam-1", "status": "offline"})
        await until(lambda: desk.committed)
        await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada"))
        await until(lambda: bodies(desk)[-1]["block"]["desired"])
    assert [body["status"] for body in bodies(desk)] == [None, None]
    reasons = await reject_reasons(journal)
    assert ["publish on homeguard/devices/cam-1" in reasons[0], "publish on homeguard/alerts/cam-1" in reasons[1]] == [
        True,
        True,
    ]


async def test_what_a_blocked_device_had_queued_is_not_taken_and_it_gets_no_answer(own_broker, journal, desk):
    broker = own_broker()
    cam = broker.device("cam-1")
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await publish(broker, "devices/cam-1", {"kind": "camera"}, account=cam)
        await until(lambda: desk.committed)
    async with connected(broker, cam) as client:
        await client.subscribe("homeguard/replies/cam-1/#", qos=1)
        await client.publish(
            "homeguard/alerts/cam-1", '{"reason":"r"}', qos=1, properties=asking("homeguard/replies/cam-1/proof")
        )
        await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada"))
        async with running_bridge(broker, journal):
            await until(lambda: reject_reasons(journal))
            await client.publish("homeguard/devices/cam-1/availability", "offline", qos=1, retain=True)
            await until(lambda: bodies(desk)[-1].get("status") == "offline")
            await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=False, by="ada"))
            await client.publish(
                "homeguard/alerts/cam-1", '{"reason":"free"}', qos=1, properties=asking("homeguard/replies/cam-1/proof")
            )
            answer = await asyncio.wait_for(anext(client.messages), 10)
    assert json.loads(answer.payload)["status"] == "stored"
    assert [body["reason"] for body in bodies(desk) if "severity" in body] == ["free"]
    assert (await reject_reasons(journal))[-1].startswith("cam-1 is blocked")


async def test_newcomer_is_blocked_at_the_broker_from_its_first_word_on(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal, rules=RULES._replace(quarantine_new=True)) as health:
        await until(lambda: health.state.is_ready)
        async with connected(broker, broker.device("cam-1")) as cam:
            await cam.subscribe("homeguard/blocks/cam-1", qos=1)
            await cam.publish("homeguard/alerts/cam-1", '{"reason":"hello"}', qos=1)
            wished = json.loads((await asyncio.wait_for(anext(cam.messages), 10)).payload)
            await cam.publish("homeguard/alerts/cam-1", '{"reason":"again"}', qos=1)
            await until(lambda: reject_reasons(journal))
    assert (wished["desired"], wished["by"]) == (True, "homeguard")
    assert [body["reason"] for body in bodies(desk) if "severity" in body] == ["hello"]
    assert (await journal.read(lambda: get_device("cam-1"))).block.desired


async def test_last_will_that_says_so_is_told_from_a_goodbye(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await publish(broker, "devices/cam-1/availability", b"online", account=broker.device("cam-1"), retain=True)
        await publish(broker, "devices/cam-1/availability", b"offline last_will", account=broker.device("cam-1"))
        await until(lambda: len(desk.committed) == 2)
    (device,) = await journal.read(find_devices)
    assert (device.fields["status"], device.fields["status_reason"]) == ("offline", "last_will")
