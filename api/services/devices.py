"""Devices: everybody looks, admins name and remove them."""

import asyncio
from contextlib import suppress

from api.auth.identity import Identity, Role
from api.context import Context
from api.services.accounts import remove_account
from api.services.pages import Page
from homeguard.audit import Action
from homeguard.certificates.withdraw import withdraw_certificates
from homeguard.decode import device_changes
from homeguard.errors import Conflict, NotAvailable
from homeguard.events import Channel, Event, JsonObject
from homeguard.journal import Transaction
from homeguard.journal import devices as journalled
from homeguard.journal.accounts import forget_account
from homeguard.journal.audit import note
from homeguard.journal.feed import history
from homeguard.topics import AvailabilityTopic, BlockTopic, checked_device_id


async def list_devices(context: Context, identity: Identity, after: str, limit: int) -> Page[JsonObject]:
    """Read the devices whose ids follow `after`, ascending."""
    identity.require_channel(Channel.DEVICES)
    found = await context.journal.read(
        lambda: [device.to_json() for device in journalled.page_of_devices(after, limit + 1)]
    )
    return Page.cut(found, limit)


async def get_device(context: Context, identity: Identity, device_id: str) -> JsonObject:
    """Read one device.

    Raises:
        BadInput: no device can have this id.
        NotFound: there is no such device.
    """
    identity.require_channel(Channel.DEVICES)
    checked_device_id(device_id, field="id")
    return await context.journal.read(lambda: journalled.get_device(device_id).to_json())


async def read_history(
    context: Context, identity: Identity, device_id: str, before: int | None, limit: int
) -> Page[Event]:
    """Read what happened to a device before the `seq` `before`, newest first.

    Raises:
        BadInput: no device can have this id.
        NotFound: HomeGuard never heard of it.
    """
    identity.require_channel(Channel.DEVICES)
    checked_device_id(device_id, field="id")

    def read() -> list[Event]:
        journalled.require_known(device_id)
        return history(context.journal.epoch, device_id, before, limit + 1)

    return Page.cut(await context.journal.read(read), limit)


async def change_device(context: Context, identity: Identity, device_id: str, changes: JsonObject) -> JsonObject:
    """Set fields of a device, whatever it says of itself from now on; None clears one, and its own word counts again.

    Raises:
        BadInput: no device can have this id, or a field is not what it should be.
        NotFound: there is no such device.
    """
    identity.require(Role.ADMIN)
    identity.require_channel(Channel.DEVICES)
    checked_device_id(device_id, field="id")
    device_changes({name: value for name, value in changes.items() if value is not None})

    def change(transaction: Transaction) -> JsonObject:
        book = journalled.DeviceBook(transaction, [device_id])
        device = book.get(device_id)
        device.give(changes)
        book.touch(device)
        book.write()
        note(
            transaction,
            Action.DEVICE_CHANGED,
            by=identity.username,
            address=identity.address,
            target=device_id,
            details=changes,
        )
        return device.to_json()

    return await context.journal.write(change)


async def remove_device(context: Context, identity: Identity, device_id: str) -> None:
    """Forget a device, and remove its account; one that speaks again is new.

    Raises:
        BadInput: no device can have this id.
        NotFound: there is no such device.
        Conflict: it is blocked, and nobody could see or lift the block any more.
        Unavailable: it has an account, and the broker is away.
    """
    identity.require(Role.ADMIN)
    identity.require_channel(Channel.DEVICES)
    checked_device_id(device_id, field="id")

    def require_free() -> bool:
        device = journalled.get_device(device_id)
        if device.block.desired:
            raise Conflict(f"{device_id} is blocked: unblock it before removing it", field="id")
        return device.has_account

    def remove(transaction: Transaction) -> None:
        require_free()
        forget_account(device_id)
        journalled.remove_device(transaction, device_id)
        note(transaction, Action.DEVICE_REMOVED, by=identity.username, address=identity.address, target=device_id)
        # What lies retained at the broker would bring the device back when the bridge subscribes again.
        for topic in AvailabilityTopic(device_id), BlockTopic(device_id):
            transaction.publish(context.topics.format(topic), b"", retain=True)

    if await context.journal.read(require_free):
        with suppress(NotAvailable):  # made at a broker that is not the one of now, and out of HomeGuard's reach
            await remove_account(context, device_id)
    await context.journal.write(remove)
    await asyncio.to_thread(withdraw_certificates, context.settings.data_dir, device_id)
