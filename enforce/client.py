"""An enforcer on the bus: hears the wishes, says that it is there, and reports; reconnects for ever.

It keeps no outbox of reports: after every reconnect all that is in force is read and said once more.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Final

import orjson

from enforce.enforcer import Enforcer
from enforce.reconcile import INTERVAL_SECONDS, Reconciler, Report
from enforce.wishes import Wishes
from homeguard.backoff import STABLE_SECONDS, Backoff
from homeguard.client.aiomqtt_link import AiomqttLink
from homeguard.client.link import GOODBYE_SECONDS, Account, Heard, Refused, Said
from homeguard.errors import BadInput, HomeGuardError, Unavailable
from homeguard.events import Status
from homeguard.topics import BlockReportTopic, BlockTopic, EnforcerTopic, Topics, WishesTopic

logger = logging.getLogger(__name__)

# Wishes that came and were not looked at yet. Those that lie retained come at once, and the library drops what is too
# many; then their count does not fit, and nobody is let go.
MAX_WISHES: Final = 100_000
# A broker that was killed may have lost HomeGuard's session with the wishes: until HomeGuard has told them again,
# nobody hears reports. Where not all of them come through, what is known is told after this all the same.
HOMEGUARD_SECONDS: Final = 15.0
REPORTS_AT_ONCE: Final = 10  # on their way to the broker; with more, aiomqtt warns that it is asked too much
FIRST_SECONDS: Final = 0.2
MOST_SECONDS: Final = 15.0


class EnforcerClient:
    """Runs one enforcer at one broker."""

    def __init__(
        self,
        enforcer: Enforcer,
        account: Account,
        topics: Topics,
        *,
        interval_seconds: float = INTERVAL_SECONDS,
    ) -> None:
        """Take the enforcer, where and as whom it connects, and how often it looks at what is in force."""
        self._enforcer = enforcer
        self._account = account
        self._topics = topics
        self._wishes = Wishes()
        self._reconciler = Reconciler(enforcer, self._wishes, interval_seconds=interval_seconds)
        self._presence = topics.format(EnforcerTopic(enforcer.name))
        self._link: AiomqttLink | None = None
        self._has_all_wishes = asyncio.Event()
        self._saying = asyncio.Lock()

    async def run(self) -> None:
        """Enforce until cancelled, connected or not: what was wished last stays in force without a broker."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reconciler.run(), name=f"{self._enforcer.name}-reconcile")
            tasks.create_task(self._stay_connected(), name=f"{self._enforcer.name}-connection")

    async def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish something else as this enforcer's account.

        Raises:
            Unavailable: there is no connection now.
            Refused: the account may not.
        """
        link = self._link
        if link is None:
            raise Unavailable("the broker", "there is no connection")
        async with self._saying:  # a link says one thing at a time
            await link.say(Said(topic, payload, retain))

    async def drop_session(self, client_id: str) -> None:
        """Make the broker forget what it keeps for a client that is not connected: by coming in its name, once.

        Raises:
            Unavailable: the broker cannot be reached.
            Refused: it lets nobody but that client use its id.
        """
        async with AiomqttLink(replace(self._account, client_id=client_id)).open():
            pass

    async def _stay_connected(self) -> None:
        now = asyncio.get_running_loop().time
        backoff, said = Backoff(FIRST_SECONDS, MOST_SECONDS), ""
        while True:
            began = now()
            try:
                await self._connection()
            except* HomeGuardError as errors:
                why = str(_first(errors))
                if why != said:
                    logger.warning("enforcer %s: %s; trying again", self._enforcer.name, why)
                said = why
            except* Exception:
                logger.exception("enforcer %s: a fault of ours; trying again", self._enforcer.name)
            if now() - began >= STABLE_SECONDS:
                backoff.reset()
                said = ""
            await asyncio.sleep(backoff.next())

    async def _connection(self) -> None:
        will = self._state(Status.OFFLINE)
        async with AiomqttLink(self._account, self._presence, will, max_incoming=MAX_WISHES).open() as link:
            self._wishes.begin_connection()
            self._has_all_wishes.clear()
            await link.hear(self._topics.format(WishesTopic()))
            await link.hear(f"{self._topics.format(WishesTopic())}/+")
            await link.say(Said(self._presence, self._state(Status.ONLINE), retain=True))
            logger.info("enforcer %s: connected to %s:%d", self._enforcer.name, self._account.host, self._account.port)
            self._link = link
            self._reconciler.say_again()
            try:
                await self._hold(link)
            except asyncio.CancelledError:
                with suppress(TimeoutError, Unavailable, Refused):
                    async with asyncio.timeout(GOODBYE_SECONDS), self._saying:
                        await link.say(Said(self._presence, will, retain=True))
                raise
            finally:
                self._link = None

    async def _hold(self, link: AiomqttLink) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(link), name=f"{self._enforcer.name}-hear")
            tasks.create_task(self._tell(link), name=f"{self._enforcer.name}-report")
            # Inside the group, as homeguard.client.device does: Python 3.11.2 needs it.
            await asyncio.Event().wait()

    async def _hear(self, link: AiomqttLink) -> None:
        while True:
            for heard in await link.heard():
                self._take(heard)
            if self._wishes.is_whole:
                self._has_all_wishes.set()
            if not self._wishes.is_known:
                logger.debug("enforcer %s: waits: %s", self._enforcer.name, self._wishes.missing)

    def _take(self, heard: Heard) -> None:
        try:
            topic = self._topics.parse(heard.topic)
        except BadInput as error:
            logger.warning("enforcer %s: %s", self._enforcer.name, error.message)
            return
        match topic:
            case WishesTopic():
                if self._wishes.hear_count(heard.payload):
                    self._reconciler.stir()
            case BlockTopic(device_id):
                if self._wishes.hear(device_id, heard.payload):
                    self._reconciler.stir(device_id)
            case _:
                logger.debug("enforcer %s: not for an enforcer: %s", self._enforcer.name, heard.topic)

    async def _tell(self, link: AiomqttLink) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(HOMEGUARD_SECONDS):
                await self._has_all_wishes.wait()
        while True:
            reports = await self._reconciler.reports()
            try:
                while reports:
                    some = dict(islice(reports.items(), REPORTS_AT_ONCE))
                    async with self._saying:
                        await link.say_all([self._report(*item) for item in some.items()])
                    for device_id in some:
                        del reports[device_id]
            finally:
                self._reconciler.give_back(reports)

    def _report(self, device_id: str, report: Report) -> Said:
        topic = self._topics.format(BlockReportTopic(device_id, self._enforcer.name))
        return Said(topic, orjson.dumps(report.to_json()))

    def _state(self, state: Status) -> bytes:
        return orjson.dumps({"state": state.value, "kind": self._enforcer.kind})


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
