"""Which enforcers there are: each that comes is remembered, and what it held is unknown while it is away."""

from dataclasses import replace

from homeguard.blocks import Block
from homeguard.clock import to_rfc3339
from homeguard.events import MAX_REASON, BlockReport, EnforcerPresence, JsonObject, ReportState
from homeguard.journal.alerts import raise_alert
from homeguard.journal.blocks import known_enforcers, write_block
from homeguard.journal.devices import DeviceBook
from homeguard.journal.models import BlockRow, EnforcerRow, tuples_of
from homeguard.journal.transaction import Transaction


def take_presence(transaction: Transaction, book: DeviceBook, presence: EnforcerPresence) -> None:
    """Note that an enforcer came, went or is to be forgotten, and show each device whose block is another by that.

    Of one that never came there is nothing to note when it goes.
    """
    standing = _standing(presence.enforcer)
    if standing == presence.is_online or (standing is None and not presence.is_online):
        return
    if presence.is_online is None:
        EnforcerRow.delete().where(EnforcerRow.name == presence.enforcer).execute()
    else:
        _write(transaction, presence, presence.is_online)
    enforcers = known_enforcers()
    ids = [id for (id,) in tuples_of(BlockRow.select(BlockRow.device_id).order_by(BlockRow.device_id))]
    book.load(ids)
    for device_id in ids:
        if device_id in book:
            device = book.get(device_id)
            block = _after(replace(device.block, enforcers=enforcers), presence, transaction.at)
            if block.reports != device.block.reports:
                write_block(device_id, block)
            device.block = block
            book.touch(device)


def _after(block: Block, presence: EnforcerPresence, at: str) -> Block:
    if presence.is_online is None:
        return block.forgetting(presence.enforcer)
    return block if presence.is_online else block.without_enforcer(presence.enforcer, at)


def tell_of_drift(transaction: Transaction, report: BlockReport) -> None:
    """Raise an alert where an enforcer found that somebody else had undone what was wished."""
    if report.drifted is None:
        return
    is_repaired = report.state in (ReportState.ENFORCED, ReportState.RELEASED)
    became = "and was repaired" if is_repaired else "and is not repaired"
    raise_alert(
        transaction,
        f"The block of {report.device_id} had drifted at {report.enforcer} {became}: {report.drifted}"[:MAX_REASON],
        category="drift",
        details={"enforcer": report.enforcer, "found": report.drifted, "state": report.state.value},
        device_id=report.device_id,
    )


def list_enforcers() -> list[JsonObject]:
    """Read the enforcers as they are listed, ascending by name."""
    return [
        {"name": row.name, "kind": row.kind, "is_online": row.is_online, "since": to_rfc3339(row.since)}
        for row in EnforcerRow.select().order_by(EnforcerRow.name)
    ]


def _standing(name: str) -> bool | None:
    for (is_online,) in tuples_of(EnforcerRow.select(EnforcerRow.is_online).where(EnforcerRow.name == name)):
        return bool(is_online)
    return None


def _write(transaction: Transaction, presence: EnforcerPresence, is_online: bool) -> None:
    row = {
        "name": presence.enforcer,
        "kind": presence.kind or "",
        "is_online": is_online,
        "since": transaction.now,
    }
    kept = [EnforcerRow.is_online, EnforcerRow.since, *([EnforcerRow.kind] if presence.kind else [])]
    EnforcerRow.insert(row).on_conflict(conflict_target=[EnforcerRow.name], preserve=kept).execute()
