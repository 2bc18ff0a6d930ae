"""The wished blocks: written together with the messages that will tell the home of them."""

import uuid
from collections.abc import Collection
from datetime import datetime

import orjson

from homeguard.audit import Action
from homeguard.blocks import Block
from homeguard.clock import to_rfc3339
from homeguard.events import BlockReport, EventType, to_json
from homeguard.journal.audit import note
from homeguard.journal.models import BlockRow, OutboxRow, tuples_of
from homeguard.journal.transaction import Transaction
from homeguard.topics import BlockTopic, DevicesTopic, Topics

_MAX_IDS_A_QUERY = 500  # SQLite takes 32,766 variables in a statement, older ones 999


def blocks_of(ids: Collection[str]) -> dict[str, Block]:
    """Read the blocks of these devices; one that was never blocked is not in the answer."""
    wanted = list(ids)
    found: dict[str, Block] = {}
    for start in range(0, len(wanted), _MAX_IDS_A_QUERY):
        rows = BlockRow.select().where(BlockRow.device_id << wanted[start : start + _MAX_IDS_A_QUERY])
        found |= {row.device_id: _block(row) for row in rows}
    return found


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
    standing = blocks_of([device_id]).get(device_id, Block())
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
    )
    _write(device_id, block)
    note(
        transaction,
        Action.BLOCKED if desired else Action.UNBLOCKED,
        by=by,
        address=address,
        target=device_id,
        details={"reason": block.reason, "until": block.until} if desired else None,
    )
    _tell(transaction, topics, device_id, block)
    news = {"type": EventType.DEVICE_UPDATE.value, "data": {"id": device_id}}
    transaction.publish(topics.format(DevicesTopic()), to_json(news).encode(), retain=False)
    return block, True


def tell_again(transaction: Transaction, topics: Topics) -> None:
    """Decide to publish every wish once more: a broker that was killed may have lost what lay retained.

    One that waits in the outbox anyway is left there, so that a broker that comes and goes does not make it grow.
    """
    waiting = {topic for (topic,) in tuples_of(OutboxRow.select(OutboxRow.topic))}
    for row in BlockRow.select().order_by(BlockRow.device_id):
        if topics.format(BlockTopic(row.device_id)) not in waiting:
            _tell(transaction, topics, row.device_id, _block(row))


def tell_released(transaction: Transaction, topics: Topics, device_id: str, *, by: str) -> None:
    """Wish a device not blocked and tell the home, also where no block is known here: the home may know of one."""
    standing = blocks_of([device_id]).get(device_id, Block())
    command_id = uuid.uuid4().hex
    block = Block(by=by, since=transaction.at, command_id=command_id, reports=standing.reports)
    _write(device_id, block)
    _tell(transaction, topics, device_id, block)


def blocked_devices() -> set[str]:
    """Read whose block is wished."""
    return {id for (id,) in tuples_of(BlockRow.select(BlockRow.device_id).where(BlockRow.desired))}


def forget(device_id: str) -> None:
    """Remove the block of a device that is removed."""
    BlockRow.delete().where(BlockRow.device_id == device_id).execute()


def _tell(transaction: Transaction, topics: Topics, device_id: str, block: Block) -> None:
    wished = {"device_id": device_id, **block.wish()}
    transaction.publish(topics.format(BlockTopic(device_id)), to_json(wished).encode(), retain=True)


def due_blocks(now: datetime) -> list[str]:
    """Read the devices whose block has come to its end."""
    query = BlockRow.select(BlockRow.device_id).where(BlockRow.desired, BlockRow.until <= now)
    return [id for (id,) in tuples_of(query.order_by(BlockRow.until))]


def take_report(block: Block, report: BlockReport, at: str) -> Block:
    """Write what an enforcer reported, and return the block with it."""
    reported = block.with_report(report, at)
    _write(report.device_id, reported)
    return reported


def _write(device_id: str, block: Block) -> None:
    row = {**block.wish(), "device_id": device_id, "reports": to_json(dict(block.reports))}
    BlockRow.insert(row).on_conflict(
        conflict_target=[BlockRow.device_id],
        preserve=[
            BlockRow.desired,
            BlockRow.reason,
            BlockRow.by,
            BlockRow.since,
            BlockRow.until,
            BlockRow.command_id,
            BlockRow.reports,
        ],
    ).execute()


def _block(row: BlockRow) -> Block:
    return Block(
        desired=row.desired,
        reason=row.reason,
        by=row.by,
        since=to_rfc3339(row.since) if row.since else None,
        until=to_rfc3339(row.until) if row.until else None,
        command_id=row.command_id,
        reports=orjson.loads(row.reports),
    )
