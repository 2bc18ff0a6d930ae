"""Devices with an identity: an admin gives them accounts at the broker, whose passwords are told once."""

from contextlib import suppress

from api.auth.identity import Identity, Role
from api.context import Context, Credentials
from homeguard.audit import Action
from homeguard.decode import device_changes
from homeguard.errors import BadInput, Conflict, HomeGuardError, NotFound
from homeguard.events import Channel, JsonObject
from homeguard.examples import MqttAccess, examples
from homeguard.journal.accounts import remember_account
from homeguard.journal.devices import get_device, with_account
from homeguard.topics import checked_device_id


async def add_device(
    context: Context, identity: Identity, device_id: str, *, name: str | None = None, kind: str | None = None
) -> JsonObject:
    """Give a device an account, and make it known; returns it with how it signs in, told this once.

    Raises:
        BadInput: no device can have this id or these fields, or the id is the name of an account of ours.
        Conflict: it has an account, or one of its name is somebody else's.
        NotAvailable: HomeGuard may not make accounts at this broker.
        Unavailable: the broker or the storage is away.
    """
    _require_admin(identity)
    checked_device_id(device_id, field="id")
    fields = {key: value for key, value in (("name", name), ("kind", kind)) if value is not None}
    device_changes(fields)
    if device_id in await context.journal.read(lambda: with_account([device_id])):
        raise Conflict(f"{device_id} has an account: give it a new password, or remove it first", field="id")
    made = await context.accounts.add(device_id)
    try:
        return await _told(context, identity, made, Action.DEVICE_ADDED, fields)
    except BaseException:
        with suppress(HomeGuardError):
            await context.accounts.remove(device_id)  # nobody was told the password
        raise


async def renew_credentials(context: Context, identity: Identity, device_id: str) -> JsonObject:
    """Give a known device a new password, which throws off who uses the old one; an account where it has none.

    Raises:
        BadInput: no device can have this id, or it is the name of an account of ours.
        NotFound: there is no such device.
        Conflict: the account of its name is somebody else's.
        NotAvailable: HomeGuard may not make accounts at this broker.
        Unavailable: the broker or the storage is away; where it is the storage, ask again: the password is lost.
    """
    _require_admin(identity)
    checked_device_id(device_id, field="id")
    await context.journal.read(lambda: get_device(device_id))
    try:
        made = await context.accounts.rotate(device_id)
    except NotFound:
        made = await context.accounts.add(device_id)
    return await _told(context, identity, made, Action.DEVICE_ROTATED)


async def remove_account(context: Context, device_id: str) -> None:
    """Remove the account of a device that had one, so that it is thrown off and stays out.

    Raises:
        NotAvailable: HomeGuard may not remove accounts at this broker.
        Unavailable: the broker is away.
    """
    with suppress(BadInput):  # the name of an account of ours, which no device of that name ever had
        await context.accounts.remove(device_id)


def _require_admin(identity: Identity) -> None:
    identity.require(Role.ADMIN)
    identity.require_channel(Channel.DEVICES)


async def _told(
    context: Context, identity: Identity, made: Credentials, action: Action, fields: JsonObject | None = None
) -> JsonObject:
    device = await context.journal.write(
        lambda transaction: remember_account(
            transaction,
            made.username,
            by=identity.username,
            address=identity.address,
            fields=fields,
            action=action,
        )
    )
    access = MqttAccess(context.mqtt_door, made.username, made.password, made.client_id or made.username)
    return {"device": device, "mqtt": access.to_json(), "examples": examples(access, context.topics)}
