"""What a device and HomeGuard say to each other over one connection: presence, updates, alerts, proofs, wishes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from homeguard.client.courier import Courier
from homeguard.client.link import Heard, Link, Refused
from homeguard.client.messages import Proof, Wish, read_proof, read_wish, write_update
from homeguard.client.outbox import OutboxThread
from homeguard.errors import BadInput
from homeguard.events import JsonObject, Status
from homeguard.topics import AlertsTopic, AvailabilityTopic, BlockTopic, DevicesTopic, RepliesTopic, Topics

logger = logging.getLogger(__name__)

UPDATE: Final = "update"  # Correlation Data of device updates; alerts have their id, 32 hexadecimal digits


@dataclass(slots=True)
class Memory:
    """What a device knows beyond one connection; `unsaid` is that part of `fields` which the broker has not taken."""

    outbox: OutboxThread
    fields: JsonObject = field(default_factory=dict)
    unsaid: JsonObject = field(default_factory=dict)
    is_silent: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The topics of one device."""

    alerts: str
    updates: str
    availability: str
    block: str
    replies: str
    proof: str

    @classmethod
    def of(cls, device_id: str, prefix: str) -> "Addresses":
        """Work out the topics below a prefix."""
        topics = Topics(prefix)
        return cls(
            topics.format(AlertsTopic(device_id)),
            topics.format(DevicesTopic(device_id)),
            topics.format(AvailabilityTopic(device_id)),
            topics.format(BlockTopic(device_id)),
            topics.format(RepliesTopic(f"{device_id}/#")),
            topics.format(RepliesTopic(f"{device_id}/proof")),
        )


class Conversation:
    """One connection, from the subscriptions to its end. Speaking is one task, hearing another."""

    def __init__(
        self,
        link: Link,
        device_id: str,
        addresses: Addresses,
        memory: Memory,
        courier: Courier,
        *,
        on_wish: Callable[[Wish], None],
        on_proofs: Callable[[Sequence[Proof]], Awaitable[None]],
    ) -> None:
        """Take a living link, and whom to tell of what is heard."""
        self._link = link
        self._device_id = device_id
        self._addresses = addresses
        self._memory = memory
        self._courier = courier
        self._on_wish = on_wish
        self._on_proofs = on_proofs

    async def open(self) -> None:
        """Subscribe, and learn what is wished before the first word is said.

        Raises:
            Refused: the proofs of storage may not be heard.
        """
        try:
            await self._link.hear(self._addresses.block)
        except Refused as error:
            logger.warning("device %s: cannot see whether it is blocked: %s", self._device_id, error)
        await self._link.hear(self._addresses.replies)
        # Mosquitto sends what is retained before it answers the next packet: no wish by now means that there is none.
        heard = await self._link.heard_already()
        if not any(message.topic == self._addresses.block for message in heard):
            self._on_wish(Wish(desired=False))
        await self._take(heard)

    async def hold(self) -> None:
        """Speak and hear until the connection is lost.

        Raises:
            ExceptionGroup: of `Unavailable`, from the link or the outbox.
        """
        self._memory.unsaid = dict(self._memory.fields)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(), name=f"{self._device_id}-hear")
            tasks.create_task(self._speak(), name=f"{self._device_id}-speak")
            # Wait inside the group. One that fails while its parent waits at the end leaves the parent with a
            # cancellation, and on Debian 12 (Python 3.11.2) the next time-out of that task then ends it for good.
            await asyncio.Event().wait()

    async def say_availability(self, status: Status) -> None:
        """Say whether the device is there; retained."""
        with _forgiving(self._device_id):
            await self._link.say(self._addresses.availability, status.value.encode(), retain=True)

    async def _hear(self) -> None:
        while True:
            await self._take(await self._link.heard())

    async def _take(self, messages: Sequence[Heard]) -> None:
        proofs: list[Proof] = []
        for message in messages:
            try:
                if message.topic == self._addresses.block:
                    self._on_wish(read_wish(message.payload))
                else:
                    proofs.append(read_proof(message.payload, message.correlation))
            except BadInput as error:
                logger.warning("device %s: cannot read %s: %s", self._device_id, message.topic, error)
        for proof in proofs:
            if proof.id is not None:
                self._courier.answered(proof.id)
        if proofs:
            await self._on_proofs(proofs)

    async def _speak(self) -> None:
        said: Status | None = None
        while True:
            self._memory.news.clear()
            wanted = Status.OFFLINE if self._memory.is_silent else Status.ONLINE
            if said is not wanted:
                await self.say_availability(wanted)
                said = wanted
            await self._say_alerts()
            await self._say_update()
            await self._wait_for_news()

    async def _say_alerts(self) -> None:
        now = asyncio.get_running_loop().time
        if self._memory.is_silent:
            return
        if self._courier.give_up_waiting(now()):
            logger.info("device %s: no proof of storage in time, sending again", self._device_id)
        while self._courier.room > 0 and not self._memory.is_silent:
            entries = await self._memory.outbox.after(self._courier.cursor, self._courier.room)
            for entry in entries:
                if self._memory.is_silent:
                    return  # blocked meanwhile
                self._courier.sent(entry, now())
                with _forgiving(self._device_id):
                    await self._link.say(
                        self._addresses.alerts,
                        entry.payload,
                        response_topic=self._addresses.proof,
                        correlation=entry.id.encode(),
                    )
            if not entries:
                return

    async def _say_update(self) -> None:
        if not self._memory.unsaid or self._memory.is_silent:
            return
        saying, self._memory.unsaid = self._memory.unsaid, {}
        try:
            with _forgiving(self._device_id):
                await self._link.say(
                    self._addresses.updates,
                    write_update(self._device_id, saying),
                    response_topic=self._addresses.proof,
                    correlation=UPDATE.encode(),
                )
        except BaseException:
            self._memory.unsaid = saying | self._memory.unsaid
            raise

    async def _wait_for_news(self) -> None:
        deadline = None if self._memory.is_silent else self._courier.deadline
        with suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                await self._memory.news.wait()


@contextmanager
def _forgiving(device_id: str) -> Iterator[None]:
    """Let a refusal pass with a log line: the connection is good, and alerts are tried again in their own time."""
    try:
        yield
    except Refused as error:
        logger.warning("device %s: %s", device_id, error)
