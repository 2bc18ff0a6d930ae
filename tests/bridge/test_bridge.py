"""What is published through a real Mosquitto is journalled, once, and nothing that cannot be read stops it."""

import asyncio
import json
import sqlite3
from collections import Counter

import aiomqtt
import pytest

from bridge.address import Address
from bridge.aiomqtt_link import AiomqttLink, _paho_below
from bridge.bridge import Bridge
from bridge.mqtt_link import MqttLink
from bridge.outbox import Outbox
from homeguard.errors import Misconfigured
from homeguard.events import EventType
from homeguard.health import OFFLINE, ONLINE, Health
from homeguard.journal import intake
from homeguard.journal.blocks import wish
from homeguard.journal.gaps import holes
from homeguard.journal.outbox import remove, waiting
from homeguard.journal.rejects import page_of_rejects
from homeguard.topics import Topics
from tests.bridge.running import asking, connected, killed_bridge, publish, running_bridge
from tests.waiting import until

ALERT = {"device_id": "cam-1", "reason": "Port scan"}


def bodies(desk):
    return [json.loads(event.body) for event in desk.committed]


async def test_alert_is_journalled_and_another_follows(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await publish(broker, "alerts", ALERT)
        await publish(broker, "alerts/cam-1", {"reason": "Door"}, account=broker.device("cam-1"))
        await until(lambda: len(desk.committed) == 2)
    assert [(body["reason"], body["verified"]) for body in bodies(desk)] == [("Port scan", False), ("Door", True)]


@pytest.mark.parametrize("options", [{"qos": 0}, {"qos": 1}, {"qos": 2}])
async def test_alert_is_journalled_once_under_every_qos(own_broker, journal, desk, options):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await publish(broker, "alerts", ALERT, **options)
        await publish(broker, "alerts", ALERT | {"reason": "last"})
        await until(lambda: desk.committed and bodies(desk)[-1]["reason"] == "last")
    assert len(desk.committed) == 2


async def test_what_was_published_while_the_bridge_was_away_is_journalled(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
    for number in range(20):
        await publish(broker, "alerts", ALERT | {"reason": str(number)})
    async with running_bridge(broker, journal):
        await until(lambda: len(desk.committed) == 20)
    assert [body["reason"] for body in bodies(desk)] == [str(number) for number in range(20)]


async def test_messages_taken_but_not_committed_come_again(own_broker, journal, desk, tmp_path):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
    somebody = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    async with killed_bridge(broker, journal):
        somebody.execute("BEGIN IMMEDIATE")  # what is received now cannot be committed
        for number in range(5):
            await publish(broker, "alerts", ALERT | {"reason": str(number)})
        await until(lambda: journal.fault, timeout=20)
    somebody.execute("ROLLBACK")
    somebody.close()
    assert desk.committed == []
    async with running_bridge(broker, journal):
        await until(lambda: len(desk.committed) == 5)
    assert [body["reason"] for body in bodies(desk)] == ["0", "1", "2", "3", "4"]


async def test_messages_committed_but_not_acknowledged_are_not_doubled(own_broker, journal, desk, monkeypatch):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
    with monkeypatch.context() as patch:
        patch.setattr(MqttLink, "acknowledge", lambda *_: None)
        async with killed_bridge(broker, journal):
            for reason in ("same", "same", "other"):
                await publish(broker, "alerts", ALERT | {"reason": reason})
            await until(lambda: len(desk.committed) == 3)
    async with running_bridge(broker, journal):
        await publish(broker, "alerts", ALERT | {"reason": "last"})
        await until(lambda: bodies(desk)[-1]["reason"] == "last")
    assert [body["reason"] for body in bodies(desk)] == ["same", "same", "other", "last"]


@pytest.mark.parametrize(
    ("topic", "payload", "says"),
    [
        ("alerts", b"fire!", "not JSON"),
        ("alerts", b'{"reason":"\xff"}', "not UTF-8"),
        ("alerts", b"[]", "must be a JSON object"),
        ("alerts", json.dumps(ALERT | {"details": {"a": "x" * 70_000}}).encode(), "more than 65536"),
        ("alerts", json.dumps({"reason": "r"}).encode(), "device_id is required"),
        ("alerts", json.dumps(ALERT | {"severity": "bad"}).encode(), "severity must be one of"),
        ("alerts", json.dumps(ALERT | {"device_id": "Cam+1"}).encode(), "is not a device id"),
        ("devices", json.dumps({"id": "cam#1"}).encode(), "is not a device id"),
    ],
)
async def test_bad_message_is_kept_with_its_reason_and_the_next_good_one_arrives(
    own_broker, journal, desk, topic, payload, says
):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await publish(broker, topic, payload)
        await publish(broker, "alerts", ALERT)
        await until(lambda: desk.committed)
        (reject,) = await journal.read(lambda: page_of_rejects(None, 10))
    assert says in reject["reason"]
    assert reject["topic"] == f"homeguard/{topic}"


async def test_topic_and_payload_that_disagree_are_kept_as_a_reject(own_broker, journal, desk):
    broker = own_broker()
    cam = broker.device("cam-1")
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await publish(broker, "alerts/cam-1", ALERT | {"device_id": "lock-1"}, account=cam)
        await publish(broker, "alerts/cam-1", ALERT, account=cam)
        await until(lambda: desk.committed)
        (reject,) = await journal.read(lambda: page_of_rejects(None, 10))
    assert "the topic says 'cam-1'" in reject["reason"]


async def test_unknown_topic_and_retained_alert_are_kept_as_rejects(own_broker, journal, desk):
    broker = own_broker()
    await publish(broker, "alerts", ALERT, account=broker.service, retain=True)
    await publish(broker, "weather", b"rain", account=broker.service, retain=True)
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await publish(broker, "alerts", ALERT)
        await until(lambda: desk.committed)
        rejects = await journal.read(lambda: page_of_rejects(None, 10))
    reasons = {reject["topic"]: reject["reason"] for reject in rejects}
    assert "must not be retained" in reasons["homeguard/alerts"]
    assert "unknown topic" in reasons["homeguard/weather"]


async def test_publisher_that_asks_gets_the_proof_of_storage(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal) as health, connected(broker, broker.device("cam-1")) as cam:
        await until(lambda: health.state.is_ready)
        await cam.subscribe("homeguard/replies/cam-1/#", qos=1)
        properties = asking("homeguard/replies/cam-1/proof")
        for payload in (ALERT | {"id": "a"}, ALERT | {"id": "a"}, ALERT | {"id": "b", "severity": "bad"}):
            await cam.publish("homeguard/alerts/cam-1", json.dumps(payload), qos=1, properties=properties)
        async with asyncio.timeout(10):
            answers = [await anext(cam.messages) for _ in range(3)]
    said = [json.loads(answer.payload) for answer in answers]
    assert said[:2] == [{"status": "stored", "id": "a", "seq": 1}] * 2
    assert (said[2]["status"], said[2]["id"]) == ("rejected", "b")
    assert answers[0].properties.CorrelationData == b"7"


async def test_bridge_does_not_lend_its_rights_to_a_response_topic(own_broker, journal, desk):
    broker = own_broker()
    cam = broker.device("cam-1")
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        properties = asking("homeguard/devices/lock-1/availability")
        await publish(broker, "alerts/cam-1", ALERT, account=cam, properties=properties)
        await publish(broker, "alerts/cam-1", ALERT | {"reason": "last"}, account=cam)
        await until(lambda: len(desk.committed) == 2)
    assert [event.type for event in desk.committed] == [EventType.NEW_ALERT] * 2


async def test_last_will_of_a_device_shows_it_offline(own_broker, journal, desk):
    broker = own_broker()
    will = aiomqtt.Will("homeguard/devices/cam-1/availability", b"offline", qos=1, retain=True)
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        async with connected(broker, broker.device("cam-1"), will=will) as cam:
            await cam.publish("homeguard/devices/cam-1/availability", "online", qos=1, retain=True)
            await until(lambda: len(desk.committed) == 1)
            cam._client._sock_close()  # the line is cut; nothing is said
        await until(lambda: len(desk.committed) == 2)
    assert [body["status"] for body in bodies(desk)] == ["online", "offline"]


async def test_wish_goes_round_the_circle_and_lies_retained(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal) as health, connected(broker, broker.device("cam-1")) as cam:
        await until(lambda: health.state.is_ready)
        await publish(broker, "devices", {"id": "cam-1", "name": "Door", "mac": "02-00-5E-10-00-01"})
        await until(lambda: desk.committed)
        await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada", reason="Port scan"))
        await until(lambda: len(desk.committed) == 2)
        await cam.subscribe("homeguard/blocks/cam-1", qos=1)
        async with asyncio.timeout(10):
            lying = await anext(cam.messages)
    shown = bodies(desk)[-1]
    assert (shown["name"], shown["block"]["desired"], shown["block"]["state"]) == ("Door", True, "pending")
    assert lying.retain
    assert json.loads(lying.payload) == {"device_id": "cam-1", "mac": "02:00:5e:10:00:01", "ips": []} | {
        name: shown["block"][name] for name in ("desired", "reason", "by", "since", "until", "command_id")
    }
    assert await journal.read(lambda: waiting(10)) == []


async def test_wish_made_while_the_broker_is_away_leaves_when_it_is_back(own_broker, journal, desk):
    broker = own_broker()
    await desk.take(("devices", {"id": "cam-1", "kind": "camera"}))
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        broker.kill()
        await until(lambda: not health.state.is_ready, timeout=20)
        await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada"))
        await until(lambda: health.state.is_ready, timeout=30)
        # The session of a broker that is killed so soon was not saved yet: an alert may say so beside it.
        await until(lambda: [body for body in bodies(desk) if body.get("block", {}).get("desired")])


async def test_wish_that_was_sent_but_not_noted_before_a_kill_has_no_second_effect(
    own_broker, journal, desk, monkeypatch
):
    broker = own_broker()
    await desk.take(("devices", {"id": "cam-1", "kind": "camera"}))
    await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada"))
    commands: Counter[str] = Counter()
    acknowledged: list[list[int]] = []

    async def obey(enforcer):
        await enforcer.subscribe("homeguard/blocks/+", qos=1)
        async for message in enforcer.messages:
            commands[json.loads(message.payload)["command_id"]] += 1

    async with connected(broker, broker.operator) as enforcer:
        obeying = asyncio.create_task(obey(enforcer))
        with monkeypatch.context() as patch:
            patch.setattr("bridge.outbox.remove", acknowledged.append)
            async with killed_bridge(broker, journal):
                await until(lambda: acknowledged)
        assert len(await journal.read(lambda: waiting(10))) == 3
        async with running_bridge(broker, journal):
            await until(lambda: journal.read(lambda: not waiting(10)))
            await until(lambda: len(desk.committed) == 2)
            await publish(broker, "alerts", ALERT)
            await until(lambda: len(desk.committed) == 3)
        obeying.cancel()
        await asyncio.wait({obeying})
    assert [event.type for event in desk.committed[1:]] == [EventType.DEVICE_UPDATE, EventType.NEW_ALERT]
    assert (len(commands), commands.total() > 1) == (1, True)


async def test_wish_that_replaces_one_on_its_way_leaves_too(journal):
    await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada"))
    await journal.write(lambda _: remove([one.id for one in waiting(10)]))  # sent before; now it is told again
    sent: list[bool] = []
    may_go_on = asyncio.Event()

    class SlowLink:
        async def publish(self, topic, payload, *, retain=False):
            if topic.endswith("/cam-1"):
                sent.append(json.loads(payload)["desired"])
            await may_go_on.wait()

    sending = asyncio.create_task(Outbox(journal, Topics()).run(SlowLink()))  # type: ignore[arg-type]
    await until(lambda: sent)
    await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=False, by="ada"))
    may_go_on.set()
    await until(lambda: journal.read(lambda: not waiting(10)))
    sending.cancel()
    await asyncio.wait({sending})
    assert sent == [True, False]


