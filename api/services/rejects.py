"""The messages that could not be read, for whoever looks after the devices."""

from api.auth.identity import Identity, Role
from api.context import Context
from api.services.pages import Page
from homeguard.events import Channel, JsonObject
from homeguard.journal.rejects import page_of_rejects


async def list_rejects(context: Context, identity: Identity, before: int | None, limit: int) -> Page[JsonObject]:
    """Read the rejects older than the id `before`, newest first: of topics that belong to channels of the user's.

    What came on a topic that belongs to no channel may be about anything: it is for those who may read everything.
    """
    identity.require(Role.OPERATOR)
    topics = None
    if identity.channels != frozenset(Channel):
        topics = [f"{context.topics.prefix}/{channel.value}" for channel in identity.channels]
    return Page.cut(await context.journal.read(lambda: page_of_rejects(before, limit + 1, topics)), limit)
