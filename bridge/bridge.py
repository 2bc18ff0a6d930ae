"""The bridge: connects for ever, and runs ingest, outbox and the watch over our session over each connection."""

import asyncio
import logging

import orjson

from bridge.address import Address
from bridge.continuity import Continuity
from bridge.ingest import Ingest
from bridge.link import Connect, Link, Will
from bridge.mqtt_link import MqttLink
from bridge.outbox import Outbox
from homeguard.backoff import Backoff
from homeguard.errors import HomeGuardError
from homeguard.health import OFFLINE, ONLINE, Health
from homeguard.journal import Journal
from homeguard.journal.intake import Rules
from homeguard.topics import BridgeStateTopic, Topics

logger = logging.getLogger(__name__)


class Bridge:
    """MQTT on one side, the journal on the other. `run` it in a task; `stop` lets the present batch finish."""

    def __init__(
        self,
        address: Address,
        journal: Journal,
        topics: Topics,
        health: Health,
        connect: Connect = MqttLink.connect,
        rules: Rules | None = None,
    ) -> None:
        """Take the broker's address, the neighbours, which link to use, and whom the home takes in."""
        self._address = address
        self._connect = connect
        self._journal = journal
        self._topics = topics
        self._state_topic = topics.format(BridgeStateTopic())
        self._health = health
        self._ingest = Ingest(journal, topics, health, rules)
        self._outbox = Outbox(journal, topics)
        self._continuity = Continuity(journal, address, self._ingest.echo)
        self._stopping = asyncio.Event()
        self._link: Link | None = None

    async def run(self) -> None:
        """Connect, work, and connect again, until `stop`."""
        backoff = Backoff(first_seconds=0.25, most_seconds=15.0)
        said: str | None = None
        while not self._stopping.is_set():
            try:
                await self._session(backoff)
                said = None
                continue
            except HomeGuardError as error:
                if said != str(error):
                    logger.warning("bridge: %s; trying again", error)
                said = str(error)
            except Exception:
                logger.exception("bridge: a fault of ours; trying again")
                said = "a fault of ours, see the log"
            self._health.update(bridge=OFFLINE, broker=OFFLINE, reason=said)
            await self._pause(backoff.next())
        self._health.update(bridge=OFFLINE, broker=OFFLINE)

    def stop(self) -> None:
        """Take nothing more in, finish what was begun, say goodbye, and let `run` return."""
        self._stopping.set()
        if self._link is not None:
            self._link.stop_receiving()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _session(self, backoff: Backoff) -> None:
        will = Will(self._state_topic, _state(OFFLINE))
        async with self._connect(self._address, will) as link:
            self._continuity.connected(session_present=link.session_present)
            await link.subscribe(self._topics.everything)
            await link.publish(self._state_topic, _state(ONLINE), retain=True)
            backoff.reset()
            logger.info("bridge: connected to %s:%d", self._address.host, self._address.port)
            self._health.update(bridge=ONLINE, broker=ONLINE, reason=self._journal.fault)
            self._link = link
            try:
                await self._work(link)
            finally:
                self._link = None

    async def _work(self, link: Link) -> None:
        """Run ingest and outbox until the connection is lost, or on `stop` until the last batch is done."""
        if self._stopping.is_set():
            link.stop_receiving()
        try:
            async with asyncio.TaskGroup() as group:
                outbox = group.create_task(self._outbox.run(link), name="outbox")
                continuity = group.create_task(self._continuity.run(link), name="continuity")
                await self._ingest.run(link)
                outbox.cancel()
                continuity.cancel()
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        await link.publish(self._state_topic, _state(OFFLINE), retain=True)


def _state(state: str) -> bytes:
    return orjson.dumps({"state": state})
