"""One connection of a `SyncDevice` to its broker, on paho-mqtt and its thread. Every wait has a limit."""

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from homeguard.certificates.tls import why_not
from homeguard.client.link import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    GOODBYE_SECONDS,
    MAX_INCOMING,
    QOS,
    Account,
    Heard,
    Said,
    let_in_refused,
    lost,
    publish_properties,
    publish_refused,
    read_message,
    subscription_refused,
)
from homeguard.errors import Unavailable

CONNACK: Final = 0  # under which the answer to CONNECT is kept; packet ids begin at 1


class _Inbox:
    """What paho's thread hears, for the other thread: answers by packet id, messages, the end."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._changed = threading.Condition()
        self._answers: dict[int, Sequence[ReasonCode]] = {}  # of what is asked for now
        self._messages: deque[Heard] = deque()
        self._is_over = False
        self._farewell: ReasonCode | None = None
        self._latest = float("inf")

    def answer(self, mid: int) -> Sequence[ReasonCode]:
        """Wait for an answer.

        Raises:
            Unavailable: the connection was lost, or the answer does not come.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        with self._changed:
            while mid not in self._answers:
                self._check()
                seconds = min(deadline, self._latest) - time.monotonic()
                if seconds <= 0:
                    raise Unavailable("the broker", "it does not answer")
                self._changed.wait(seconds)
            return self._answers.pop(mid)

    def messages(self) -> list[Heard]:
        """Take the messages that have come.

        Raises:
            Unavailable: the connection was lost.
        """
        with self._changed:
            self._check()
            messages = list(self._messages)
            self._messages.clear()
        return messages

    def wait_for_end(self, seconds: float) -> None:
        """Wait until the connection is over, or give up."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over, seconds)

    def hurry(self, seconds: float) -> None:
        """Let no wait for an answer last longer than this from now, also one that has begun."""
        with self._changed:
            self._latest = time.monotonic() + seconds
            self._changed.notify_all()

    def _check(self) -> None:
        if self._is_over:
            raise lost(self._farewell)

    # What paho calls.

    def on_connect(
        self, client: Client, userdata: Any, flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        self._take_answer(CONNACK, [code])

    def on_subscribe(
        self, client: Client, userdata: Any, mid: int, codes: list[ReasonCode], properties: Properties | None
    ) -> None:
        self._take_answer(mid, codes)

    def on_publish(
        self, client: Client, userdata: Any, mid: int, code: ReasonCode, properties: Properties | None
    ) -> None:
        self._take_answer(mid, [code])

    def on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        with self._changed:
            if len(self._messages) < MAX_INCOMING:
                self._messages.append(read_message(message.topic, message.payload, message.properties))
        self._wake()

    def on_disconnect(
        self, client: Client, userdata: Any, flags: DisconnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        self._farewell = code

    def on_end(self) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._wake()

    def _take_answer(self, mid: int, codes: Sequence[ReasonCode]) -> None:
        with self._changed:
            self._answers[mid] = codes
            self._changed.notify_all()


class _Client(Client):
    """paho's client, which says when its thread ends, also by a fault: nothing is heard any more then."""

    def __init__(self, client_id: str, on_end: Callable[[], None]) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id,
            protocol=MQTTv5,
            reconnect_on_failure=False,  # each connection has a client of its own: nothing of the last one is left
        )
        self._on_end = on_end

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> MQTTErrorCode:
        try:
            return super().loop_forever(timeout, retry_first_connection)
        finally:
            self._on_end()


class PahoLink:
    """One living connection. Its methods are for one thread, but for `hurry`."""

    def __init__(self, account: Account, will_topic: str, will: bytes, wake: Callable[[], None]) -> None:
        """Prepare a connection; `open` makes it. `wake` is called, in paho's thread, when `heard` has more to say."""
        self._account = account
        self._inbox = _Inbox(wake)
        self._client = _make_client(account, self._inbox)
        self._client.will_set(will_topic, will, QOS, retain=True)

    @contextlib.contextmanager
    def open(self) -> Iterator["PahoLink"]:
        """Connect, and in the end disconnect cleanly unless the connection was cut.

        Raises:
            Unavailable: nobody answers.
            Refused: the broker knows us not.
        """
        try:
            self._enter()
            yield self
        finally:
            self._leave()

    def say(self, said: Said) -> None:
        """Publish, and wait for the broker's acknowledgement. One at a time.

        Raises:
            Refused: the broker said no.
            Unavailable: the connection was lost, or the broker says nothing.
        """
        asked = self._client.publish(said.topic, said.payload, QOS, said.retain, publish_properties(said))
        for code in self._answers(asked.rc, asked.mid):
            if code.is_failure:
                raise publish_refused(said.topic, code)

    def hear(self, topic_filter: str) -> None:
        """Subscribe.

        Raises:
            Refused: the broker said no.
            Unavailable: the connection was lost, or the broker says nothing.
        """
        for code in self._answers(*self._client.subscribe(topic_filter, QOS)):
            if code.is_failure:
                raise subscription_refused(topic_filter, code)

    def heard(self) -> list[Heard]:
        """Return the messages that have come, without waiting.

        Raises:
            Unavailable: the connection was lost.
        """
        return self._inbox.messages()

    def hurry(self, seconds: float) -> None:
        """Let no wait last longer than this from now, also one that has begun. Any thread may say so."""
        self._inbox.hurry(seconds)

    def cut(self) -> None:
        """Lose the connection as a power cut would: the broker sends the last will."""
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _enter(self) -> None:
        account = self._account
        try:
            # Nothing of the past is needed: wishes are retained, alerts are in the outbox.
            self._client.connect(account.host, account.port, account.keepalive_seconds, clean_start=True)
        except OSError as error:
            raise Unavailable("the broker", why_not(error)) from None
        self._client.loop_start()
        for code in self._inbox.answer(CONNACK):
            if code.is_failure:
                raise let_in_refused(code)

    def _leave(self) -> None:
        if self._client.disconnect() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._inbox.wait_for_end(GOODBYE_SECONDS)
        self.cut()  # else paho's thread waits for a broker that takes nothing any more
        self._client.loop_stop()

    def _answers(self, rc: MQTTErrorCode, mid: int | None) -> Sequence[ReasonCode]:
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            raise lost(None)
        return self._inbox.answer(mid)


def _make_client(account: Account, inbox: _Inbox) -> Client:
    client = _Client(account.client_id, inbox.on_end)
    client.username_pw_set(account.username, account.password)
    if account.tls is not None:
        client.tls_set_context(account.tls)
    client.connect_timeout = CONNECT_SECONDS
    client.on_socket_open = _send_at_once
    client.on_connect = inbox.on_connect
    client.on_subscribe = inbox.on_subscribe
    client.on_publish = inbox.on_publish
    client.on_message = inbox.on_message
    client.on_disconnect = inbox.on_disconnect
    return client


def _send_at_once(client: Client, userdata: Any, sock: Any) -> None:
    """Send small packets as they come: a question and its answer otherwise take 40 ms."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
