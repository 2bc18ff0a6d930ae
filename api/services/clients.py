"""Who is connected to the live channels of this process now."""

from heapq import nlargest

from api.auth.identity import Identity, Role
from api.context import Context
from api.live.fanout import Listener
from homeguard.clock import to_rfc3339
from homeguard.events import JsonObject


async def list_clients(context: Context, identity: Identity, limit: int) -> tuple[list[JsonObject], int]:
    """Tell the newest connections, newest first, at most `limit`, and how many there are."""
    identity.require(Role.OPERATOR)
    everybody = context.listeners()
    newest = nlargest(limit, everybody, key=lambda listener: listener.seat.since)
    return [_shown(listener) for listener in newest], len(everybody)


def _shown(listener: Listener) -> JsonObject:
    subscriber, seat = listener.subscriber, listener.seat
    return {
        "user": subscriber.identity.username,
        "role": subscriber.identity.role.value,
        "channel": subscriber.channel.value,
        "address": seat.address,
        "since": to_rfc3339(seat.since),
        "client": seat.client,
    }
