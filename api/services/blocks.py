"""Blocking: the wish and the messages that tell the home of it are one transaction; enforcers answer later."""

from datetime import timedelta

from api.auth.identity import Identity, Role
from api.context import Context
from homeguard.events import Channel, JsonObject
from homeguard.journal import Transaction
from homeguard.journal.blocks import wish
from homeguard.journal.devices import get_device
from homeguard.topics import checked_device_id


async def block(
    context: Context, identity: Identity, device_id: str, *, reason: str | None = None, minutes: int | None = None
) -> tuple[JsonObject, bool]:
    """Wish a device blocked, for ever or for some minutes; returns it with its block, and whether the wish is new.

    Raises:
        BadInput: no device can have this id.
        NotFound: there is no such device.
    """
    return await _wish(context, identity, device_id, desired=True, reason=reason, minutes=minutes)


async def unblock(context: Context, identity: Identity, device_id: str) -> tuple[JsonObject, bool]:
    """Wish a device free again; returns it with its block, and whether the wish is new.

    Raises:
        BadInput: no device can have this id.
        NotFound: there is no such device.
    """
    return await _wish(context, identity, device_id, desired=False)


async def _wish(
    context: Context,
    identity: Identity,
    device_id: str,
    *,
    desired: bool,
    reason: str | None = None,
    minutes: int | None = None,
) -> tuple[JsonObject, bool]:
    identity.require(Role.OPERATOR)
    identity.require_channel(Channel.DEVICES)
    checked_device_id(device_id, field="id")

    def work(transaction: Transaction) -> tuple[JsonObject, bool]:
        device = get_device(device_id)
        device.block, is_new = wish(
            transaction,
            context.topics,
            device_id,
            desired=desired,
            by=identity.username,
            address=identity.address,
            reason=reason,
            until=transaction.now + timedelta(minutes=minutes) if minutes else None,
        )
        return device.to_json(), is_new

    return await context.journal.write(work)