async def test_outbox_keeps_what_the_broker_refuses(own_broker, journal, caplog):
    broker = own_broker()
    nobody = Address(broker.host, broker.port, "test", broker.operator.username, broker.operator.password)
    await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada"))
    async with AiomqttLink.connect(nobody, keeps_session=False) as link:
        sending = asyncio.create_task(Outbox(journal, Topics()).run(link))
        await until(lambda: "refuses to publish on homeguard/blocks/cam-1" in caplog.text)
        sending.cancel()
        await asyncio.wait({sending})
    left = [outgoing.topic for outgoing in await journal.read(lambda: waiting(10))]
    assert left == ["homeguard/blocks/cam-1", "homeguard/blocks"]


async def test_bridge_that_may_not_speak_says_so_and_goes_on_trying(own_broker, journal, caplog):
    broker = own_broker()
    nobody = Address(broker.host, broker.port, "test", broker.operator.username, broker.operator.password)
    bridge = Bridge(nobody, journal, Topics(), Health())
    running = asyncio.create_task(bridge.run())
    await until(lambda: "refuses to publish on homeguard/bridge/state" in caplog.text)
    bridge.stop()
    await asyncio.wait_for(running, 10)


async def test_wish_that_the_broker_lost_is_told_again(own_broker, journal, desk):
    broker = own_broker()
    await desk.take(("devices", {"id": "cam-1", "kind": "camera"}))
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada"))
        await until(lambda: len(desk.committed) == 2)
    await publish(broker, "blocks/cam-1", b"", account=broker.service, retain=True)  # as after a kill of the broker
    async with running_bridge(broker, journal), connected(broker, broker.device("cam-1")) as cam:
        await cam.subscribe("homeguard/blocks/cam-1", qos=1)
        async with asyncio.timeout(10):
            assert json.loads((await anext(cam.messages)).payload)["desired"] is True


