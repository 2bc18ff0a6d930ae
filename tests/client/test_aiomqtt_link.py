"""What the link takes from aiomqtt by private names, guarded against the next version."""

import asyncio
from contextlib import suppress

import aiomqtt
import pytest
from paho.mqtt.client import Client as Paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from homeguard.client.aiomqtt_link import AiomqttLink, _answered, _lost
from homeguard.client.link import Account, Refused, Said
from homeguard.errors import Unavailable
from tests.brokers import RunningBroker


def make_link(broker: RunningBroker, password: str | None = None) -> AiomqttLink:
    account = Account(broker.host, broker.port, "sim-1", "sim-1", password or broker.device("sim-1").password)
    return AiomqttLink(account, "homeguard/devices/sim-1/availability", b"offline")


async def test_private_names_of_aiomqtt_are_as_expected(broker: RunningBroker) -> None:
    link = make_link(broker)
    assert isinstance(link._client, Paho)
    assert isinstance(link._connected, asyncio.Future)
    assert callable(aiomqtt.Client._on_publish)


async def test_a_refused_publish_is_an_error(broker: RunningBroker) -> None:
    async with make_link(broker).open() as link:
        with pytest.raises(Refused, match="messages on homeguard/alerts/cam-1: Not authorized"):
            await link.say(Said("homeguard/alerts/cam-1", b"{}"))
        await link.say(Said("homeguard/alerts/sim-1", b"{}"))


async def test_a_refused_subscription_is_an_error(broker: RunningBroker) -> None:
    async with make_link(broker).open() as link:
        with pytest.raises(Refused, match="subscription to homeguard/#: Not authorized"):
            await link.hear("homeguard/#")


@pytest.mark.parametrize(
    ("code", "why"),
    [(0x98, "it ended the connection: Administrative action"), (0x80, "the connection was lost")],
)
def test_the_brokers_last_word_is_told(code: int, why: str) -> None:
    with pytest.raises(Unavailable, match=why), _lost():
        raise aiomqtt.MqttError("gone") from aiomqtt.MqttCodeError(ReasonCode(PacketTypes.DISCONNECT, identifier=code))


async def test_a_wrong_password_is_an_error(broker: RunningBroker) -> None:
    with pytest.raises(Refused, match="Not authorized"):
        async with make_link(broker, password="wrong").open():
            pass


async def test_a_cancellation_that_the_library_swallows_counts() -> None:
    asking = asyncio.Event()

    async def ask() -> None:
        asking.set()
        with suppress(asyncio.CancelledError):  # as asyncio.wait_for does before Python 3.12 when the answer is there
            await asyncio.Event().wait()

    task = asyncio.create_task(_answered(ask()))
    await asking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_that_comes_with_the_goodbye_counts(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = asyncio.Event()

    async def come_and_go() -> None:
        async with make_link(broker).open() as link:
            leave = link.__aexit__

            async def swallow(*_: object) -> None:
                leaving.set()
                with suppress(asyncio.CancelledError):  # as asyncio.wait_for does, when the answer is there
                    await asyncio.Event().wait()
                await leave(None, None, None)

            monkeypatch.setattr(link, "__aexit__", swallow)

    task = asyncio.create_task(come_and_go())
    await leaving.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
