"""Devices as the journal keeps them: read, written, listed and removed."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from homeguard.blocks import Block
from homeguard.clock import to_rfc3339
from homeguard.errors import NotFound
from homeguard.events import Channel, EventType, JsonObject, to_json
from homeguard.journal.blocks import blocks_of, forget
from homeguard.journal.device import Device
from homeguard.journal.models import MAX_IDS_A_QUERY, ChannelHead, DeviceRow, execute, execute_many, tuples_of
from homeguard.journal.transaction import Transaction
from homeguard.presence import Presence

_COLUMNS: Final = (
    "id",
    "fields",
    "shown_block",
    "first_seen_at",
    "last_seen_at",
    "updated_seq",
    "removed",
    "heard",
    "presence",
    "look_at",
    "named",
)
_UPSERT: Final = (
    f'INSERT INTO "devices" ({", ".join(_COLUMNS)}) VALUES ({", ".join("?" * len(_COLUMNS))}) '  # noqa: S608
    f'ON CONFLICT ("id") DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])}'
)


class DeviceBook:
    """The devices that one transaction touches: read at once, changed in memory, written at once."""

    def __init__(self, transaction: Transaction, ids: Collection[str]) -> None:
        """Read these devices and their blocks."""
        self._transaction = transaction
        self._touched: dict[str, Device] = {}
        self._known = {device.id: device for device in find_devices(ids)} if ids else {}
        unknown = [id for id in ids if id not in self._known]
        self._blocks = blocks_of(unknown)
        self._accounts = with_account(unknown)

    def __contains__(self, id: str) -> bool:
        """Say whether a device is known."""
        return id in self._known

    def load(self, ids: Collection[str]) -> None:
        """Read these devices too, unless they are here already."""
        wanted = [id for id in ids if id not in self._known]
        for start in range(0, len(wanted), MAX_IDS_A_QUERY):
            chunk = wanted[start : start + MAX_IDS_A_QUERY]
            self._known |= {device.id: device for device in find_devices(chunk)}

    def __iter__(self) -> Iterator[Device]:
        """Give the devices that are known."""
        return iter(self._known.values())

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
            block, has_account = self._blocks.get(id, Block()), id in self._accounts
            self._known[id] = Device(id, {}, block, now, now, has_account=has_account)
        return self._known[id]

    def touch(self, device: Device) -> int:
        """Show the device if it changed, remember to write it, and return the `seq` that shows it."""
        device.show_if_changed(self._transaction)
        self._touched[device.id] = device
        return device.updated_seq

    def write(self) -> None:
        """Write what was touched."""
        if self._touched:
            execute_many(_UPSERT, [_row(device) for device in self._touched.values()])


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


def due_presences(now: datetime, limit: int) -> list[str]:
    """Read the devices whose presence time may have changed by now, at most `limit`, those due longest first."""
    query = DeviceRow.select(DeviceRow.id).where(DeviceRow.look_at <= now, ~DeviceRow.removed)
    return [id for (id,) in tuples_of(query.order_by(DeviceRow.look_at).limit(limit))]


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


def _row(device: Device) -> tuple[object, ...]:
    fields, block = device.shown or ("{}", "{}")
    return (
        device.id,
        fields,
        block,
        to_rfc3339(device.first_seen_at),
        to_rfc3339(device.last_seen_at),
        device.updated_seq,
        False,
        device.heard,
        to_json(device.presence.to_json()),
        None if device.look_at is None else to_rfc3339(device.look_at),
        to_json(device.named) if device.named else None,
    )


def with_account(ids: Collection[str]) -> set[str]:
    """Read which of these devices have an account at the broker."""
    wanted, found = list(ids), set[str]()
    for start in range(0, len(wanted), MAX_IDS_A_QUERY):
        chunk = wanted[start : start + MAX_IDS_A_QUERY]
        marks = ", ".join("?" * len(chunk))
        rows = execute(f'SELECT "device_id" FROM "accounts" WHERE "device_id" IN ({marks})', *chunk)  # noqa: S608
        found.update(id for (id,) in rows.fetchall())
    return found


def _with_blocks(rows: Iterable[DeviceRow]) -> list[Device]:
    found = list(rows)
    ids = [row.id for row in found]
    blocks, accounts = blocks_of(ids), with_account(ids)
    return [_device(row, blocks.get(row.id, Block()), has_account=row.id in accounts) for row in found]


def _device(row: DeviceRow, block: Block, *, has_account: bool) -> Device:
    fields = orjson.loads(row.fields)
    # A row of before there was a presence has its status among its fields alone.
    known = orjson.loads(row.presence) if row.presence else {"status": fields.get("status")}
    named = {name: (given, said) for name, (given, said) in orjson.loads(row.named or "{}").items()}
    return Device(
        row.id,
        fields,
        block,
        row.first_seen_at,
        row.last_seen_at,
        (row.fields, row.shown_block),
        row.updated_seq,
        row.heard,
        Presence.from_json(known),
        row.look_at,
        named,
        has_account,
    )