async def test_words_said_twice_are_two_alerts_though_only_one_was_stored_before_a_kill(
    own_broker, journal, desk, tmp_path, monkeypatch
):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
    somebody = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    with monkeypatch.context() as patch:
        patch.setattr(MqttLink, "acknowledge", lambda *_: None)
        async with killed_bridge(broker, journal):
            await publish(broker, "alerts", ALERT)
            await until(lambda: len(desk.committed) == 1)
            somebody.execute("BEGIN IMMEDIATE")
            await publish(broker, "alerts", ALERT)
            await until(lambda: journal.fault, timeout=20)
    somebody.execute("ROLLBACK")
    somebody.close()
    async with running_bridge(broker, journal):
        await publish(broker, "alerts", ALERT | {"reason": "last"})
        await until(lambda: bodies(desk)[-1]["reason"] == "last")
    assert [body["reason"] for body in bodies(desk)] == ["Port scan", "Port scan", "last"]


async def test_bridge_state_is_retained_and_says_offline_after_goodbye_and_after_a_kill(own_broker, journal):
    broker = own_broker()

    async def state():
        async with connected(broker, broker.operator) as client, asyncio.timeout(10):
            await client.subscribe("homeguard/bridge/state")
            return json.loads((await anext(client.messages)).payload)["state"]

    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        assert await state() == "online"
    assert await state() == "offline"


