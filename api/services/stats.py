"""What the overview of a home counts."""

from api.auth.identity import Identity
from api.context import Context
from homeguard.clock import to_rfc3339
from homeguard.events import Channel, JsonObject
from homeguard.journal import stats as journalled
from homeguard.journal.stats import Minute


async def read_stats(context: Context, identity: Identity) -> JsonObject:
    """Count alerts, devices, and what each of the last minutes took in; a minute that has settled is counted once.

    What is of a channel that the user may not read is None.
    """
    reads_alerts, reads_devices = (channel in identity.channels for channel in (Channel.ALERTS, Channel.DEVICES))
    now, settled = context.clock(), context.settled_minutes

    def count() -> tuple[JsonObject | None, JsonObject | None, list[Minute]]:
        return (
            journalled.count_alerts(now) if reads_alerts else None,
            journalled.count_devices() if reads_devices else None,
            journalled.count_minutes(now, settled),
        )

    alerts, devices, minutes = await context.journal.read(count)
    context.settled_minutes = {minute.at: minute for minute in minutes if minute.is_settled(now)}
    return {
        "at": to_rfc3339(now),
        "alerts_24h": alerts,
        "devices": devices,
        "minutes": [minute.to_json(identity.channels) for minute in minutes],
    }
