"""The messages that could not be read, for whoever looks after the devices."""

from api.auth.identity import Identity, Role
from api.context import Context
from api.services.pages import Page
from homeguard.events import JsonObject
from homeguard.journal.rejects import page_of_rejects


async def list_rejects(context: Context, identity: Identity, before: int | None, limit: int) -> Page[JsonObject]:
    """Read the rejects older than the id `before`, newest first."""
    identity.require(Role.OPERATOR)
    return Page.cut(await context.journal.read(lambda: page_of_rejects(before, limit + 1)), limit)
