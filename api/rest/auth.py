"""`/api/auth`: sign in, stay in, leave, and who am I."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from api.auth import tickets
from api.problems import responses
from api.rest.cookies import Cookies, Jar, OwnPage, RefreshCookie
from api.rest.models.auth import Login, Me, MeUntil, SignedInView, Ticket, Welcome
from api.rest.parameters import Address, Bearer, Caller, Shared
from api.services import sessions
from api.services.provider import prove
from api.services.sessions import SignedIn
from homeguard.clock import to_rfc3339
from homeguard.errors import BadCredentials
from homeguard.events import listed

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post(
    "/login", summary="Sign in", response_model=SignedInView, responses=responses(400, 401, 413, 415, 422, 503)
)
async def login(
    body: Login,
    context: Shared,
    response: Response,
    cookies: Cookies,
    address: Address,
    user_agent: Annotated[str, Header(include_in_schema=False)] = "",
) -> SignedInView:
    """Get an access token for the Authorization header, and a refresh cookie for when it has expired."""
    signed_in = await sessions.sign_in(context, body.username, body.password, client=user_agent, address=address)
    return _signed_in(cookies, response, signed_in)


@router.post(
    "/refresh",
    summary="Get a fresh access token",
    response_model=SignedInView,
    responses=responses(401, 403, 503),
    dependencies=[OwnPage],
)
async def refresh(
    context: Shared, response: Response, cookies: Cookies, address: Address, refresh_token: RefreshCookie = None
) -> SignedInView:
    """Trade the refresh cookie for a fresh one and an access token. One that was traded before ends the session, but
    the last one gets, within 10 s, the cookie again that it got before.
    """
    if refresh_token is None:
        raise BadCredentials("sign in first: there is no refresh cookie")
    return _signed_in(cookies, response, await sessions.refresh(context, refresh_token, address=address))


@router.post(
    "/logout",
    summary="Sign out",
    status_code=204,
    responses=responses(403, 503),
    dependencies=[OwnPage],
    openapi_extra={"security": [{}]},  # beside the token, which may be left out
)
async def logout(
    context: Shared, cookies: Cookies, bearer: Bearer, address: Address, refresh_token: RefreshCookie = None
) -> None:
    """End the session of the cookie or the token, and close its WebSockets. Signing out twice is no mistake."""
    identity = None
    if bearer is not None:
        try:
            identity = await prove(context, bearer.credentials)
        except BadCredentials:
            identity = None  # a token that has ended has nothing to end
    await sessions.sign_out(context, refresh_token=refresh_token, identity=identity, address=address)
    cookies.forget()


@router.get("/welcome", summary="Has anybody signed in yet", response_model=Welcome, responses=responses(503))
async def welcome(context: Shared, response: Response) -> Welcome:
    """Tell a page that asks for a password where the first one is to be found. This one needs no token."""
    response.headers["Cache-Control"] = "no-store"
    given = await sessions.welcome(context)
    return Welcome(first_start=given is not None, password=given)


@router.get("/me", summary="Who am I", response_model=MeUntil, responses=responses(401, 503))
async def me(caller: Caller) -> MeUntil:
    """Tell who the token is and until when; a page asks this to learn why its WebSocket was refused."""
    return MeUntil(
        username=caller.username,
        role=caller.role,
        channels=listed(caller.channels),
        session_id=caller.session_id,
        expires_at=to_rfc3339(caller.expires_at),
    )


@router.post("/ws-ticket", summary="Get a ticket for a WebSocket", response_model=Ticket, responses=responses(401, 503))
async def ws_ticket(context: Shared, caller: Caller, response: Response) -> Ticket:
    """Get what opens one WebSocket as `?ticket=`, so that no token appears in a URL."""
    response.headers["Cache-Control"] = "no-store"
    return Ticket(ticket=context.tickets.issue(caller), expires_in_seconds=int(tickets.LIFETIME.total_seconds()))


def _signed_in(cookies: Jar, response: Response, signed_in: SignedIn) -> SignedInView:
    response.headers["Cache-Control"] = "no-store"  # RFC 6749 section 5.1
    cookies.keep(signed_in.refresh_token, signed_in.refreshable_until)
    identity = signed_in.identity
    return SignedInView(
        access_token=signed_in.access_token,
        expires_at=to_rfc3339(identity.expires_at),
        user=Me(username=identity.username, role=identity.role, channels=listed(identity.channels)),
    )
