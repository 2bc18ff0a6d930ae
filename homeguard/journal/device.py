"""One device in memory: its own fields, what an admin calls it, its presence, and how a screen is shown all of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from homeguard.blocks import Block
from homeguard.clock import to_rfc3339
from homeguard.errors import BadInput
from homeguard.events import MAX_PAYLOAD_BYTES, EventType, JsonObject, to_json
from homeguard.journal.transaction import Transaction
from homeguard.presence import Presence, Silence

_SHAPE: JsonObject = dict.fromkeys(("name", "kind", "status", "status_reason", "ip", "mac", "firmware", "telemetry"))

Named = dict[str, tuple[str, str | None]]


@dataclass(slots=True)
class Device:
    """A device as it now is; `updated_seq` is the event that showed it last.

    `has_account`: HomeGuard gave it one at the broker. `heard` says whether it has spoken since it was added. `named`
    has for each field that an admin has set what they gave, and what the device says itself.
    """

    id: str
    fields: JsonObject
    block: Block
    first_seen_at: datetime
    last_seen_at: datetime
    shown: tuple[str, str] | None = None
    updated_seq: int = 0
    heard: bool = False
    presence: Presence = field(default_factory=Presence)
    look_at: datetime | None = None
    named: Named = field(default_factory=dict)
    has_account: bool = False

    def to_json(self) -> JsonObject:
        """Write the device as every screen gets it: the known fields always, null where unknown."""
        return self._with_block(self.block.to_json())

    def _with_block(self, block: JsonObject) -> JsonObject:
        return {
            "id": self.id,
            **_SHAPE,
            **self.fields,
            "has_account": self.has_account,
            "first_seen_at": to_rfc3339(self.first_seen_at),
            "last_seen_at": to_rfc3339(self.last_seen_at),
            "block": block,
        }

    def show_if_changed(self, transaction: Transaction) -> bool:
        """Append a `device_update` where a screen would see another device than before."""
        block = self.block.to_json()
        # Those of before there were accounts are not shown once more for that.
        face = to_json(self.fields), to_json({**block, "has_account": True} if self.has_account else block)
        if face == self.shown:
            return False
        event = transaction.append(EventType.DEVICE_UPDATE, to_json(self._with_block(block)), device_id=self.id)
        self.shown, self.updated_seq = face, event.seq
        return True

    def change(self, changes: JsonObject) -> None:
        """Take over the fields that were sent, but for those where the word of an admin stands.

        Raises:
            BadInput: the device would become larger than a frame may be.
        """
        own = {name: value for name, value in changes.items() if name not in self.named}
        self._take(own)
        for name in changes.keys() & self.named.keys():
            self.named[name] = (self.named[name][0], changes[name])

    def give(self, names: JsonObject) -> None:
        """Set fields as an admin does: it stands until they clear it by None; then the device's own word is shown.

        Raises:
            BadInput: as `change`.
        """
        given = {name: value for name, value in names.items() if value is not None}
        said = {name: self.named[name][1] if name in self.named else self.fields.get(name) for name in names}
        # None where nothing was given forgets what the device has said of itself.
        cleared = {name: said[name] if name in self.named else None for name in names if name not in given}
        self._take(given | cleared)
        kept = {name: pair for name, pair in self.named.items() if name not in cleared}
        self.named = kept | {name: (value, said[name]) for name, value in given.items()}

    def require_same_mac(self, changes: JsonObject) -> None:
        """Keep a block on whom it is for: a firewall holds a device by its MAC, of which an update proves nothing.

        Raises:
            BadInput: the device is blocked, and would have another MAC.
        """
        mac = self.fields.get("mac")
        if self.block.desired and mac is not None and changes.get("mac", mac) != mac:
            raise BadInput(f"{self.id} is blocked by its MAC {mac}: unblock it before giving it another", field="mac")

    def hear(self, now: datetime) -> None:
        """Take a word of the device itself, whatever it says."""
        if self.last_seen_at == now:
            return  # the words of one transaction are one
        if self.heard:
            self.presence.hear(now.timestamp(), self.last_seen_at.timestamp())
        self.last_seen_at = now

    def show_presence(self) -> None:
        """Take over what is shown of the presence."""
        shown = self.presence.shown()
        if any(self.fields.get(name) != value for name, value in shown.items()):
            self._take(shown)

    def plan_look(self, silence: Silence | None, silent_since: float | None = None) -> None:
        """Note when time alone may change what is shown; its silence counts from its last word, or as said."""
        silent_since = self.last_seen_at.timestamp() if silent_since is None else silent_since
        moment = self.presence.look_at(silent_since, silence)
        self.look_at = None if moment is None else datetime.fromtimestamp(moment, UTC)

    def _take(self, changes: JsonObject) -> None:
        fields = {**self.fields, **changes}
        size = len(to_json(fields))
        if size > MAX_PAYLOAD_BYTES:
            raise BadInput(f"the device would have {size} bytes of fields, more than {MAX_PAYLOAD_BYTES}")
        self.fields = fields
