"""Alerts as a list, one by one, and saying that they were seen."""

from collections.abc import Sequence

from api.auth.identity import Identity, Role
from api.context import Context
from homeguard.events import Channel, JsonObject
from homeguard.journal import alerts as journalled
from homeguard.journal.alerts import AlertFilter, AlertPage
from homeguard.topics import checked_device_id


async def list_alerts(
    context: Context, identity: Identity, wanted: AlertFilter, before: int | None, limit: int
) -> AlertPage:
    """Read the alerts older than the `seq` `before`, newest first.

    Raises:
        BadInput: the filter names no possible device.
    """
    identity.require_channel(Channel.ALERTS)
    if wanted.device_id is not None:
        checked_device_id(wanted.device_id)
    epoch = context.journal.epoch
    return await context.journal.read(lambda: journalled.page_of_alerts(epoch, wanted, before, limit))


async def get_alert(context: Context, identity: Identity, alert_id: str) -> JsonObject:
    """Read one alert as listed.

    Raises:
        NotFound: there is no such alert.
    """
    identity.require_channel(Channel.ALERTS)
    return await context.journal.read(lambda: journalled.get_alert(context.journal.epoch, alert_id))


async def acknowledge(context: Context, identity: Identity, alert_id: str) -> JsonObject:
    """Note that the user has seen an alert; the first one counts. Returns the alert as listed.

    Raises:
        NotFound: there is no such alert.
    """
    identity.require(Role.OPERATOR)
    identity.require_channel(Channel.ALERTS)
    return await context.journal.write(
        lambda transaction: journalled.acknowledge(transaction, alert_id, identity.username)
    )


async def acknowledge_all(
    context: Context, identity: Identity, alert_ids: Sequence[str]
) -> tuple[list[JsonObject], list[str]]:
    """Note, in one transaction, that the user has seen these alerts; returns them as listed, and the ids not found."""
    identity.require(Role.OPERATOR)
    identity.require_channel(Channel.ALERTS)
    alerts = await context.journal.write(
        lambda transaction: journalled.acknowledge_all(transaction, alert_ids, identity.username)
    )
    found = {alert["id"] for alert in alerts}
    return alerts, [id for id in dict.fromkeys(alert_ids) if id not in found]
