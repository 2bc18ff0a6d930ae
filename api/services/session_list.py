"""Where somebody is signed in, and ending one sign-in: one's own, and for admins everybody's."""

from api.auth.identity import Identity, Role
from api.auth.provider import is_token_id
from api.context import Context
from api.services.pages import Page
from api.services.provider import end_token
from api.services.seen import note_listeners
from homeguard.audit import Action
from homeguard.clock import to_rfc3339
from homeguard.errors import NotFound
from homeguard.events import JsonObject
from homeguard.journal import Transaction
from homeguard.journal import sessions as journalled
from homeguard.journal.audit import note
from homeguard.journal.sessions import SignIn


async def list_sessions(
    context: Context, identity: Identity, username: str | None, before: str | None, limit: int
) -> tuple[list[JsonObject], str | None]:
    """Read the sessions that stand, the newest first, behind the cursor `before`; returns the next cursor, too.

    None for `username` is everybody for an admin, and oneself for others.

    Raises:
        NotAllowed: another user's, and who asks is no admin.
        BadInput: `before` is no cursor.
    """
    if username not in (None, identity.username):
        identity.require(Role.ADMIN)
    if username is None and not identity.role.includes(Role.ADMIN):
        username = identity.username
    found = await context.journal.read(
        lambda: journalled.page_of_sessions(context.clock(), username, before, limit + 1)
    )
    note_listeners(context)
    page = Page.cut(found, limit)
    return [_shown(context, identity, one) for one in page.items], page.items[-1].cursor if page.has_more else None


async def end_session(context: Context, identity: Identity, session_id: str) -> None:
    """End a session, or a token of the provider; its sockets are closed and its tokens are good no more.

    Raises:
        NotFound: no such session stands, or it is another user's and who asks is no admin.
    """
    if is_token_id(session_id):
        await _end_token(context, identity, session_id)
        return

    def end(transaction: Transaction) -> None:
        session = journalled.standing_session(session_id, transaction.now)
        is_theirs = session is not None and session.username == identity.username
        if session is None or not (is_theirs or identity.role.includes(Role.ADMIN)):
            raise _not_found()
        journalled.end_session(transaction, session_id)
        note(
            transaction,
            Action.SESSION_ENDED,
            by=identity.username,
            address=identity.address,
            target=session_id,
            details={"username": session.username},
        )

    await context.journal.write(end)
    context.sessions_ended([session_id])


async def _end_token(context: Context, identity: Identity, token_id: str) -> None:
    """End a token that has no session here, so that only its bearer and who sees them connected know its id."""
    if token_id != identity.session_id and not identity.role.includes(Role.ADMIN):
        raise _not_found()
    by, address = identity.username, identity.address
    if not await end_token(context, token_id, Action.SESSION_ENDED, by=by, address=address):
        raise _not_found()


def _not_found() -> NotFound:
    return NotFound("there is no such session, or it has ended", field="id")


def _shown(context: Context, identity: Identity, one: SignIn) -> JsonObject:
    seen_at, address = one.seen_at, one.address
    unwritten = context.seen.get(one.id)
    if unwritten is not None and unwritten[0] > seen_at:
        seen_at, address = unwritten[0], unwritten[1] or address
    return {
        "id": one.id,
        "username": one.username,
        "created_at": to_rfc3339(one.created_at),
        "seen_at": to_rfc3339(seen_at),
        "expires_at": to_rfc3339(one.expires_at),
        "client": one.client,
        "address": address,
        "current": one.id == identity.session_id,
    }
