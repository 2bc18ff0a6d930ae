"""A simulated home on the real, closed broker."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devices_sim import Scenario, device_ids, run_home
from homeguard.decode import decode
from homeguard.topics import AlertsTopic, DevicesTopic
from tests.brokers import RunningBroker
from tests.client.standin import STORED, stand_in
from tests.waiting import until

IDS = device_ids(7)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    with RunningBroker(tmp_path_factory.mktemp("broker"), device_ids=IDS) as running:
        yield running


@asynccontextmanager
async def living(broker: RunningBroker, scenario: Scenario, **options: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    passwords = {id: broker.device(id).password for id in options.pop("ids", IDS)}
    home = run_home(broker.host, broker.port, passwords, scenario, options.pop("rate", 5), 7, stop, **options)
    task = asyncio.create_task(home)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


async def test_everybody_arrives_and_says_goodbye(broker: RunningBroker) -> None:
    async with stand_in(broker) as bridge:
        async with living(broker, Scenario.QUIET_HOME, speed=40):
            await until(lambda: all(bridge.on(f"devices/{id}/availability") == ["online"] for id in IDS))
            await until(lambda: all(any("telemetry" in u for u in bridge.objects(f"devices/{id}")) for id in IDS))
        await until(lambda: all(bridge.on(f"devices/{id}/availability") == ["online", "offline"] for id in IDS))
        camera = bridge.objects("devices/cam-1")[0]
        newcomer = {name for update in bridge.objects("devices/newcomer-1") for name in update}
    assert camera["kind"] == "camera"
    assert newcomer == {"ip", "mac", "telemetry"}


async def test_a_blocked_device_goes_silent_and_comes_back(broker: RunningBroker) -> None:
    async with stand_in(broker) as bridge, living(broker, Scenario.QUIET_HOME, ids=["cam-1", "lock-1"], rate=200):
        await until(lambda: len(bridge.objects("devices/cam-1")) > 3)
        await bridge.wish("cam-1", desired=True)
        await until(lambda: bridge.on("devices/cam-1/availability")[-1:] == ["offline"])
        heard = len(bridge.on("devices/cam-1")), len(bridge.on("alerts/cam-1"))
        others = len(bridge.on("devices/lock-1"))
        await until(lambda: len(bridge.on("devices/lock-1")) > others + 20)
        assert (len(bridge.on("devices/cam-1")), len(bridge.on("alerts/cam-1"))) == heard
        await bridge.wish("cam-1", desired=False)
        await until(lambda: bridge.on("devices/cam-1/availability")[-1:] == ["online"])
        await until(lambda: len(bridge.on("devices/cam-1")) > heard[0] + 3)
        await bridge.forget("blocks/cam-1")


async def test_bad_wifi_lets_last_wills_speak(broker: RunningBroker) -> None:
    def dropped_and_came_back() -> bool:
        said = [bridge.on(f"devices/{id}/availability") for id in IDS]
        return any(words[:3] == ["online", "offline last_will", "online"] for words in said)

    async with stand_in(broker) as bridge, living(broker, Scenario.BAD_WIFI, speed=20):
        await until(dropped_and_came_back, timeout=20)


async def test_a_storm_is_hundreds_a_second_and_all_proved(broker: RunningBroker, tmp_path: Path) -> None:
    def alerts() -> list[str]:
        return [a["id"] for id in IDS for a in bridge.objects(f"alerts/{id}")]

    now = asyncio.get_running_loop().time
    async with stand_in(broker) as bridge, living(broker, Scenario.ALERT_STORM, rate=None, outbox_dir=tmp_path):
        await until(alerts)
        began = now()
        await until(lambda: sum(topic.startswith("homeguard/alerts") for topic, _ in bridge.heard) > 600, timeout=20)
        assert 600 / (now() - began) > 150
    ids = alerts()
    assert len(ids) == len(set(ids))
    assert (tmp_path / "cam-1.outbox").exists()


async def test_what_was_not_proved_is_told_by_the_next_run(broker: RunningBroker, tmp_path: Path) -> None:
    async with stand_in(broker) as bridge:
        bridge.answer = lambda payload: None
        async with living(broker, Scenario.ALERT_STORM, ids=["cam-1"], outbox_dir=tmp_path):
            await until(lambda: len(bridge.objects("alerts/cam-1")) >= 3)
        first = bridge.objects("alerts/cam-1")[0]
        bridge.heard.clear()
        bridge.answer = lambda payload: STORED
        async with living(broker, Scenario.QUIET_HOME, ids=["cam-1"], outbox_dir=tmp_path):
            await until(lambda: bridge.objects("alerts/cam-1"))
        assert bridge.objects("alerts/cam-1")[0] == first


async def test_the_bridge_would_accept_every_word(broker: RunningBroker) -> None:
    async with stand_in(broker) as bridge, living(broker, Scenario.BREAK_IN, speed=20):
        await until(lambda: len(bridge.heard) > 200, timeout=20)
    for topic, payload in bridge.heard:
        match topic.split("/"):
            case ["homeguard", "alerts", device_id]:
                decode(AlertsTopic(device_id), payload)
            case ["homeguard", "devices", device_id]:
                decode(DevicesTopic(device_id), payload)
