"""What a stolen device can do at the broker, in MQTT 3.1.1 and 5: speak as itself, and nothing else.

In MQTT 3.1.1 a broker has no word for a refused publish, so it is asked whether anybody heard it.
"""

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from bridge.broker import Account
from tests.broker.mqtt import Client
from tests.broker.test_access import FOREIGN_FILTERS, FOREIGN_TOPICS
from tests.brokers import RunningBroker
from tests.waiting import wait_until

VERSIONS: Final = [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5]
REFUSED: Final = 0x80  # and above, in both versions (MQTT 3.1.1 section 3.9.3, MQTT 5.0 section 3.9.3)

pytestmark = pytest.mark.parametrize("version", VERSIONS, ids=["3.1.1", "5"])


class Thief:
    """A client of either version, with whatever it has stolen."""

    def __init__(
        self,
        broker: RunningBroker,
        account: Account | None,
        version: MQTTProtocolVersion,
        client_id: str | None = None,
        will: str | None = None,
    ) -> None:
        self.received: list[tuple[str, bytes]] = []
        self.is_connected: bool | None = None
        self.has_ended = False
        self._granted: dict[int, int] = {}
        self._published: set[int] = set()
        self._paho = paho.Client(
            CallbackAPIVersion.VERSION2, client_id or (account.client_id if account else "") or "", protocol=version
        )
        if account is not None:
            self._paho.username_pw_set(account.username, account.password)
        if will is not None:
            self._paho.will_set(will, b"from the grave", qos=1)
        self._paho.on_connect = self._on_connect
        self._paho.on_disconnect = self._on_disconnect
        self._paho.on_message = lambda _c, _u, message: self.received.append((message.topic, bytes(message.payload)))
        self._paho.on_subscribe = lambda _c, _u, mid, codes, _p: self._granted.update({mid: codes[0].value})
        self._paho.on_publish = lambda _c, _u, mid, _r, _p: self._published.add(mid)
        self._paho.connect(broker.host, broker.port)
        self._paho.loop_start()
        wait_until(lambda: self.is_connected is not None or self.has_ended)

    def may_subscribe(self, topic: str) -> bool:
        mid = self._paho.subscribe(topic, qos=1)[1]
        assert mid is not None
        wait_until(lambda: mid in self._granted)
        return self._granted[mid] < REFUSED

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        mid = self._paho.publish(topic, payload, qos=1, retain=retain).mid
        wait_until(lambda: mid in self._published or self.has_ended)

    def cut(self) -> None:
        """Vanish without a goodbye, so that the broker says the will."""
        socket = self._paho.socket()
        assert socket is not None
        socket.close()

    def __enter__(self) -> "Thief":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._paho.disconnect()
        self._paho.loop_stop()

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, code: Any, _properties: Any) -> None:
        self.is_connected = not code.is_failure
        if code.is_failure:
            self._paho.disconnect()

    def _on_disconnect(self, *_arguments: Any) -> None:
        self.has_ended = True
        self._paho.disconnect()  # no second attempt


@pytest.fixture
def listener(broker: RunningBroker) -> Iterator[Client]:
    """The bridge, which hears everything of HomeGuard's."""
    with Client(broker, broker.service) as bridge:
        bridge.subscribe("homeguard/#")
        yield bridge


def heard(broker: RunningBroker, listener: Client, word: bytes) -> list[tuple[str, bytes]]:
    """Wait until what was published before must have come; return it without that word."""
    with Client(broker, broker.operator) as person:
        person.publish("homeguard/alerts", word)
    wait_until(lambda: any(payload == word for _, payload in listener.received))
    return [message for message in listener.received if message[1] != word]


def test_device_cannot_publish_as_another_nor_where_homeguard_speaks(
    broker: RunningBroker, listener: Client, version: MQTTProtocolVersion
) -> None:
    listener.received.clear()
    for topic in FOREIGN_TOPICS:
        with Thief(broker, broker.device("cam-1"), version) as thief:
            thief.publish(topic, b"forged")
    with Thief(broker, broker.device("cam-1"), version) as thief:
        thief.publish("homeguard/devices/lock-1/availability", b"offline", retain=True)
    assert [message for message in heard(broker, listener, b"the end 1") if message[1] in (b"forged", b"offline")] == []


def test_device_cannot_listen_to_others(broker: RunningBroker, version: MQTTProtocolVersion) -> None:
    with Thief(broker, broker.device("cam-1"), version) as thief, Client(broker, broker.device("lock-1")) as lock:
        assert [topic for topic in FOREIGN_FILTERS if thief.may_subscribe(topic)] == []
        assert thief.may_subscribe("homeguard/blocks/cam-1")
        lock.publish("homeguard/alerts/lock-1", b"private")
        with Client(broker, broker.service) as bridge:
            bridge.publish("homeguard/blocks/cam-1", b"wish")  # comes behind what it must not hear
        wait_until(lambda: thief.received)
        assert thief.received == [("homeguard/blocks/cam-1", b"wish")]


def test_device_cannot_come_as_the_bridge_or_as_another_device(
    broker: RunningBroker, listener: Client, version: MQTTProtocolVersion
) -> None:
    known, secret = "homeguard-bridge", broker.service.client_id
    lock = broker.device("lock-1")
    with Client(broker, lock) as victim:
        for account, client_id in (
            (broker.device("cam-1"), secret),
            (broker.device("cam-1"), "lock-1"),
            (broker.device("cam-1"), known),
            (Account("homeguard-bridge", broker.device("cam-1").password), secret),
            (Account("lock-1", broker.device("cam-1").password), "lock-1"),
            (Account("homeguard-admin", "guess"), "x"),
            (None, secret),
            (None, "lock-1"),
        ):
            with Thief(broker, account, version, client_id) as thief:
                assert not thief.is_connected, (account, client_id)
        assert victim.is_connected
        assert listener.is_connected


def test_last_will_of_a_device_cannot_speak_for_another(
    broker: RunningBroker, listener: Client, version: MQTTProtocolVersion
) -> None:
    listener.received.clear()
    for topic in ("homeguard/alerts/lock-1", "homeguard/bridge/state", "homeguard/blocks/lock-1"):
        with Thief(broker, broker.device("cam-1"), version, will=topic) as thief:
            thief.cut()
    with Thief(broker, broker.device("cam-1"), version, will="homeguard/alerts/cam-1") as thief:
        thief.cut()
    wait_until(lambda: ("homeguard/alerts/cam-1", b"from the grave") in listener.received)
    graves = [topic for topic, payload in heard(broker, listener, b"the end 2") if payload == b"from the grave"]
    assert graves == ["homeguard/alerts/cam-1"]
