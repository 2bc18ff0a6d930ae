"""The link of a `SyncDevice` on the real, closed broker, and what only a device with threads has."""

import gc
import logging
import threading
from pathlib import Path

import pytest

from homeguard.client import Backoff, Refused, SyncDevice, Wish, sync_device
from homeguard.client.link import Account, Said
from homeguard.client.paho_link import PahoLink
from homeguard.errors import Unavailable
from tests.brokers import RunningBroker
from tests.client.standin import StandIn, stand_in
from tests.waiting import until, wait_until


def make_link(broker: RunningBroker, password: str | None = None) -> PahoLink:
    account = Account(broker.host, broker.port, "sim-1", "sim-1", password or broker.device("sim-1").password)
    return PahoLink(account, "homeguard/devices/sim-1/availability", b"offline", lambda: None)


def make_device(broker: RunningBroker, **options: object) -> SyncDevice:
    given = {"password": broker.device("cam-1").password, "backoff": Backoff(0.01, 0.02), "outbox": ":memory:"}
    return SyncDevice("cam-1", broker.host, broker.port, **(given | options))  # type: ignore[arg-type]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_refused_publish_is_an_error(broker: RunningBroker) -> None:
    with make_link(broker).open() as link:
        with pytest.raises(Refused, match="messages on homeguard/alerts/cam-1: Not authorized"):
            link.say(Said("homeguard/alerts/cam-1", b"{}"))
        link.say(Said("homeguard/alerts/sim-1", b"{}"))


def test_a_refused_subscription_is_an_error(broker: RunningBroker) -> None:
    with (
        make_link(broker).open() as link,
        pytest.raises(Refused, match="subscription to homeguard/#: Not authorized"),
    ):
        link.hear("homeguard/#")


def test_a_wrong_password_is_an_error(broker: RunningBroker) -> None:
    with pytest.raises(Refused, match="Not authorized"), make_link(broker, password="wrong").open():
        pass


def test_nobody_at_the_address_is_an_error(unused_tcp_port: int) -> None:
    link = PahoLink(Account("127.0.0.1", unused_tcp_port, "sim-1"), "will", b"", lambda: None)
    with pytest.raises(Unavailable, match="refused"), link.open():
        pass


def test_a_cut_link_hears_and_says_no_more(broker: RunningBroker) -> None:
    woken = threading.Event()
    link = make_link(broker)
    link._inbox._wake = woken.set
    with link.open():
        link.cut()
        assert woken.wait(5)
        with pytest.raises(Unavailable, match="the connection was lost"):
            link.heard()
        with pytest.raises(Unavailable, match="the connection was lost"):
            link.say(Said("homeguard/alerts/sim-1", b"{}"))


def test_waits_have_an_end(broker: RunningBroker) -> None:
    device = make_device(broker)
    with pytest.raises(TimeoutError, match="not connected"):
        device.connected(0.01)
    device.alert("Motion")
    with pytest.raises(TimeoutError, match=r"not all is proved stored within 0\.01 s: 1 left"):
        device.flush(0.01)
    device.close()


async def test_close_does_not_wait_for_a_callback_that_hangs(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sync_device, "STOP_SECONDS", 0.1)
    release = threading.Event()
    async with stand_in(broker) as bridge:
        device = make_device(broker, on_wish=lambda wish: release.wait(30))
        device.start()
        await until(lambda: device.is_connected)
        await bridge.wish("cam-1", desired=True)
        await until(lambda: device.wish.desired)
        device.close()
        assert "its thread still waits for something" in caplog.text
        release.set()
        await until(lambda: not device.is_connected)
        await clean(bridge)


@pytest.mark.parametrize("goodbye", [True, False])
def test_a_stop_at_any_moment_ends_the_thread(broker: RunningBroker, goodbye: bool) -> None:
    device = make_device(broker)
    moments = {0: lambda: True, 1: lambda: device._life.link, 2: lambda: device.is_connected}  # type: ignore[union-attr]
    for number in range(45):
        device.start()
        life = device._life
        assert life is not None
        assert life.thread is not None
        wait_until(moments[number % len(moments)])
        device.update(telemetry={"number": number})
        device.stop(goodbye=goodbye)
        assert not life.thread.is_alive()
    device.close()


async def test_a_callback_may_stop_its_device(broker: RunningBroker) -> None:
    def stop(wish: Wish) -> None:
        device.stop()

    device = make_device(broker, on_wish=stop)
    async with stand_in(broker) as bridge:
        device.start()
        await until(lambda: bridge.on("devices/cam-1/availability") == ["online"])
        await bridge.wish("cam-1", desired=True)
        await until(lambda: bridge.on("devices/cam-1/availability")[-1:] == ["offline"])
        await until(lambda: not device.is_connected)
        device.close()
        await clean(bridge)


async def test_many_threads_may_raise_alerts(broker: RunningBroker) -> None:
    async with stand_in(broker) as bridge:
        with make_device(broker) as device:
            threads = [threading.Thread(target=lambda: [device.alert("Motion") for _ in range(10)]) for _ in range(8)]
            for thread in threads:
                thread.start()
            await until(lambda: sum(thread.is_alive() for thread in threads) == 0)
            await until(lambda: device.waiting() == 0)
        assert [alert["seq"] for alert in bridge.objects("alerts/cam-1")] == list(range(1, 81))
        await clean(bridge)


def test_trying_for_ever_holds_on_to_nothing(broker: RunningBroker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    attempts = 0

    class Counting(Backoff):
        def next(self) -> float:
            nonlocal attempts
            attempts += 1
            return 0.001

    gc.collect()
    gc.disable()
    try:
        with make_device(broker, password="wrong", backoff=Counting()):
            wait_until(lambda: attempts >= 3)
            before = open_files()
            wait_until(lambda: attempts >= 30)
            assert open_files() <= before + 4  # the connection of now
        assert threading.active_count() < 10
    finally:
        gc.enable()


async def clean(bridge: StandIn) -> None:
    await bridge.forget("devices/cam-1/availability")
    await bridge.forget("blocks/cam-1")
