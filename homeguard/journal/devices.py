"""Devices as the journal keeps them: their own fields, and what HomeGuard adds when it shows them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import orjson

from homeguard.blocks import Block
from homeguard.clock import to_rfc3339
from homeguard.errors import BadInput, NotFound
from homeguard.events import MAX_PAYLOAD_BYTES, Channel, EventType, JsonObject, to_json
from homeguard.journal.blocks import MAX_IDS_A_QUERY, blocks_of, forget
from homeguard.journal.models import ChannelHead, DeviceRow, tuples_of
from homeguard.journal.transaction import Transaction

_SHAPE: JsonObject = dict.fromkeys(("name", "kind", "status", "ip", "mac", "firmware", "telemetry"))


@dataclass(slots=True)
class Device:
    """A device as it now is; `updated_seq` is the event that showed it last."""

    id: str
    fields: JsonObject
    block: Block
    first_seen_at: datetime
    last_seen_at: datetime
    shown: tuple[str, str] | None = None
    updated_seq: int = 0

    def to_json(self) -> JsonObject:
        """Write the device as every screen gets it: the known fields always, null where unknown."""
        return {
            "id": self.id,
            **_SHAPE,
            **self.fields,
            "first_seen_at": to_rfc3339(self.first_seen_at),
            "last_seen_at": to_rfc3339(self.last_seen_at),
            "block": self.block.to_json(),
        }

    def _face(self) -> tuple[str, str]:
        return to_json(self.fields), to_json(self.block.to_json())

    def show_if_changed(self, transaction: Transaction) -> bool:
        """Append a `device_update` where a screen would see another device than before."""
        face = self._face()
        if face == self.shown:
            return False
        event = transaction.append(EventType.DEVICE_UPDATE, to_json(self.to_json()), device_id=self.id)
        self.shown, self.updated_seq = face, event.seq
        return True

    def change(self, changes: JsonObject) -> None:
        """Take over the fields that were sent.

        Raises:
            BadInput: the device would become larger than a frame may be.
        """
        fields = {**self.fields, **changes}
        size = len(to_json(fields))
        if size > MAX_PAYLOAD_BYTES:
            raise BadInput(f"the device would have {size} bytes of fields, more than {MAX_PAYLOAD_BYTES}")
        self.fields = fields


class DeviceBook:
    """The devices that one transaction touches: read at once, changed in memory, written at once."""

    def __init__(self, transaction: Transaction, ids: Collection[str]) -> None:
        """Read these devices and their blocks."""
        self._transaction = transaction
        self._touched: dict[str, Device] = {}
        self._known = {device.id: device for device in find_devices(ids)} if ids else {}
        self._blocks = blocks_of([id for id in ids if id not in self._known])

    def __contains__(self, id: str) -> bool:
        """Say whether a device is known."""
        return id in self._known

    def load(self, ids: Collection[str]) -> None:
        """Read these devices too, unless they are here already."""
        wanted = [id for id in ids if id not in self._known]
        for start in range(0, len(wanted), MAX_IDS_A_QUERY):
            chunk = wanted[start : start + MAX_IDS_A_QUERY]
            self._known |= {device.id: device for device in find_devices(chunk)}

    def get(self, id: str) -> Device:
        """Return a known device.

        Raises:
            NotFound: there is no such device.
        """
        if id not in self._known:
            raise NotFound(f"there is no device {id!r}", field="id")
        return self._known[id]

    def get_or_add(self, id: str) -> Device:
        """Return a device, new to HomeGuard where its id is: a removed device that speaks again is new."""
        if id not in self._known:
            now = self._transaction.now
            self._known[id] = Device(id, {}, self._blocks.get(id, Block()), now, now)
        return self._known[id]

    def touch(self, device: Device, *, seen: bool) -> int:
        """Show the device if it changed, remember to write it, and return the `seq` that shows it."""
        if seen:
            device.last_seen_at = self._transaction.now
        device.show_if_changed(self._transaction)
        self._touched[device.id] = device
        return device.updated_seq

    def write(self) -> None:
        """Write what was touched."""
        rows = [_row(device) for device in self._touched.values()]
        if rows:
            DeviceRow.insert_many(rows).on_conflict(
                conflict_target=[DeviceRow.id],
                preserve=[
                    DeviceRow.fields,
                    DeviceRow.shown_block,
                    DeviceRow.first_seen_at,
                    DeviceRow.last_seen_at,
                    DeviceRow.updated_seq,
                    DeviceRow.removed,
                ],
            ).execute()


def find_devices(ids: Collection[str] | None = None, *, changed_since: int | None = None) -> list[Device]:
    """Read devices, all of them or these or those shown after a `seq`, ascending by id."""
    query = DeviceRow.select().where(~DeviceRow.removed).order_by(DeviceRow.id)
    if ids is not None:
        query = query.where(DeviceRow.id << list(ids))
    if changed_since is not None:
        query = query.where(DeviceRow.updated_seq > changed_since)
    return _with_blocks(query)


def get_device(id: str) -> Device:
    """Read one device.

    Raises:
        NotFound: there is no such device.
    """
    for device in find_devices([id]):
        return device
    raise NotFound(f"there is no device {id!r}", field="id")


def require_known(id: str) -> None:
    """Let pass a device that HomeGuard has heard of, also one that was removed since.

    Raises:
        NotFound: it never has.
    """
    if not DeviceRow.select().where(DeviceRow.id == id).exists():
        raise NotFound(f"there is no device {id!r}", field="id")


def page_of_devices(after: str, limit: int) -> list[Device]:
    """Read at most `limit` devices whose ids follow `after`, ascending."""
    return _with_blocks(
        DeviceRow.select().where(~DeviceRow.removed, DeviceRow.id > after).order_by(DeviceRow.id).limit(limit)
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The devices that changed after `since`, as they were at `seq`."""

    since: int
    seq: int
    devices: list[JsonObject]
    removed: list[str]


def snapshot(since: int) -> Snapshot:
    """Read what became of the devices after `since` (0: all of them)."""
    head = ChannelHead.get(ChannelHead.name == Channel.DEVICES.value).head
    removed: list[str] = []
    if since:
        gone = DeviceRow.select(DeviceRow.id).where(DeviceRow.removed, DeviceRow.updated_seq > since)
        removed = [id for (id,) in tuples_of(gone.order_by(DeviceRow.id))]
    return Snapshot(since, head, [device.to_json() for device in find_devices(changed_since=since or None)], removed)


def remove_device(transaction: Transaction, id: str) -> None:
    """Forget a device; its events stay.

    Raises:
        NotFound: there is no such device.
    """
    get_device(id)
    event = transaction.append(EventType.DEVICE_REMOVED, to_json({"id": id}), device_id=id)
    DeviceRow.update(removed=True, updated_seq=event.seq).where(DeviceRow.id == id).execute()
    forget(id)


def _row(device: Device) -> dict[str, object]:
    fields, block = device.shown or ("{}", "{}")
    return {
        "id": device.id,
        "fields": fields,
        "shown_block": block,
        "first_seen_at": device.first_seen_at,
        "last_seen_at": device.last_seen_at,
        "updated_seq": device.updated_seq,
        "removed": False,
    }


def _with_blocks(rows: Iterable[DeviceRow]) -> list[Device]:
    found = list(rows)
    blocks = blocks_of([row.id for row in found])
    return [
        Device(
            row.id,
            orjson.loads(row.fields),
            blocks.get(row.id, Block()),
            row.first_seen_at,
            row.last_seen_at,
            (row.fields, row.shown_block),
            row.updated_seq,
        )
        for row in found
    ]
