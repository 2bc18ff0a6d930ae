"""Signing in, staying in, and leaving; and telling who a token is, as long as their session stands."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from api.auth.identity import Identity, Role
from api.auth.provider import is_token_id
from api.context import Context
from api.services.provider import end_token, prove, standing_token
from homeguard.audit import Action
from homeguard.errors import BadCredentials, Unavailable
from homeguard.journal import Transaction
from homeguard.journal import sessions as journalled
from homeguard.journal.audit import note
from homeguard.journal.first_start import FirstPassword, first_password, forget_first_password
from homeguard.journal.sessions import Grant, Reused, Session
from homeguard.journal.users import find_user, is_username

_ENDED = "this sign-in has ended: sign in again"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets that has signed in or refreshed."""

    identity: Identity
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    refreshable_until: datetime


async def sign_in(
    context: Context, username: str, password: str, *, client: str = "", address: str | None = None
) -> SignedIn:
    """Begin a session for whoever knows the password; `client` is what the client says it is.

    Raises:
        BadCredentials: without saying whether the name or the password is wrong.
        TooMany: wrong ones were tried too often; this one was not looked at.
    """
    username = username.lower()  # names are lower case; a phone's keyboard begins with a capital
    attempt = context.sign_ins.attempt(username, address)
    try:
        user = await context.journal.read(lambda: find_user(username))
        proved, new_hash = await context.passwords.verify(password, user.password_hash if user else None)
    except Unavailable:
        attempt.withdrawn()
        raise
    if proved:
        attempt.succeeded()
    if user is None or not proved:
        await context.journal.write(lambda transaction: _note_failed(transaction, username, address))
        raise BadCredentials("the user name or the password is wrong")
    lifetime = timedelta(days=context.settings.session_days)

    def begin(transaction: Transaction) -> Grant:
        forget_first_password()
        grant = journalled.open_session(
            transaction,
            username,
            lifetime=lifetime,
            client=client,
            address=address,
            proved_hash=user.password_hash,
            new_hash=new_hash,
        )
        note(transaction, Action.LOGIN, by=username, address=address, target=grant.session.id)
        return grant

    return _signed_in(context, await context.journal.write(begin))


def _note_failed(transaction: Transaction, username: str, address: str | None) -> None:
    """Note the name that was tried; what can be no name is not kept, for people type their password there."""
    tried = username if is_username(username) else None
    note(transaction, Action.LOGIN_FAILED, by=None, address=address, target=tried)


async def welcome(context: Context) -> FirstPassword | None:
    """Tell whoever comes first how the admin's password was given; None where somebody has been here."""
    return await context.journal.read(first_password)


async def refresh(context: Context, refresh_token: str, *, address: str | None = None) -> SignedIn:
    """Replace a refresh token, and issue a fresh access token with the role that the user has now.

    Raises:
        BadCredentials: the token is not good; where it was good once, its session has been ended.
    """
    outcome = await context.journal.write(
        lambda transaction: journalled.rotate(transaction, refresh_token, address=address)
    )
    match outcome:
        case Grant():
            context.sign_ins.came_in(outcome.session.username, address)
            return _signed_in(context, outcome)
        case Reused(session_id):
            context.sessions_ended([session_id])
    raise BadCredentials(_ENDED)


async def sign_out(
    context: Context,
    *,
    refresh_token: str | None = None,
    identity: Identity | None = None,
    address: str | None = None,
) -> None:
    """End the session of a refresh token, of an identity, or of both; one that has ended already may come too."""
    if identity is not None and is_token_id(identity.session_id):
        await end_token(context, identity.session_id, Action.LOGOUT, by=identity.username, address=address)
    ids = [identity.session_id] if identity else []
    if refresh_token:
        ids.append(journalled.session_id_of(refresh_token))

    def end(transaction: Transaction) -> list[str]:
        standing = [journalled.standing_session(id, transaction.now) for id in dict.fromkeys(ids)]
        ended = [session for session in standing if session is not None]
        for session in ended:
            journalled.end_session(transaction, session.id)
            note(transaction, Action.LOGOUT, by=session.username, address=address, target=session.id)
        return [session.id for session in ended]

    ended = await context.journal.write(end)
    if ended:
        context.sessions_ended(ended)


async def identify(context: Context, token: str, address: str | None = None) -> Identity:
    """Tell who an access token is, ours or the provider's, as long as their session stands and their role is the same.

    `address` is where it comes from.

    Raises:
        TokenExpired: the token was good, and has ended.
        BadCredentials: it proves nothing, or its session was ended.
    """
    identity = context.known_tokens.get(token)
    if identity is None:
        identity = await standing(context, await prove(context, token))
        context.known_tokens.put(token, identity)
    context.seen.note(identity.session_id, context.clock(), address)
    return replace(identity, address=address)


async def identify_ticket(context: Context, ticket: str, address: str | None = None) -> Identity:
    """Tell who a ticket is, and end it; the session may have ended since it was issued.

    Raises:
        BadCredentials: it is no good, or its session was ended.
    """
    identity = await standing(context, context.tickets.redeem(ticket))
    return replace(identity, address=address)


async def standing(context: Context, identity: Identity) -> Identity:
    """Let pass whose session stands, and who still is who the token says; returns them with what they may read now.

    Raises:
        BadCredentials: the session has ended, or the user was removed or has another role.
    """
    if is_token_id(identity.session_id):
        return await standing_token(context, identity)
    session = await context.journal.read(lambda: journalled.standing_session(identity.session_id, context.clock()))
    if session is None or (session.username, session.role) != (identity.username, identity.role.value):
        raise BadCredentials(_ENDED)
    return replace(identity, channels=session.channels)


def _signed_in(context: Context, grant: Grant) -> SignedIn:
    session = grant.session
    identity, token = _issue(context, session)
    return SignedIn(identity, token, grant.refresh_token, session.expires_at)


def _issue(context: Context, session: Session) -> tuple[Identity, str]:
    """Issue an access token that ends no later than its session."""
    lifetime = min(timedelta(minutes=context.settings.access_token_minutes), session.expires_at - context.clock())
    token, expires_at = context.tokens.issue(session.username, Role(session.role), session.id, lifetime)
    return Identity(session.username, Role(session.role), session.id, expires_at, session.channels), token
