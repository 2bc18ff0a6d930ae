"""Which broker it is: of our own its program says, another one shows it or does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.address import Address
from bridge.broker.config import find_mosquitto
from bridge.broker.versions import ask_version
from bridge.broker_version import BrokerVersion
from tests.doctor.conftest import Yours
from tests.ports import free_port


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Yours]:
    """A broker that HomeGuard did not start, open to everybody; not started yet."""
    broker = Yours(tmp_path, "allow_anonymous true")
    yield broker
    broker.stop()


async def test_our_own_broker_is_known_without_asking_it() -> None:
    address = Address("127.0.0.1", free_port(), "bridge", is_own=True, version="2.0.11")
    assert await BrokerVersion(address).tell() == "Mosquitto 2.0.11"


async def test_another_broker_shows_its_version_when_it_is_there(stranger: Yours) -> None:
    version = BrokerVersion(Address.from_url(stranger.url, "bridge"))
    assert await version.tell() is None
    stranger.start()
    told = f"Mosquitto {ask_version(find_mosquitto())}"
    assert await version.tell() == told
    stranger.stop()
    assert await version.tell() == told


async def test_a_broker_that_shows_nothing_is_not_asked_again(stranger: Yours, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.broker_version.VERSION_TOPIC", "$SYS/broker/none")
    monkeypatch.setattr("bridge.broker_version.ANSWER_SECONDS", 0.2)
    version = BrokerVersion(Address.from_url(stranger.start().url, "bridge"))
    assert await version.tell() is None
    monkeypatch.setattr("bridge.broker_version.VERSION_TOPIC", "$SYS/broker/version")
    assert await version.tell() is None


async def test_a_broker_that_lets_no_other_client_in_is_not_known(own_broker) -> None:
    running = own_broker()
    address = Address.from_url(running.mqtt_url, running.service.client_id)
    assert await BrokerVersion(address).tell() is None
