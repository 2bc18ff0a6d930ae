"""The wished blocks: written together with the messages that will tell the home of them."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import orjson

from homeguard.audit import Action
from homeguard.blocks import Block, Report
from homeguard.clock import to_rfc3339
from homeguard.events import BlockReport, EventType, JsonObject, to_json
from homeguard.fields import read_ip, read_mac, read_or_none
from homeguard.journal.audit import note
from homeguard.journal.models import MAX_IDS_A_QUERY, BlockRow, OutboxRow, execute, tuples_of
from homeguard.journal.transaction import Transaction
from homeguard.topics import BlockTopic, DevicesTopic, Topics, WishesTopic

_COLUMNS: Final = ("device_id", "desired", "reason", "by", "since", "until", "command_id", "reports")
_UPSERT: Final = (  # written out: a thousand blocks at once are mostly this
    'INSERT INTO "blocks" ("device_id", "desired", "reason", "by", "since", "until", "command_id", "reports") '
    'VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("device_id") DO UPDATE SET "desired" = excluded."desired", '
    '"reason" = excluded."reason", "by" = excluded."by", "since" = excluded."since", "until" = excluded."until", '
    '"command_id" = excluded."command_id", "reports" = excluded."reports"'
)
MAX_IPS: Final = 32  # of one device; IPv6 gives a device several at a time, never hundreds


def blocks_of(ids: Collection[str]) -> dict[str, Block]:
    """Read the blocks of these devices; one that was never blocked is not in the answer."""
    wanted = list(ids)
    found: dict[str, Block] = {}
    for start in range(0, len(wanted), MAX_IDS_A_QUERY):
        rows = list(BlockRow.select().where(BlockRow.device_id << wanted[start : start + MAX_IDS_A_QUERY]))
        enforcers = known_enforcers() if rows else {}
        found |= {row.device_id: _block(row, enforcers) for row in rows}
    return found


def known_enforcers() -> dict[str, bool]:
    """Read which enforcers there are, and whether each is there now."""
    found = execute('SELECT "name", "is_online" FROM "enforcers"').fetchall()
    return {name: bool(is_online) for name, is_online in found}


def wish(
    transaction: Transaction,
    topics: Topics,
    device_id: str,
    *,
    desired: bool,
    by: str,
    address: str | None = None,
    reason: str | None = None,
    until: datetime | None = None,
) -> tuple[Block, bool]:
    """Wish a device blocked or not, and decide to tell the home; returns the block and whether it is a new wish.

    `address` is where `by` asks from, for the audit.

    A wish that stands already stays as it is, with its reason and its end.
    """
    standing = blocks_of([device_id]).get(device_id) or Block(enforcers=known_enforcers())
    if standing.desired == desired:
        return standing, False
    block = Block(
        desired=desired,
        reason=reason,
        by=by,
        since=transaction.at,
        until=to_rfc3339(until) if until else None,
        command_id=uuid.uuid4().hex,
        reports=standing.reports,
        enforcers=standing.enforcers,
    )
    write_block(device_id, block)
    note(
        transaction,
        Action.BLOCKED if desired else Action.UNBLOCKED,
        by=by,
        address=address,
        target=device_id,
        details={"reason": block.reason, "until": block.until} if desired else None,
    )
    tell(transaction, topics, device_id, block)
    news = {"type": EventType.DEVICE_UPDATE.value, "data": {"id": device_id}}
    transaction.publish(topics.format(DevicesTopic()), to_json(news).encode(), retain=False)
    _tell_how_many(transaction, topics)
    return block, True


def tell_again(transaction: Transaction, topics: Topics) -> None:
    """Decide to publish every wish once more: a broker that was killed may have lost what lay retained.

    One that waits in the outbox anyway is left there, so that a broker that comes and goes does not make it grow.
    """
    waiting = {topic for (topic,) in tuples_of(OutboxRow.select(OutboxRow.topic))}
    for row in BlockRow.select().order_by(BlockRow.device_id):
        if topics.format(BlockTopic(row.device_id)) not in waiting:
            tell(transaction, topics, row.device_id, _block(row))
    _tell_how_many(transaction, topics)


def tell_released(transaction: Transaction, topics: Topics, device_id: str, *, by: str) -> None:
    """Wish a device not blocked and tell the home, also where no block is known here: the home may know of one."""
    standing = blocks_of([device_id]).get(device_id, Block())
    command_id = uuid.uuid4().hex
    block = Block(by=by, since=transaction.at, command_id=command_id, reports=standing.reports)
    write_block(device_id, block)
    tell(transaction, topics, device_id, block)
    _tell_how_many(transaction, topics)


def blocked_devices() -> set[str]:
    """Read whose block is wished."""
    return {id for (id,) in tuples_of(BlockRow.select(BlockRow.device_id).where(BlockRow.desired))}


def forget(device_id: str) -> None:
    """Remove the block of a device that is removed."""
    BlockRow.delete().where(BlockRow.device_id == device_id).execute()


def tell(
    transaction: Transaction, topics: Topics, device_id: str, block: Block, fields: JsonObject | None = None
) -> None:
    """Decide to publish a wish, with the addresses by which the network knows the device.

    `fields` are the device's own where they are about to be written, else they are read.
    """
    wished = {"device_id": device_id, **block.wish(), **addresses(_fields_of(device_id) if fields is None else fields)}
    transaction.publish(topics.format(BlockTopic(device_id)), to_json(wished).encode(), retain=True)


def _tell_how_many(transaction: Transaction, topics: Topics) -> None:
    """Decide to publish how many devices are wished blocked, behind the wishes that are counted."""
    (count,) = execute('SELECT COUNT(*) FROM "blocks" WHERE "desired"').fetchone()
    transaction.publish(topics.format(WishesTopic()), to_json({"desired": count}).encode(), retain=True)


def addresses(fields: JsonObject) -> JsonObject:
    """Pick out of a device's fields by what the network knows it; what is no address is left out."""
    ips = fields.get("ips")
    listed = [*(ips if isinstance(ips, list) else []), fields.get("ip")]
    return {"mac": read_or_none(read_mac, fields.get("mac")), "ips": _readable_ips(listed)}


