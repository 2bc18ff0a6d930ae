"""The device side of HomeGuard: a few lines to connect, and proof that every alert was stored."""

import asyncio
import logging
import ssl
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from homeguard.backoff import STABLE_SECONDS, Backoff
from homeguard.client.conversation import UPDATE, Addresses, Conversation, Memory
from homeguard.client.courier import FIRST_PATIENCE_SECONDS, Courier
from homeguard.client.link import GOODBYE_SECONDS, Account, Link
from homeguard.client.messages import Proof, Rejection, Wish, write_alert, write_update
from homeguard.client.outbox import MAX_ALERTS, Outbox, OutboxThread
from homeguard.clock import Clock, utc_now
from homeguard.errors import HomeGuardError, Unavailable
from homeguard.events import JsonObject, Severity, Status
from homeguard.topics import checked_device_id

logger = logging.getLogger(__name__)


class Device:
    """One device of a home, connected for as long as it is entered:

        async with Device("cam-1", "192.168.1.10", password="…", outbox="cam-1.outbox") as device:
            await device.update(name="Front camera", kind="camera", telemetry={"lux": 40})
            await device.alert("Person at the door", severity="high")

    An alert is on disk when `alert` returns, is sent in order as often as it takes, and leaves the outbox only on
    HomeGuard's proof of storage. Updates are latest-wins and live in memory: they are state, and an old state is
    worth nothing once there is a new one; the whole of it is said again on every connection.
    """

    def __init__(
        self,
        device_id: str,
        host: str = "127.0.0.1",
        port: int = 1883,
        *,
        outbox: str | Path,
        username: str | None = None,
        password: str | None = None,
        prefix: str = "homeguard",
        tls: ssl.SSLContext | None = None,
        keepalive_seconds: int = 15,
        obeys_blocks: bool = True,
        on_wish: Callable[[Wish], None] | None = None,
        on_rejected: Callable[[Rejection], None] | None = None,
        max_alerts: int = MAX_ALERTS,
        backoff: Backoff | None = None,
        patience_seconds: float = FIRST_PATIENCE_SECONDS,
        clock: Clock = utc_now,
    ) -> None:
        """Describe the device; nothing happens before it is entered or started.

        `outbox` is a file, or `:memory:` where alerts may die with the process. `username` is the device id unless
        given. With `obeys_blocks` a wished block makes the device say `offline` and keep silent until it is lifted;
        alerts raised meanwhile wait in the outbox. `on_wish` is called when the wish changes, `on_rejected` for what
        HomeGuard will never accept. `patience_seconds` is how long a proof may take before an alert is sent again.

        Raises:
            BadInput: the device id or the prefix cannot be one.
        """
        self.id = checked_device_id(device_id)
        self.wish = Wish(desired=False)
        self._account = Account(host, port, self.id, username or self.id, password, tls, keepalive_seconds)
        self._addresses = Addresses.of(self.id, prefix)
        self._memory = Memory(OutboxThread(Outbox(outbox, max_alerts), self.id))
        self._obeys_blocks = obeys_blocks
        self._on_wish = on_wish
        self._on_rejected = on_rejected
        self._backoff = backoff or Backoff()
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = asyncio.Event()
        self._says_goodbye = True
        self._connected = asyncio.Event()
        self._proved = asyncio.Condition()
        self._trouble = ""

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, as far as anybody can know."""
        return self._connected.is_set()

    @property
    def is_blocked(self) -> bool:
        """Whether the device keeps silent because HomeGuard wishes so."""
        return self._memory.is_silent

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
        id = uuid.uuid4().hex
        payload = write_alert(self.id, id, reason, severity, category, details, self._clock())
        await self._memory.outbox.add(id, payload)
        self._memory.news.set()
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
        given = {
            "status": status,
            "telemetry": telemetry,
            "name": name,
            "kind": kind,
            "ip": ip,
            "mac": mac,
            "firmware": firmware,
        }
        changes = {field: value for field, value in given.items() if value is not None}
        write_update(self.id, self._memory.fields | changes)
        self._memory.fields |= changes
        self._memory.unsaid |= changes
        self._memory.news.set()

    async def connected(self) -> None:
        """Wait until there is a connection."""
        await self._connected.wait()

    async def drained(self) -> None:
        """Wait until every alert is proved stored (or rejected)."""
        async with self._proved:
            while await self._memory.outbox.count():
                await self._proved.wait()

    async def waiting(self) -> int:
        """Return how many alerts are not proved yet."""
        return await self._memory.outbox.count()

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
        await self._memory.outbox.close()

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
        link = Link(self._account, self._addresses.availability, Status.OFFLINE.value.encode())
        async with link.open():
            conversation = Conversation(
                link,
                self.id,
                self._addresses,
                self._memory,
                Courier(first_patience_seconds=self._patience_seconds),
                on_wish=self._take_wish,
                on_proofs=self._take_proofs,
            )
            await conversation.open()
            logger.info("device %s: connected to %s:%d", self.id, self._account.host, self._account.port)
            self._trouble = ""
            self._connected.set()
            try:
                await conversation.hold()
            except asyncio.CancelledError:
                await self._leave(link, conversation)
                raise
            finally:
                self._connected.clear()

    async def _leave(self, link: Link, conversation: Conversation) -> None:
        if not self._says_goodbye:
            link.cut()
            return
        with suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await conversation.say_availability(Status.OFFLINE)

    def _report(self, error: BaseException) -> None:
        trouble = str(error)
        if trouble != self._trouble:  # said once, however often it is tried
            logger.warning("device %s: %s; trying again", self.id, trouble)
        self._trouble = trouble

    def _take_wish(self, wish: Wish) -> None:
        if wish == self.wish:
            return
        self.wish = wish
        self._memory.is_silent = self._obeys_blocks and wish.desired
        self._memory.unsaid = dict(self._memory.fields)
        self._memory.news.set()
        if self._on_wish is not None:
            self._call(self._on_wish, wish)

    async def _take_proofs(self, proofs: Sequence[Proof]) -> None:
        removed = await self._memory.outbox.remove([proof.id for proof in proofs if proof.id is not None])
        kept = {entry.id: _readable(entry.payload) for entry in removed}
        for proof in proofs:
            if proof.error is not None and (proof.id in kept or proof.id == UPDATE):
                alert = kept.get(proof.id)
                logger.warning("device %s: HomeGuard rejects %s: %s", self.id, alert or "the update", proof.error)
                if self._on_rejected is not None:
                    rejection = Rejection(proof.error, proof.id if alert else None, alert)
                    self._call(self._on_rejected, rejection)
        self._memory.news.set()
        async with self._proved:
            self._proved.notify_all()

    def _call(self, callback: Callable[[Any], None], value: object) -> None:
        try:
            callback(value)
        except Exception:
            logger.exception("device %s: a callback failed", self.id)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


def _readable(payload: bytes) -> JsonObject:
    value: JsonObject = orjson.loads(payload)
    return value
