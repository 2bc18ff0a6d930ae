"""The device side of HomeGuard for asyncio: a few lines to connect, and proof that every alert was stored."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from homeguard.backoff import STABLE_SECONDS
from homeguard.client.aiomqtt_link import AiomqttLink
from homeguard.client.any_device import AnyDevice
from homeguard.client.conversation import Conversation, Fetch
from homeguard.client.link import GOODBYE_SECONDS, Refused
from homeguard.client.messages import Proof
from homeguard.client.outbox_thread import OutboxThread
from homeguard.errors import HomeGuardError, Unavailable
from homeguard.events import Severity, Status

logger = logging.getLogger(__name__)


class Device(AnyDevice):
    """One device of a home, connected for as long as it is entered:

        async with Device("cam-1", "192.168.1.10", password="…", outbox="cam-1.outbox") as device:
            await device.update(name="Front camera", kind="camera", telemetry={"lux": 40})
            await device.alert("Person at the door", severity="high")

    An alert is on disk when `alert` returns, is sent in order as often as it takes, and leaves the outbox only on
    HomeGuard's proof of storage. Updates are latest-wins and live in memory: they are state, and an old state is
    worth nothing once there is a new one; the whole of it is said again on every connection. Callbacks run in the
    loop; programs without one use `SyncDevice`.
    """

    def _equip(self) -> None:
        self._outbox = OutboxThread(self._kept, self.id)
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._is_stopping = asyncio.Event()
        self._says_goodbye = True
        self._connected = asyncio.Event()
        self._proved = asyncio.Condition()

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, as far as anybody can know."""
        return self._connected.is_set()

    async def alert(
        self,
        reason: str,
        *,
        severity: Severity | str = Severity.MEDIUM,
        category: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> str:
        """Keep an alert and send it as soon as that is possible, connected or not; returns its id.

        Raises:
            BadInput: HomeGuard would reject it.
            OutboxFull: too many wait already; this one was not taken.
            Unavailable: the outbox cannot be written.
        """
        id, write = self._alert(reason, severity, category, details)
        await self._outbox.add(id, write)
        self._memory.has_alerts = True
        self._news.set()
        return id

    async def update(
        self,
        *,
        status: Status | str | None = None,
        telemetry: Mapping[str, Any] | None = None,
        name: str | None = None,
        kind: str | None = None,
        ip: str | None = None,
        mac: str | None = None,
        firmware: str | None = None,
    ) -> None:
        """Say how the device is now; only what is given changes, and the latest wins.

        Raises:
            BadInput: HomeGuard would reject it.
        """
        self._memory.change(
            {
                "status": status,
                "telemetry": telemetry,
                "name": name,
                "kind": kind,
                "ip": ip,
                "mac": mac,
                "firmware": firmware,
            }
        )
        self._news.set()

    async def connected(self) -> None:
        """Wait until there is a connection."""
        await self._connected.wait()

    async def drained(self) -> None:
        """Wait until every alert is proved stored (or rejected)."""
        async with self._proved:
            while await self._outbox.count():
                await self._proved.wait()

    async def waiting(self) -> int:
        """Return how many alerts are not proved yet."""
        return await self._outbox.count()

    def start(self) -> None:
        """Connect, and reconnect for ever, in the background. Needs a running loop."""
        if self._task is None:
            self._is_stopping.clear()
            self._says_goodbye = True
            self._task = asyncio.create_task(self._run(), name=f"device-{self.id}")

    async def stop(self, *, goodbye: bool = True) -> None:
        """Disconnect; what waits in the outbox stays there. Without a goodbye the broker sends the last will."""
        task, self._task = self._task, None
        if task is not None:
            self._says_goodbye = goodbye
            self._is_stopping.set()
            task.cancel()
            await asyncio.wait({task})

    async def close(self) -> None:
        """Stop, and close the outbox; the device cannot be used again."""
        await self.stop()
        await self._outbox.close()

    async def __aenter__(self) -> Self:
        """Start."""
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, and close the outbox."""
        await self.close()

    async def _run(self) -> None:
        now = asyncio.get_running_loop().time
        while not self._is_stopping.is_set():
            began = now()
            try:
                await self._connect()
            except* HomeGuardError as errors:
                self._report(_first(errors))
            except* Exception:
                logger.exception("device %s: the connection broke on an error of ours; trying again", self.id)
            if now() - began >= STABLE_SECONDS:
                self._backoff.reset()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._backoff.next()):
                    await self._is_stopping.wait()

    async def _connect(self) -> None:
        async with AiomqttLink(self._account, *self._will).open() as link:
            conversation = self._conversation()
            await self._open(link, conversation)
            self._came_in()
            self._connected.set()
            try:
                await self._hold(link, conversation)
            except asyncio.CancelledError:
                await self._leave(link, conversation)
                raise
            finally:
                self._connected.clear()

    async def _open(self, link: AiomqttLink, conversation: Conversation) -> None:
        """Subscribe, and learn what is wished before the first word is said."""
        with self._forgiving():
            await link.hear(self._addresses.block)
        await link.hear(self._addresses.replies)
        await self._take(conversation.begin(await link.heard_already()))

    async def _hold(self, link: AiomqttLink, conversation: Conversation) -> None:
        """Speak and hear, each in a task of its own, until the connection is lost."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(link, conversation), name=f"{self.id}-hear")
            tasks.create_task(self._speak(link, conversation), name=f"{self.id}-speak")
            # Wait inside the group. One that fails while its parent waits at the end leaves the parent with a
            # cancellation, and on Debian 12 (Python 3.11.2) the next time-out of that task then ends it for good.
            await asyncio.Event().wait()

    async def _hear(self, link: AiomqttLink, conversation: Conversation) -> None:
        while True:
            await self._take(conversation.hear(await link.heard()))

    async def _take(self, proofs: Sequence[Proof]) -> None:
        if proofs:
            removed = await self._outbox.remove([proof.id for proof in proofs if proof.id is not None])
            self._memory.settle(proofs, removed)
        self._news.set()
        self._tell(self._memory.news())
        if proofs:
            async with self._proved:
                self._proved.notify_all()

    async def _speak(self, link: AiomqttLink, conversation: Conversation) -> None:
        now = asyncio.get_running_loop().time
        while True:
            self._news.clear()
            while (step := conversation.next(now())) is not None:
                if isinstance(step, Fetch):
                    conversation.give(await self._outbox.after(step.after, step.limit))
                else:
                    with self._forgiving():
                        await link.say(step)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(conversation.deadline):
                    await self._news.wait()

    async def _leave(self, link: AiomqttLink, conversation: Conversation) -> None:
        if not self._says_goodbye:
            link.cut()
            return
        with suppress(TimeoutError, Unavailable, Refused):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await link.say(conversation.availability(Status.OFFLINE))


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
