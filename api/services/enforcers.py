"""Who brings blocks about."""

from api.auth.identity import Identity
from api.context import Context
from homeguard.events import Channel, JsonObject
from homeguard.journal import enforcers


async def list_enforcers(context: Context, identity: Identity) -> list[JsonObject]:
    """Read the enforcers that every block waits for, ascending by name.

    Raises:
        NotAllowed: the devices are not theirs to read.
    """
    identity.require_channel(Channel.DEVICES)
    return await context.journal.read(enforcers.list_enforcers)
