"""Who speaks for the first time: told by one alert, blocked at once where the home wants that, and bounded."""

from datetime import timedelta
from typing import Final

from homeguard.errors import BadInput
from homeguard.events import JsonObject, Severity
from homeguard.journal.alerts import raise_alert
from homeguard.journal.blocks import wish
from homeguard.journal.device import Device
from homeguard.journal.models import DeviceRow
from homeguard.journal.transaction import Transaction
from homeguard.topics import HOMEGUARD_ID, Topics

NEW_DEVICE: Final = "new_device"  # the category of its alert
QUARANTINE_REASON: Final = "new device: not yet let in"

# On the flat topics anybody with an account for people may name any device. A home that is set up, or whose hub tells
# of all it knows at once, names some dozens; a made-up id costs a row, two events and an alert on every screen.
MAX_UNPROVEN_A_MINUTE: Final = 100
MAX_DEVICES: Final = 10_000  # ids that were ever heard; beyond, only a topic that proves its sender makes a device


class Newcomers:
    """The newcomers of one transaction."""

    def __init__(self, transaction: Transaction, topics: Topics, *, tell: bool, quarantine: bool) -> None:
        """Take whether they are told of, and whether they start blocked."""
        self._transaction = transaction
        self._topics = topics
        self._tell = tell
        self._quarantine = quarantine
        self._left: int | None = None

    def require_room(self, device_id: str) -> None:
        """Let pass an id that nobody knows and nothing proves, unless too many came.

        Raises:
            BadInput: they did.
        """
        if self._left is None:
            minute_ago = self._transaction.now - timedelta(minutes=1)
            recent = DeviceRow.select().where(DeviceRow.first_seen_at > minute_ago).count()
            self._left = min(MAX_UNPROVEN_A_MINUTE - recent, MAX_DEVICES - DeviceRow.select().count())
        if self._left <= 0:
            raise BadInput(
                f"{device_id!r} is not known, and too many unknown devices were named: at most {MAX_UNPROVEN_A_MINUTE} "
                f"a minute and {MAX_DEVICES} in all may be new where the topic does not prove the sender",
                field="device_id",
            )
        self._left -= 1

    def quarantine(self, device: Device) -> None:
        """Wish a device blocked that nobody has let in, where the home wants that; before it is shown."""
        if self._quarantine:
            device.block, _ = wish(
                self._transaction, self._topics, device.id, desired=True, by=HOMEGUARD_ID, reason=QUARANTINE_REASON
            )

    def tell(self, device: Device, *, verified: bool) -> None:
        """Raise the alert, where the home wants it; `verified` says whether the topic proved who spoke."""
        if not self._tell:
            return
        is_held = self._quarantine and device.block.desired and device.block.by == HOMEGUARD_ID
        how = "spoke for the first time" if verified else "was named for the first time, and nothing proves by whom"
        details: JsonObject = {name: device.fields.get(name) for name in ("name", "kind")}
        raise_alert(
            self._transaction,
            f"New device: {device.id} {how}{'. It is blocked until somebody lets it in' if is_held else ''}",
            category=NEW_DEVICE,
            details=details | {"quarantined": is_held},
            device_id=device.id,
            verified=verified,
            severity=Severity.MEDIUM,
        )
