"""An MQTT 5 client that tells a test every reason code the broker gave."""

import ssl
from types import TracebackType
from typing import Any, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bridge.broker import Account
from tests.waiting import wait_until

GRANTED_QOS_1 = 1
ACCEPTED = {0x00, 0x10}  # 0x10: nobody subscribes to it, which is no fault of the publisher's
NOT_AUTHORISED = 0x87  # MQTT 5.0 section 2.4
BAD_CREDENTIALS = 0x86


class Reachable(Protocol):
    """Where a broker answers."""

    host: str
    port: int


class Client:
    """One connection; each method waits for the broker's answer. `received` are (topic, payload)."""

    def __init__(
        self,
        broker: Reachable,
        account: Account | None,
        *,
        client_id: str | None = None,
        session_seconds: int = 0,
        tls: ssl.SSLContext | None = None,
        port: int | None = None,
    ) -> None:
        """Connect as the account, with its own client id or another; `connect_code` is the broker's answer."""
        self.received: list[tuple[str, bytes]] = []
        self._answers: dict[tuple[str, int], int] = {}
        self.connect_code: int | None = None
        self.is_connected = False
        self.was_hung_up_on = False
        chosen = client_id or (account.client_id if account else None) or ""
        self._paho = paho.Client(CallbackAPIVersion.VERSION2, chosen, protocol=paho.MQTTv5)
        if account is not None:
            self._paho.username_pw_set(account.username, account.password)
        if tls is not None:
            self._paho.tls_set_context(tls)
        self._paho.on_connect = self._on_connect
        self._paho.on_disconnect = self._on_disconnect
        self._paho.on_message = lambda _c, _u, message: self.received.append((message.topic, bytes(message.payload)))
        self._paho.on_subscribe = lambda _c, _u, mid, codes, _p: self._answer("subscribe", mid, codes[0])
        self._paho.on_publish = lambda _c, _u, mid, code, _p: self._answer("publish", mid, code)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = session_seconds
        self._paho.connect(broker.host, port or broker.port, clean_start=session_seconds == 0, properties=properties)
        self._paho.loop_start()
        wait_until(lambda: self.connect_code is not None or self.was_hung_up_on)

    def subscribe(self, topic: str) -> int:
        """Subscribe at QoS 1 and return the reason code."""
        _, mid = self._paho.subscribe(topic, qos=1)
        return self._wait("subscribe", mid)

    def publish(self, topic: str, payload: bytes = b"{}", *, retain: bool = False) -> int:
        """Publish at QoS 1 and return the reason code."""
        return self._wait("publish", self._paho.publish(topic, payload, qos=1, retain=retain).mid)

    def send(self, topic: str, payload: bytes, *, qos: int = 1) -> None:
        """Publish without waiting for an answer that may never come."""
        self._paho.publish(topic, payload, qos=qos)

    def close(self) -> None:
        """Disconnect."""
        self._paho.disconnect()
        self._paho.loop_stop()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, code: Any, _properties: Any) -> None:
        self.connect_code = code.value
        self.is_connected = not code.is_failure
        if code.is_failure:
            self._paho.disconnect()  # no second attempt

    def _on_disconnect(self, *_arguments: Any) -> None:
        self.is_connected = False
        self.was_hung_up_on = True
        self._paho.disconnect()  # no second attempt: a test wants to see that it was thrown off

    def _answer(self, what: str, mid: int, code: Any) -> None:
        self._answers[what, mid] = code.value

    def _wait(self, what: str, mid: int | None) -> int:
        assert mid is not None
        wait_until(lambda: (what, mid) in self._answers)
        return self._answers[what, mid]
