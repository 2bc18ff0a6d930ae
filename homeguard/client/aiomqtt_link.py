"""One connection of a `Device` to its broker, on aiomqtt."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from typing import Any, Final, TypeVar

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import Client as Paho
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

T = TypeVar("T")

ENTER_SECONDS: Final = 15.0  # for TCP and CONNACK, whatever a library waits for: then the next attempt is better
POLL_SECONDS: Final = 0.02  # between two looks at what a thread has done


class AiomqttLink(aiomqtt.Client):
    """One living connection.

    aiomqtt's private `_client`, `_connected` and `_on_publish` are guarded by tests/client/test_aiomqtt_link.py.
    """

    def __init__(
        self,
        account: Account,
        will_topic: str | None = None,
        will: bytes = b"",
        *,
        max_incoming: int = MAX_INCOMING,
    ) -> None:
        """Prepare a connection, with a last will or without; `open` makes it."""
        super().__init__(
            account.host,
            account.port,
            identifier=account.client_id,
            username=account.username,
            password=account.password,
            tls_context=account.tls,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,  # nothing of the past is needed: wishes are retained, alerts are in the outbox
            keepalive=account.keepalive_seconds,
            timeout=ANSWER_SECONDS,
            will=aiomqtt.Will(will_topic, will, QOS, retain=True) if will_topic is not None else None,
            max_queued_incoming_messages=max_incoming,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        self._client.connect_timeout = CONNECT_SECONDS
        self._said_no: ReasonCode | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["AiomqttLink"]:
        """Connect, and in the end disconnect cleanly unless the connection was cut.

        Raises:
            Unavailable: nobody answers.
            Refused: the broker knows us not.
        """
        try:
            async with asyncio.timeout(ENTER_SECONDS):
                await self._enter()
        except TimeoutError:
            raise Unavailable("the broker", "it does not let us in") from None
        except MqttConnectError as error:
            raise let_in_refused(error.rc) from None
        except aiomqtt.MqttError as error:
            raise Unavailable("the broker", why_not(error)) from None
        try:
            yield self
        finally:
            await self._leave()

    async def say(self, said: Said) -> None:
        """Publish, and wait for the broker's acknowledgement. One at a time.

        Raises:
            Refused: the broker said no.
            Unavailable: the connection was lost, or the broker says nothing.
        """
        self._said_no = None
        await _answered(self.publish(said.topic, said.payload, QOS, said.retain, publish_properties(said)))
        if self._said_no is not None:
            raise publish_refused(said.topic, self._said_no)

    async def say_all(self, messages: Sequence[Said]) -> None:
        """Publish some messages, all on their way together in their order; see `say`. One call at a time.

        Raises:
            Refused: the broker said no to one of them at least.
            Unavailable: the connection was lost, or the broker says nothing.
        """
        self._said_no = None
        publishing = [
            self.publish(one.topic, one.payload, QOS, one.retain, publish_properties(one)) for one in messages
        ]
        await _answered(asyncio.gather(*publishing))
        if self._said_no is not None:
            raise publish_refused(messages[0].topic if len(messages) == 1 else "one of several topics", self._said_no)

    async def hear(self, topic_filter: str) -> None:
        """Subscribe.

        Raises:
            Refused: the broker said no.
            Unavailable: the connection was lost, or the broker says nothing.
        """
        for code in await _answered(self.subscribe(topic_filter, QOS)):
            if isinstance(code, ReasonCode) and code.is_failure:
                raise subscription_refused(topic_filter, code)

    async def heard(self) -> list[Heard]:
        """Wait for messages and return all that are there.

        Raises:
            Unavailable: the connection was lost.
        """
        messages = self.messages
        with _lost():
            taken = [await anext(messages)]
            while len(messages):
                taken.append(await anext(messages))
        return [read_message(str(message.topic), message.payload, message.properties) for message in taken]

    async def heard_already(self) -> list[Heard]:
        """Return the messages that have come, without waiting."""
        return await self.heard() if len(self.messages) else []

    def cut(self) -> None:
        """Lose the connection as a power cut would: the broker sends the last will."""
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    async def _enter(self) -> None:
        entering = asyncio.create_task(self.__aenter__(), name="mqtt-connect")
        try:
            await asyncio.shield(entering)
        except asyncio.CancelledError:
            await self._abandon(entering)
            raise

    async def _abandon(self, entering: "asyncio.Task[aiomqtt.Client]") -> None:
        """Give a connection up that is being made: its thread cannot be stopped, but its socket must not outlive us."""
        now = asyncio.get_running_loop().time
        deadline = now() + CONNECT_SECONDS
        while not entering.done() and now() < deadline:
            await asyncio.wait({entering}, timeout=POLL_SECONDS)
            if self._client.socket() is not None:
                break
        if not self._connected.done():  # a cancelled one would break aiomqtt's callbacks
            self._connected.set_exception(aiomqtt.MqttError("given up"))
            self._connected.exception()
        await asyncio.wait({entering}, timeout=POLL_SECONDS)
        entering.cancel()
        await asyncio.gather(entering, return_exceptions=True)
        self._client.disconnect()

    async def _leave(self) -> None:
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await _answered(self.__aexit__(None, None, None))
        except (TimeoutError, Unavailable):
            self.cut()

    def _on_publish(
        self, client: Paho, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        if reason_code.is_failure:
            self._said_no = reason_code
        super()._on_publish(client, userdata, mid, reason_code, properties)


async def _answered(asking: Awaitable[T]) -> T:
    """Wait for the broker's answer, through aiomqtt's `asyncio.wait_for`.

    Before Python 3.12 that swallows a cancellation that comes together with the answer (python/cpython#86296).
    """
    task = asyncio.current_task()
    cancelled_before = task.cancelling() if task else 0
    with _lost():
        answer = await asking
    if task and task.cancelling() > cancelled_before:
        raise asyncio.CancelledError
    return answer


@contextlib.contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except aiomqtt.MqttError as error:
        raise lost(getattr(error.__cause__, "rc", None)) from error
