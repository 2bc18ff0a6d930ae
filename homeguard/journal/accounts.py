"""Which devices HomeGuard has given an account at the broker, by whom and when: what the broker is compared with."""

from collections.abc import Collection
from typing import Final

import orjson

from homeguard.audit import Action
from homeguard.events import JsonObject
from homeguard.journal.audit import note
from homeguard.journal.devices import DeviceBook
from homeguard.journal.models import AccountRow, MetaRow, tuples_of
from homeguard.journal.transaction import Transaction

_REPORTED: Final = "accounts_reported"  # key of the facts that were told once and are not ours to mend


def known_accounts() -> set[str]:
    """Read the ids of all devices that have an account."""
    return {id for (id,) in tuples_of(AccountRow.select(AccountRow.device_id))}


def remember_account(
    transaction: Transaction,
    device_id: str,
    *,
    by: str,
    address: str | None = None,
    fields: JsonObject | None = None,
    action: Action = Action.DEVICE_ADDED,
) -> JsonObject:
    """Note that a device has an account, made or given a new password just now, and show it; returns the device.

    A device that HomeGuard does not know is added, with these fields.
    """
    AccountRow.insert(device_id=device_id, made_at=transaction.now, made_by=by).on_conflict_ignore().execute()
    book = DeviceBook(transaction, [device_id])
    device = book.get_or_add(device_id)
    device.has_account = True
    if fields:
        device.give(fields)
    book.touch(device)
    book.write()
    note(transaction, action, by=by, address=address, target=device_id, details=fields)
    return device.to_json()


def adopt_accounts(transaction: Transaction, device_ids: Collection[str], *, by: str) -> None:
    """Note accounts that were made without the journal: those of simulated devices, at the start."""
    for device_id in device_ids:
        AccountRow.insert(device_id=device_id, made_at=transaction.now, made_by=by).on_conflict_ignore().execute()
    book = DeviceBook(transaction, device_ids)
    for device in list(book):
        device.has_account = True
        book.touch(device)
    book.write()


def forget_account(device_id: str) -> None:
    """Note that a device that is removed has no account any more."""
    AccountRow.delete().where(AccountRow.device_id == device_id).execute()


def reported_once() -> set[str]:
    """Read what was told and is not ours to mend."""
    row = MetaRow.get_or_none(MetaRow.key == _REPORTED)
    return set(orjson.loads(row.value)) if row else set()


def note_reported(facts: Collection[str]) -> None:
    """Note what was told; a fact that is not among these is told again when it comes back."""
    text = orjson.dumps(sorted(facts)).decode()
    MetaRow.insert(key=_REPORTED, value=text).on_conflict(
        conflict_target=[MetaRow.key], preserve=[MetaRow.value]
    ).execute()