def _readable_ips(values: list[Any]) -> list[str]:
    read = (read_or_none(read_ip, value) for value in values)
    # Without the zone (RFC 4007): it names an interface of that box, in any characters.
    return list(dict.fromkeys(ip.partition("%")[0] for ip in read if ip is not None))[:MAX_IPS]


def _fields_of(device_id: str) -> JsonObject:
    found = execute('SELECT "fields" FROM "devices" WHERE "id" = ?', device_id).fetchone()
    fields: JsonObject = orjson.loads(found[0]) if found else {}
    return fields


def due_blocks(now: datetime) -> list[str]:
    """Read the devices whose block has come to its end."""
    query = BlockRow.select(BlockRow.device_id).where(BlockRow.desired, BlockRow.until <= now)
    return [id for (id,) in tuples_of(query.order_by(BlockRow.until))]


def take_report(block: Block, report: BlockReport, at: str) -> Block:
    """Write what an enforcer reported, and return the block with it."""
    reported = block.with_report(report, at)
    if reported is not block:
        write_block(report.device_id, reported)
    return reported


def write_block(device_id: str, block: Block) -> None:
    """Write a block as it now is."""
    row = {"device_id": device_id, **block.wish(), "reports": to_json(dict(block.reports))}
    execute(_UPSERT, *(row[name] for name in _COLUMNS))


def _block(row: BlockRow, enforcers: dict[str, bool] | None = None) -> Block:
    return Block(
        desired=row.desired,
        reason=row.reason,
        by=row.by,
        since=to_rfc3339(row.since) if row.since else None,
        until=to_rfc3339(row.until) if row.until else None,
        command_id=row.command_id,
        reports=_reports(row.reports),
        enforcers=enforcers or {},
    )


def _reports(text: str) -> dict[str, Report]:
    """Read the reports; those of before HomeGuard knew of drift say nothing of it."""
    reports: dict[str, Report] = orjson.loads(text)
    for report in reports.values():
        report.setdefault("drifted", None)
    return reports
