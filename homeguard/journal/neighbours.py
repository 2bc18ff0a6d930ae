"""Who is on the network and speaks no MQTT: a newcomer becomes a device that can be seen and blocked."""

from datetime import timedelta
from typing import Final

import orjson

from homeguard.errors import BadInput
from homeguard.events import JsonObject, Neighbour, Severity
from homeguard.journal.alerts import raise_alert
from homeguard.journal.device import Device
from homeguard.journal.devices import DeviceBook
from homeguard.journal.models import DeviceRow, tuples_of
from homeguard.journal.newcomers import NEW_DEVICE
from homeguard.journal.transaction import Transaction

NEIGHBOUR_ID: Final = "net-"  # and the twelve digits of the MAC
MAX_NEWCOMERS: Final = 250  # a minute: a large home at the first look, not a box that makes up a MAC for every packet
NEWCOMERS_WITHIN: Final = timedelta(minutes=1)


def find_neighbour(transaction: Transaction, book: DeviceBook, neighbour: Neighbour, *, tell_new: bool) -> Device:
    """Return the device that the network shows; one that nobody knows yet becomes a device, with an alert.

    Raises:
        BadInput: too many came at once.
    """
    device_id = _known_by(neighbour.mac) or NEIGHBOUR_ID + neighbour.mac.replace(":", "")
    book.load([device_id])
    is_new = device_id not in book
    if is_new:
        _check_flood(transaction)
    device = book.get_or_add(device_id)
    if is_new and tell_new:
        _tell_of(transaction, device, neighbour)
    return device


def _known_by(mac: str) -> str | None:
    """Find the device that has this MAC: its own word of it, or an enforcer's before."""
    looking = DeviceRow.select(DeviceRow.id, DeviceRow.fields).where(
        ~DeviceRow.removed, DeviceRow.fields.contains(f'"mac":"{mac}"')
    )
    for device_id, fields in tuples_of(looking.order_by(DeviceRow.id)):
        if orjson.loads(fields).get("mac") == mac:  # it may stand in its telemetry, too: that of who talks through it
            return str(device_id)
    return None


def _check_flood(transaction: Transaction) -> None:
    lately = DeviceRow.first_seen_at > transaction.now - NEWCOMERS_WITHIN
    count = DeviceRow.select().where(DeviceRow.id.startswith(NEIGHBOUR_ID), lately).count()
    if count >= MAX_NEWCOMERS:
        raise BadInput(f"more than {MAX_NEWCOMERS} newcomers on the network in a minute: not taken in", field="mac")


def changes_of(device: Device, neighbour: Neighbour) -> JsonObject:
    """Tell what the network knows better; the address that a device says of itself stays, where the network has it."""
    changes: JsonObject = {"mac": neighbour.mac, "randomised": neighbour.is_randomised}
    if neighbour.vendor is not None:
        changes["vendor"] = neighbour.vendor
    if neighbour.ips:
        changes["ips"] = list(neighbour.ips)
        if device.fields.get("ip") not in neighbour.ips:
            changes["ip"] = neighbour.ips[0]
    return changes


def _tell_of(transaction: Transaction, device: Device, neighbour: Neighbour) -> None:
    who = f"from {neighbour.vendor}" if neighbour.vendor else "from an unknown maker"
    if neighbour.is_randomised:
        who = "with a made-up MAC address (it will come with another)"
    where = f" at {neighbour.ips[0]}" if neighbour.ips else ""
    raise_alert(
        transaction,
        f"A new device is on the network: {neighbour.mac}{where}, {who}",
        category=NEW_DEVICE,
        details={
            "mac": neighbour.mac,
            "ips": list(neighbour.ips),
            "vendor": neighbour.vendor,
            "randomised": neighbour.is_randomised,
            "seen_by": neighbour.seen_by,
        },
        device_id=device.id,
        severity=Severity.MEDIUM,
    )
