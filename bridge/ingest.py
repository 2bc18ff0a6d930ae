"""Turns MQTT messages into journalled events: decode a batch, commit it, then acknowledge, then answer."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from time import monotonic
from typing import Final, TypeVar

import orjson

from bridge.echo import Echo
from bridge.link import RECEIVE_MAXIMUM, BrokerUnavailable, Link, Message
from homeguard.backoff import Backoff
from homeguard.decode import decode, number_in
from homeguard.errors import BadInput, Blocked, HomeGuardError, Unavailable
from homeguard.events import Alert, AlertNumber, Decoded, DeviceUpdate
from homeguard.health import ONLINE, Health
from homeguard.journal import Journal, Transaction
from homeguard.journal.intake import Outcome, Received, Rules, digest_of, recent_receipts, store
from homeguard.topics import (
    AlertsTopic,
    AvailabilityTopic,
    BlockTopic,
    BridgeStateTopic,
    DevicesTopic,
    RepliesTopic,
    Topic,
    Topics,
    WishesTopic,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_BATCH: Final = RECEIVE_MAXIMUM  # one fsync is shared by this many; more adds latency, not throughput


PARSED_TOPICS: Final = 1024  # remembered: a home has some devices, and each a topic or three
LONGEST_REMEMBERED: Final = 200  # characters; nobody may fill our memory with long topics
OWN_WORDS: Final = (WishesTopic, BlockTopic, BridgeStateTopic, RepliesTopic)  # HomeGuard and its repliers say these


class Ingest:
    """The way of a message into the journal. Owns nothing of the connection but what it was given."""

    def __init__(self, journal: Journal, topics: Topics, health: Health, rules: Rules | None = None) -> None:
        """Take the neighbours: where events go, how topics read, who is told of the lag, whom the home takes in."""
        self._journal = journal
        self._topics = topics
        self._rules = rules or Rules(topics)
        self._parse = lru_cache(PARSED_TOPICS)(topics.parse)
        self._health = health
        self._recent: set[bytes] = set()
        self.echo = Echo(topics)

    async def run(self, link: Link) -> None:
        """Take messages in until the link stops receiving.

        Raises:
            BrokerUnavailable: the connection is lost.
        """
        if link.session_present:
            self._recent = await self._write(link, recent_receipts)
        while batch := await link.receive(MAX_BATCH):
            outcomes = await self._take(link, batch)
            link.acknowledge(batch)
            self.echo.batch_stored()
            self._answer(link, batch, outcomes)
            self._health.update(bridge=ONLINE, lag_seconds=int(monotonic() - batch[0].received_at))

    async def _take(self, link: Link, batch: Sequence[Message]) -> list[Outcome | None]:
        """Store a batch; tells what became of each message, None where it is not for us."""
        taken = [self._read(message) for message in batch]
        stored = iter(await self._store(link, [received for received in taken if isinstance(received, Received)]))
        return [next(stored) if isinstance(received, Received) else received for received in taken]

    def _read(self, message: Message) -> Received | Outcome | None:
        """Decode one message; a resend of what is stored already is an `Outcome` at once."""
        content = self._decode(message)
        if content is None:
            return None
        digest = digest_of(message.topic, message.payload, message.mid) if message.qos else None
        has_own_id = isinstance(content, Alert) and content.message_id is not None
        if message.is_resend and not has_own_id and digest in self._recent:
            return Outcome(is_duplicate=True, error=content if isinstance(content, BadInput) else None)
        if isinstance(content, BadInput):
            return Received(message.topic, message.payload, content, digest, self._number(message))
        return Received(message.topic, message.payload, content, digest)

    def _number(self, message: Message) -> AlertNumber | None:
        """Find the number of an alert that becomes a reject: it has come, and is not missing."""
        try:
            topic = self._topic(message.topic)
        except BadInput:
            return None
        return number_in(topic, message.payload) if isinstance(topic, AlertsTopic) else None

    def _topic(self, text: str) -> Topic:
        return self._parse(text) if len(text) <= LONGEST_REMEMBERED else self._topics.parse(text)

    def _decode(self, message: Message) -> Decoded | BadInput | None:
        try:
            topic = self._topic(message.topic)
            if isinstance(topic, OWN_WORDS):
                self.echo.hear(message)
                return None
            if not message.payload and _may_be_cleared(topic):
                return None  # somebody cleared the retained one
            if isinstance(topic, AlertsTopic) and message.retain:
                return BadInput("alerts must not be retained: the broker would tell them again and again")
            content = decode(topic, message.payload)
            return content if self._rules.flat_topics else self._without_flat(topic, content)
        except BadInput as error:
            return error

    def _without_flat(self, topic: Topic, content: Decoded) -> Decoded:
        """Let pass what came where the sender is proven, and HomeGuard's own news, which say nothing new of anybody.

        Raises:
            BadInput: it came on a flat topic, with the one to use.
        """
        match topic, content:
            case AlertsTopic(None), Alert(device_id):
                own: Topic = AlertsTopic(device_id)
            case DevicesTopic(None), DeviceUpdate(device_id, changes) if changes:
                own = DevicesTopic(device_id)
            case _:
                return content
        raise BadInput(
            f"{self._topics.format(topic)} is closed here (HOMEGUARD_FLAT_TOPICS): "
            f"publish on {self._topics.format(own)} with the account of that device",
            field="topic",
        )

    async def _store(self, link: Link, received: Sequence[Received]) -> list[Outcome]:
        """Store, however long it takes: nothing is acknowledged meanwhile, so the broker keeps what comes."""
        if not received:
            return []
        try:
            return await self._write(link, lambda transaction: store(transaction, received, self._rules))
        except HomeGuardError:
            raise
        except Exception:
            if len(received) > 1:
                logger.exception("bridge: a batch of %d cannot be stored, trying one by one", len(received))
                return [outcome for one in received for outcome in await self._store(link, [one])]
            logger.exception("bridge: a message on %s breaks the store; it becomes a reject", received[0].topic)
            content = received[0].content
            broken = received[0]._replace(
                content=BadInput("HomeGuard failed on this message; see its log"),
                number=content.number if isinstance(content, Alert) else received[0].number,
            )
            return await self._write(link, lambda transaction: store(transaction, [broken], self._rules))

    async def _write(self, link: Link, work: Callable[[Transaction], T]) -> T:
        backoff = Backoff(first_seconds=0.2, most_seconds=5.0)
        while True:
            try:
                return await self._journal.write(work)
            except Unavailable:
                await _pause(link, backoff.next())

    def _answer(self, link: Link, batch: Sequence[Message], outcomes: Sequence[Outcome | None]) -> None:
        for message, outcome in zip(batch, outcomes, strict=True):
            if outcome is None:
                continue
            if outcome.error is not None and not outcome.is_duplicate:
                # A blocked device that nobody stops may go on for days, and everybody knows.
                level = logging.DEBUG if isinstance(outcome.error, Blocked) else logging.WARNING
                logger.log(level, "bridge: rejected a message on %s: %s", message.topic, outcome.error.message)
            if message.response_topic is not None and not isinstance(outcome.error, Blocked):
                self._prove(link, message, outcome)

    def _prove(self, link: Link, message: Message, outcome: Outcome) -> None:
        """Tell a publisher that asked what became of its message: stored, with its `seq`, or rejected and why."""
        try:
            target = self._topics.reply_target(message.response_topic or "")
        except BadInput as error:
            logger.warning("bridge: no answer to a message on %s: %s", message.topic, error.message)
            return
        if outcome.error is None:
            answer = {"status": "stored", "id": _own_id(message), "seq": outcome.seq}
        else:
            answer = {"status": "rejected", "id": _own_id(message), "error": outcome.error.message}
        link.publish_unsafe(target, orjson.dumps(answer), message.correlation_data)


def _may_be_cleared(topic: Topic) -> bool:
    """Say whether something may have lain retained here that is the device's own: not on the flat topics."""
    return isinstance(topic, AvailabilityTopic) or (
        isinstance(topic, AlertsTopic | DevicesTopic) and topic.device_id is not None
    )


def _own_id(message: Message) -> str | None:
    """Find the publisher's own id, also in what was rejected."""
    try:
        value = orjson.loads(message.payload)
    except orjson.JSONDecodeError:
        return None
    inner = value.get("data", value) if isinstance(value, dict) else {}
    own_id = inner.get("id") if isinstance(inner, dict) else None
    return own_id if isinstance(own_id, str) else None


async def _pause(link: Link, seconds: float) -> None:
    """Wait before the next attempt; a lost connection ends the wait, for the messages will come again.

    Raises:
        BrokerUnavailable: the connection is lost.
    """
    try:
        async with asyncio.timeout(seconds):
            await link.wait_lost()
    except TimeoutError:
        return
    raise BrokerUnavailable("the connection was lost while storage was unavailable")