async def test_health_follows_the_broker(own_broker, journal):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        broker.kill()
        await until(lambda: health.state.broker == OFFLINE, timeout=20)
        await until(lambda: health.state.broker == ONLINE, timeout=30)


async def test_message_that_breaks_the_store_becomes_a_reject_and_the_rest_is_stored(
    own_broker, journal, desk, monkeypatch
):
    broker = own_broker()
    store_alert = intake._Intake._alert

    def poisoned(self, alert):
        if alert.reason == "poison":
            raise RuntimeError("a fault of ours")
        return store_alert(self, alert)

    monkeypatch.setattr(intake._Intake, "_alert", poisoned)
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        for seq, reason in enumerate(("one", "poison", "two"), 1):
            await publish(broker, "alerts", ALERT | {"reason": reason, "boot": "b1", "seq": seq})
        await until(lambda: len(desk.committed) == 2)
        assert await journal.read(holes) == []
        (reject,) = await journal.read(lambda: page_of_rejects(None, 10))
    assert [body["reason"] for body in bodies(desk)] == ["one", "two"]
    assert "poison" in reject["payload"]


def test_aiomqtt_that_does_not_wrap_paho_is_refused_at_start():
    with pytest.raises(Misconfigured, match="aiomqtt"):
        _paho_below(object())  # type: ignore[arg-type]


async def test_aiomqtt_wraps_paho_where_we_look():
    client = aiomqtt.Client("127.0.0.1")
    assert _paho_below(client) is client._client
