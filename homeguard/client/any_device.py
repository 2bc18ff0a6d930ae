"""What every device is, whichever library moves its bytes: who it is, what it knows, whom it tells. No I/O."""

import logging
import ssl
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from homeguard.backoff import Backoff
from homeguard.client.conversation import Addresses, Conversation
from homeguard.client.courier import FIRST_PATIENCE_SECONDS, Courier
from homeguard.client.link import Account, Refused
from homeguard.client.memory import Memory, News
from homeguard.client.messages import Rejection, Stored, Wish, write_alert
from homeguard.client.outbox import MAX_ALERTS, Number, Outbox
from homeguard.clock import Clock, utc_now
from homeguard.events import Severity, Status, StatusReason
from homeguard.topics import checked_device_id

logger = logging.getLogger(__name__)


class AnyDevice:
    """What `Device` and `SyncDevice` share."""

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
        on_stored: Callable[[Stored], None] | None = None,
        on_rejected: Callable[[Rejection], None] | None = None,
        max_alerts: int = MAX_ALERTS,
        backoff: Backoff | None = None,
        patience_seconds: float = FIRST_PATIENCE_SECONDS,
        clock: Clock = utc_now,
    ) -> None:
        """Describe the device; nothing happens before it is entered or started.

        `outbox` is a file, or `:memory:` where alerts may die with the process. `username` is the device id unless
        given. With `obeys_blocks` a wished block makes the device say `offline` and keep silent until it is lifted;
        alerts raised meanwhile wait in the outbox. `on_wish` is called when the wish changes, `on_stored` when an alert
        was proved stored and has left the outbox (at most once: a process that is killed in between is not told),
        `on_rejected` for what HomeGuard will never accept. `patience_seconds` is how long a proof may take before an
        alert is sent again.

        Raises:
            BadInput: the device id or the prefix cannot be one.
        """
        self.id = checked_device_id(device_id)
        self._account = Account(host, port, self.id, username or self.id, password, tls, keepalive_seconds)
        self._addresses = Addresses.of(self.id, prefix)
        self._memory = Memory(self.id, obeys_blocks=obeys_blocks)
        self._kept = Outbox(outbox, max_alerts)
        self._on_wish = on_wish
        self._on_stored = on_stored
        self._on_rejected = on_rejected
        self._backoff = backoff or Backoff()
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._trouble = ""
        self._equip()

    def _equip(self) -> None:
        """Make what this kind of program needs besides; here, so that the one constructor shows its parameters."""
        raise NotImplementedError

    @property
    def wish(self) -> Wish:
        """Whether HomeGuard wishes the device blocked, and why."""
        return self._memory.wish

    @property
    def is_blocked(self) -> bool:
        """Whether the device keeps silent because HomeGuard wishes so."""
        return self._memory.is_silent

    @property
    def _will(self) -> tuple[str, bytes]:
        # With the reason, which alone tells a lost device from one that said goodbye.
        return self._addresses.availability, f"{Status.OFFLINE} {StatusReason.LAST_WILL}".encode()

    def _conversation(self) -> Conversation:
        return Conversation(self._addresses, self._memory, Courier(first_patience_seconds=self._patience_seconds))

    def _alert(
        self, reason: str, severity: Severity | str, category: str | None, details: Mapping[str, Any] | None
    ) -> tuple[str, Callable[[Number], bytes]]:
        """Give an alert its id; the outbox gives it the number under which it is written."""
        id, occurred_at = uuid.uuid4().hex, self._clock()

        def write(number: Number) -> bytes:
            return write_alert(self.id, id, reason, severity, category, details, occurred_at, number)

        return id, write

    def _came_in(self) -> None:
        logger.info("device %s: connected to %s:%d", self.id, self._account.host, self._account.port)
        self._trouble = ""

    def _report(self, error: BaseException) -> None:
        trouble = str(error)
        if trouble != self._trouble:  # said once, however often it is tried
            logger.warning("device %s: %s; trying again", self.id, trouble)
        self._trouble = trouble

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        """Let a refusal pass with a log line: the connection is good, and alerts are tried again in their own time."""
        try:
            yield
        except Refused as error:
            logger.warning("device %s: %s", self.id, error)

    def _tell(self, news: Sequence[News]) -> None:
        """Call the author's callbacks; one that fails does not end the device."""
        for one in news:
            try:
                match one:
                    case Wish() if self._on_wish is not None:
                        self._on_wish(one)
                    case Stored() if self._on_stored is not None:
                        self._on_stored(one)
                    case Rejection() if self._on_rejected is not None:
                        self._on_rejected(one)
            except Exception:
                logger.exception("device %s: a callback failed", self.id)
