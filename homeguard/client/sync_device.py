"""The device side of HomeGuard for programs with threads: the promises of `Device`, without a loop."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from homeguard.backoff import STABLE_SECONDS
from homeguard.client.any_device import AnyDevice
from homeguard.client.conversation import Conversation, Fetch
from homeguard.client.link import GOODBYE_SECONDS, Refused
from homeguard.client.messages import Proof
from homeguard.client.paho_link import PahoLink
from homeguard.errors import HomeGuardError, Unavailable
from homeguard.events import Severity, Status

logger = logging.getLogger(__name__)

STOP_SECONDS: Final = 10.0  # for `stop` and `close`: the goodbye and the end of the connection, or a callback that runs


@dataclass(slots=True)
class _Life:
    """One start of a device until its stop: its thread, and how it is to end."""

    is_stopping: threading.Event = field(default_factory=threading.Event)
    says_goodbye: bool = True
    link: PahoLink | None = None
    thread: threading.Thread | None = None


class SyncDevice(AnyDevice):
    """One device of a home, connected for as long as it is entered:

        with SyncDevice("cam-1", "192.168.1.10", password="…", outbox="cam-1.outbox") as device:
            device.update(name="Front camera", kind="camera", telemetry={"lux": 40})
            device.alert("Person at the door", severity="high")

    It keeps the promises of `Device` and raises its exceptions; any thread may use it. One thread of its own speaks,
    hears and calls the callbacks, beside the one of paho, which keeps the connection alive meanwhile.
    """

    def _equip(self) -> None:
        self._life: _Life | None = None
        self._lock = threading.Lock()  # of `_memory`, the conversation and `_life`; never held over a wait
        self._news = threading.Event()
        self._connected = threading.Event()
        self._proved = threading.Condition()

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, as far as anybody can know."""
        return self._connected.is_set()

    def alert(
        self,
        reason: str,
        *,
        severity: Severity | str = Severity.MEDIUM,
        category: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> str:
        """Keep an alert and send it as soon as that is possible, connected or not; returns its id. Waits for the disk.

        Raises:
            BadInput: HomeGuard would reject it.
            OutboxFull: too many wait already; this one was not taken.
            Unavailable: the outbox cannot be written.
        """
        id, write = self._alert(reason, severity, category, details)
        self._kept.add(id, write)
        with self._lock:
            self._memory.has_alerts = True
        self._news.set()
        return id

    def update(
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
        changes = {
            "status": status,
            "telemetry": telemetry,
            "name": name,
            "kind": kind,
            "ip": ip,
            "mac": mac,
            "firmware": firmware,
        }
        with self._lock:
            self._memory.change(changes)
        self._news.set()

    def connected(self, timeout_seconds: float) -> None:
        """Wait until there is a connection.

        Raises:
            TimeoutError: there was none in this time; it is tried on.
        """
        if not self._connected.wait(timeout_seconds):
            raise TimeoutError(f"not connected within {timeout_seconds} s")

    def flush(self, timeout_seconds: float) -> None:
        """Wait until every alert is proved stored (or rejected). Not for callbacks, whose thread it waits for.

        Raises:
            TimeoutError: some are not yet; they stay in the outbox and are tried on.
            Unavailable: the outbox cannot be read.
        """
        deadline = time.monotonic() + timeout_seconds
        with self._proved:
            while left := self._kept.count():
                if not self._proved.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"not all is proved stored within {timeout_seconds} s: {left} left")

    def waiting(self) -> int:
        """Return how many alerts are not proved yet."""
        return self._kept.count()

    def start(self) -> None:
        """Connect, and reconnect for ever, in the background."""
        with self._lock:
            if self._life is None:
                self._life = life = _Life()
                # A daemon: a program that ends without `close` ends, and the broker sends the last will.
                life.thread = threading.Thread(target=self._run, args=(life,), name=f"device-{self.id}", daemon=True)
                life.thread.start()

    def stop(self, *, goodbye: bool = True) -> None:
        """Disconnect, within 10 seconds; what waits in the outbox stays there.

        Without a goodbye the broker sends the last will. Where a name server or a callback takes longer, the thread is
        left to end by itself. A callback may stop its own device.
        """
        with self._lock:
            life, self._life = self._life, None
            if life is None or life.thread is None:
                return
            life.says_goodbye = goodbye
            life.is_stopping.set()
            if life.link is not None:
                life.link.hurry(GOODBYE_SECONDS if self.is_connected else 0)
        self._news.set()
        if life.thread is threading.current_thread():
            return
        life.thread.join(STOP_SECONDS)
        if life.thread.is_alive():
            logger.warning("device %s: its thread still waits for something and will end later", self.id)

    def close(self) -> None:
        """Stop, and close the outbox; the device cannot be used again."""
        self.stop()
        self._kept.close()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, and close the outbox."""
        self.close()

    def _run(self, life: _Life) -> None:
        while not life.is_stopping.is_set():
            began = time.monotonic()
            try:
                self._connect(life)
            except HomeGuardError as error:
                if not life.is_stopping.is_set():
                    self._report(error)
            except Exception:
                logger.exception("device %s: the connection broke on an error of ours; trying again", self.id)
            if time.monotonic() - began >= STABLE_SECONDS:
                self._backoff.reset()
            life.is_stopping.wait(self._backoff.next())

    def _connect(self, life: _Life) -> None:
        link = PahoLink(self._account, *self._will, self._news.set)
        with self._lock:
            if life.is_stopping.is_set():
                return
            life.link = link
            conversation = self._conversation()
        try:
            with link.open():
                self._open(link, conversation)
                self._came_in()
                self._connected.set()
                self._hold(link, conversation, life)
                self._leave(link, conversation, life)
        finally:
            self._connected.clear()
            with self._lock:
                life.link = None

    def _open(self, link: PahoLink, conversation: Conversation) -> None:
        """Subscribe, and learn what is wished before the first word is said."""
        with self._forgiving():
            link.hear(self._addresses.block)
        link.hear(self._addresses.replies)
        heard = link.heard()
        with self._lock:
            proofs = conversation.begin(heard)
        self._take(proofs)

    def _hold(self, link: PahoLink, conversation: Conversation, life: _Life) -> None:
        """Hear and speak in turns until the device is stopped."""
        while not life.is_stopping.is_set():
            self._news.clear()
            heard = link.heard()
            with self._lock:
                proofs = conversation.hear(heard)
            self._take(proofs)
            if not self._speak(link, conversation) and not life.is_stopping.is_set():
                deadline = conversation.deadline
                self._news.wait(None if deadline is None else deadline - time.monotonic())

    def _speak(self, link: PahoLink, conversation: Conversation) -> bool:
        """Do the next thing, one, so that a block is heard before the one after it; says whether there was any."""
        with self._lock:
            step = conversation.next(time.monotonic())
        if isinstance(step, Fetch):
            entries = self._kept.after(step.after, step.limit)
            with self._lock:
                conversation.give(entries)
        elif step is not None:
            with self._forgiving():
                link.say(step)
        return step is not None

    def _take(self, proofs: Sequence[Proof]) -> None:
        removed = self._kept.remove([proof.id for proof in proofs if proof.id is not None]) if proofs else []
        with self._lock:
            self._memory.settle(proofs, removed)
            news = self._memory.news()
        self._tell(news)
        if proofs:
            with self._proved:
                self._proved.notify_all()

    def _leave(self, link: PahoLink, conversation: Conversation, life: _Life) -> None:
        if not life.says_goodbye:
            link.cut()
            return
        link.hurry(GOODBYE_SECONDS)
        with suppress(Unavailable, Refused):
            link.say(conversation.availability(Status.OFFLINE))
