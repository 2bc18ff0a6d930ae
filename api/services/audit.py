"""The audit, for admins: who did what, to what, from where."""

from api.auth.identity import Identity, Role
from api.context import Context
from api.services.pages import Page
from homeguard.audit import Action
from homeguard.events import JsonObject
from homeguard.journal.audit import page_of_audit


async def list_audit(
    context: Context, identity: Identity, before: int | None, limit: int, *, action: Action | None, by: str | None
) -> Page[JsonObject]:
    """Read the entries older than the id `before`, newest first: all, or those of one action, or by one somebody."""
    identity.require(Role.ADMIN)
    found = await context.journal.read(lambda: page_of_audit(before, limit + 1, action=action, by=by))
    return Page.cut(found, limit)
