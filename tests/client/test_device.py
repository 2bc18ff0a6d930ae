"""Both kinds of device on the real, closed broker; a stand-in answers for the bridge."""

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from homeguard.client import Backoff, OutboxFull, Rejection, Stored, Wish
from homeguard.errors import BadInput
from tests.brokers import RunningBroker
from tests.client.kinds import AnyKind, MakeDevice
from tests.client.standin import STORED, StandIn, stand_in
from tests.conftest import OwnBroker
from tests.tls import make_certificate, tls_door
from tests.waiting import until

PATIENCE_SECONDS = 0.2


@pytest.fixture
async def bridge(broker: RunningBroker) -> AsyncIterator[StandIn]:
    async with stand_in(broker) as standing:
        yield standing
        await standing.forget("devices/cam-1/availability")
        await standing.forget("blocks/cam-1")


async def test_says_online_and_goodbye(make_device: MakeDevice, broker: RunningBroker, bridge: StandIn) -> None:
    async with make_device(broker) as device:
        await asyncio.wait_for(device.connected(), 10)
        await until(lambda: bridge.on("devices/cam-1/availability") == ["online"])
    await until(lambda: bridge.on("devices/cam-1/availability") == ["online", "offline"])


async def test_last_will_speaks_when_the_power_is_cut(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    device = make_device(broker)
    device.start()
    await until(lambda: bridge.on("devices/cam-1/availability") == ["online"])
    await device.stop(goodbye=False)
    await until(lambda: bridge.on("devices/cam-1/availability") == ["online", "offline last_will"])
    device.start()
    await until(lambda: bridge.on("devices/cam-1/availability")[2:] == ["online"])
    await device.close()


async def test_an_alert_leaves_the_outbox_on_its_proof(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    async with make_device(broker) as device:
        ids = [
            await device.alert("Person at the door", severity="high", category="motion", details={"confidence": 0.9})
            for _ in range(50)
        ]
        await asyncio.wait_for(device.drained(), 10)
    alerts = bridge.objects("alerts/cam-1")
    assert [alert["id"] for alert in alerts] == ids
    assert [alert["seq"] for alert in alerts] == list(range(1, 51))
    assert len({alert["boot"] for alert in alerts}) == 1
    assert alerts[0]["occurred_at"].endswith("Z")
    for field in ("id", "boot", "seq", "occurred_at"):
        del alerts[0][field]
    assert alerts[0] == {
        "reason": "Person at the door",
        "severity": "high",
        "category": "motion",
        "details": {"confidence": 0.9},
    }


async def test_an_unproved_alert_is_sent_again_on_the_same_connection(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    bridge.answer = lambda payload: None
    async with make_device(broker, patience_seconds=PATIENCE_SECONDS) as device:
        ids = [await device.alert("Motion"), await device.alert("Glass breaks")]
        await until(lambda: len(bridge.on("alerts/cam-1")) >= 3)
        assert [alert["id"] for alert in bridge.objects("alerts/cam-1")[:3]] == [*ids, ids[0]]
        bridge.answer = lambda payload: STORED
        await asyncio.wait_for(device.drained(), 10)


async def test_an_unproved_alert_is_sent_again_after_a_reconnect(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    bridge.answer = lambda payload: None
    device = make_device(broker)
    device.start()
    id = await device.alert("Motion")
    await until(lambda: len(bridge.on("alerts/cam-1")) == 1)
    await device.stop(goodbye=False)
    bridge.answer = lambda payload: STORED
    device.start()
    await asyncio.wait_for(device.drained(), 10)
    await device.close()
    assert [alert["id"] for alert in bridge.objects("alerts/cam-1")] == [id, id]


async def test_a_new_process_sends_what_the_old_one_left(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn, tmp_path: Path
) -> None:
    outbox = tmp_path / "deep" / "cam-1.outbox"
    before = make_device(broker, outbox=outbox)  # never connected
    ids = [await before.alert(f"Alert {number}") for number in range(3)]
    await before.close()
    assert outbox.stat().st_mode & 0o077 == 0
    async with make_device(broker, outbox=outbox) as device:
        await asyncio.wait_for(device.drained(), 10)
    assert [alert["id"] for alert in bridge.objects("alerts/cam-1")] == ids


async def test_a_stored_alert_is_told(make_device: MakeDevice, broker: RunningBroker, bridge: StandIn) -> None:
    bridge.answer = lambda payload: {"status": "stored", "seq": 40 + payload["seq"]}
    told: list[Stored] = []
    async with make_device(broker, on_stored=told.append) as device:
        ids = [await device.alert("Motion"), await device.alert("Glass breaks")]
        await asyncio.wait_for(device.drained(), 10)
    assert told == [Stored(ids[0], 41), Stored(ids[1], 42)]


async def test_a_rejected_alert_is_dropped_and_told(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    bridge.answer = lambda payload: {"status": "rejected", "error": "reason is too rude"}
    told: list[Rejection] = []
    async with make_device(broker, on_rejected=told.append) as device:
        id = await device.alert("Motion")
        await asyncio.wait_for(device.drained(), 10)
    assert [(rejection.id, rejection.error) for rejection in told] == [(id, "reason is too rude")]
    assert told[0].payload is not None
    assert told[0].payload["reason"] == "Motion"


async def test_a_rejected_update_is_told(make_device: MakeDevice, broker: RunningBroker, bridge: StandIn) -> None:
    bridge.answer = lambda payload: {"status": "rejected", "error": "too large"}
    told: list[Rejection] = []
    async with make_device(broker, on_rejected=told.append) as device:
        await device.update(name="Front")
        await until(lambda: told == [Rejection("too large")])


async def test_a_failing_callback_does_not_end_the_device(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    def fail(wish: Wish) -> None:
        raise ZeroDivisionError

    async with make_device(broker, on_wish=fail) as device:
        await asyncio.wait_for(device.connected(), 10)
        await bridge.wish("cam-1", desired=True)
        await until(lambda: device.is_blocked)
        await bridge.wish("cam-1", desired=False)
        await device.alert("Still here")
        await asyncio.wait_for(device.drained(), 10)


async def test_updates_are_latest_wins_and_said_again(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    device = make_device(broker)
    await device.update(name="Front", telemetry={"lux": 1})
    await device.update(telemetry={"lux": 2})
    device.start()
    whole = {"name": "Front", "telemetry": {"lux": 2}}
    await until(lambda: bridge.objects("devices/cam-1") == [whole])
    await device.update(telemetry={"lux": 3})
    await until(lambda: bridge.objects("devices/cam-1")[1:] == [{"telemetry": {"lux": 3}}])
    await device.stop(goodbye=False)
    device.start()
    await until(lambda: bridge.objects("devices/cam-1")[2:] == [{"name": "Front", "telemetry": {"lux": 3}}])
    await device.close()


async def test_blocked_is_silent_and_unblocked_speaks(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    wishes: list[bool] = []
    async with make_device(broker, on_wish=lambda wish: wishes.append(wish.desired)) as device:
        await until(lambda: bridge.on("devices/cam-1/availability") == ["online"])
        await bridge.wish("cam-1", desired=True)
        await until(lambda: bridge.on("devices/cam-1/availability") == ["online", "offline"])
        assert device.wish.reason == "odd traffic"
        id = await device.alert("Motion")
        await device.update(telemetry={"lux": 1})
        assert await device.waiting() == 1
        heard_while_blocked = [*bridge.on("alerts/cam-1"), *bridge.on("devices/cam-1")]
        await bridge.wish("cam-1", desired=False)
        await asyncio.wait_for(device.drained(), 10)
        await until(lambda: bridge.objects("devices/cam-1") == [{"telemetry": {"lux": 1}}])
    assert heard_while_blocked == []
    assert [alert["id"] for alert in bridge.objects("alerts/cam-1")] == [id]
    await until(lambda: bridge.on("devices/cam-1/availability") == ["online", "offline", "online", "offline"])
    assert wishes == [True, False]


async def test_a_device_that_comes_back_blocked_says_nothing_first(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    await bridge.wish("cam-1", desired=True)
    async with make_device(broker) as device:
        await device.alert("Motion")
        await until(lambda: bridge.on("devices/cam-1/availability") == ["offline"])
        assert device.is_blocked
        assert bridge.on("alerts/cam-1") == []


async def test_an_unblock_while_away_is_noticed(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn
) -> None:
    await bridge.wish("cam-1", desired=True)
    device = make_device(broker)
    device.start()
    await until(lambda: device.is_blocked)
    await device.stop(goodbye=False)
    await bridge.forget("blocks/cam-1")
    device.start()
    await until(lambda: bridge.on("devices/cam-1/availability")[-1:] == ["online"])
    assert not device.is_blocked
    await device.close()


async def test_a_broker_that_dies_loses_no_alert(
    make_device: MakeDevice, own_broker: OwnBroker, tmp_path: Path
) -> None:
    broker = own_broker()
    async with make_device(broker, outbox=tmp_path / "cam-1.outbox") as device:
        async with stand_in(broker) as bridge:
            bridge.answer = lambda payload: None
            before = await device.alert("Before")
            await until(lambda: bridge.on("alerts/cam-1"))
            broker.kill()
            await until(lambda: not device.is_connected)
        during = await device.alert("During")
        await until(lambda: device.is_connected, timeout=20)
        await device.stop(goodbye=False)  # what came before the next stand-in listens is sent again
        async with stand_in(broker) as bridge:
            after = await device.alert("After")
            device.start()
            await asyncio.wait_for(device.drained(), 20)
            assert [alert["id"] for alert in bridge.objects("alerts/cam-1")] == [before, during, after]


async def test_a_wrong_password_is_logged_once(
    make_device: MakeDevice, broker: RunningBroker, caplog: pytest.LogCaptureFixture
) -> None:
    async with make_device(broker, password="wrong", backoff=Backoff(0.001, 0.001)):
        await until(lambda: "Not authorized" in caplog.text)
    assert caplog.text.count("Not authorized") == 1


async def test_tls_is_spoken_with_a_certificate_that_is_trusted(
    make_device: MakeDevice, broker: RunningBroker, bridge: StandIn, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.create_default_context(cafile=certificate[0])
    async with tls_door(certificate, broker.port) as port, make_device(broker, port=port, tls=context) as device:
        id = await device.alert("Motion")
        await asyncio.wait_for(device.drained(), 10)
    assert [alert["id"] for alert in bridge.objects("alerts/cam-1")] == [id]


@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")  # paho leaves it to the collector
async def test_tls_is_not_spoken_with_another(
    make_device: MakeDevice, broker: RunningBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.create_default_context()
    async with tls_door(certificate, broker.port) as port, make_device(broker, port=port, tls=context) as device:
        await until(lambda: "its certificate is not believed here" in caplog.text)
        assert not device.is_connected
    gc.collect()  # here, where the warning is expected


async def test_a_stop_is_quick_while_the_broker_says_nothing(kind: type[AnyKind]) -> None:
    arrived, left = asyncio.Event(), asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()
        left.set()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    device = kind("cam-1", "127.0.0.1", server.sockets[0].getsockname()[1], outbox=":memory:")
    device.start()
    async with asyncio.timeout(10):
        await arrived.wait()
    async with asyncio.timeout(3):
        await device.close()
        await left.wait()
    server.close()


async def test_a_broker_that_talks_nonsense_is_left_and_tried_again(kind: type[AnyKind]) -> None:
    """A PUBLISH with a topic longer than itself (MQTT 5.0 section 3.3.2.1), right behind a good CONNACK."""
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read(1)
        writer.write(b"\x20\x03\x00\x00\x00" + b"\x30\x02\xff\xff")
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with kind("cam-1", "127.0.0.1", port, outbox=":memory:", backoff=Backoff(0.01, 0.02)):
        await until(lambda: connections >= 3, timeout=60)
    server.close()


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (lambda device: device.alert(""), "reason"),
        (lambda device: device.alert("Motion", severity="awful"), "severity"),
        (lambda device: device.update(ip="front door"), "ip"),
    ],
)
async def test_bad_input_is_told_at_once(kind: type[AnyKind], act: Callable[[AnyKind], Any], field: str) -> None:
    device = kind("cam-1", outbox=":memory:")
    with pytest.raises(BadInput) as caught:
        await act(device)
    assert caught.value.field == field
    await device.close()


async def test_a_full_outbox_refuses_the_newest(kind: type[AnyKind]) -> None:
    device = kind("cam-1", outbox=":memory:", max_alerts=2)
    await device.alert("One")
    await device.alert("Two")
    with pytest.raises(OutboxFull, match="2 alerts"):
        await device.alert("Three")
    assert await device.waiting() == 2
    await device.close()
