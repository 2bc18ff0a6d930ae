"""What the overview of a home counts."""

from api.auth.identity import Identity, Role
from api.context import Context
from homeguard.clock import to_rfc3339
from homeguard.events import JsonObject
from homeguard.journal import stats as journalled
from homeguard.journal.stats import Minute


async def read_stats(context: Context, identity: Identity) -> JsonObject:
    """Count alerts, devices, and what each of the last minutes took in; a minute that has settled is counted once."""
    identity.require(Role.VIEWER)
    now, settled = context.clock(), context.settled_minutes

    def count() -> tuple[JsonObject, JsonObject, list[Minute]]:
        return journalled.count_alerts(now), journalled.count_devices(), journalled.count_minutes(now, settled)

    alerts, devices, minutes = await context.journal.read(count)
    context.settled_minutes = {minute.at: minute for minute in minutes if minute.is_settled(now)}
    return {
        "at": to_rfc3339(now),
        "alerts_24h": alerts,
        "devices": devices,
        "minutes": [minute.to_json() for minute in minutes],
    }
