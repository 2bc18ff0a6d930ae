"""Alerts as a list, and saying that one was seen."""

from api.auth.identity import Identity, Role
from api.context import Context
from api.services.pages import Page
from homeguard.events import JsonObject
from homeguard.journal import alerts as journalled
from homeguard.journal.alerts import AlertFilter
from homeguard.topics import checked_device_id


async def list_alerts(
    context: Context, identity: Identity, wanted: AlertFilter, before: int | None, limit: int
) -> Page[JsonObject]:
    """Read the alerts older than the `seq` `before`, newest first.

    Raises:
        BadInput: the filter names no possible device.
    """
    identity.require(Role.VIEWER)
    if wanted.device_id is not None:
        checked_device_id(wanted.device_id)
    epoch = context.journal.epoch
    return Page.cut(
        await context.journal.read(lambda: journalled.page_of_alerts(epoch, wanted, before, limit + 1)), limit
    )


async def acknowledge(context: Context, identity: Identity, alert_id: str) -> JsonObject:
    """Note that the user has seen an alert; the first one counts. Returns the alert as listed.

    Raises:
        NotFound: there is no such alert.
    """
    identity.require(Role.OPERATOR)
    return await context.journal.write(
        lambda transaction: journalled.acknowledge(transaction, alert_id, identity.username)
    )
