"""What endpoints take from a request: the shared parts, who is asking, how much of a list."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic.config import JsonDict

from api.auth.identity import Identity
from api.context import Context
from api.services import sessions
from homeguard.errors import BadCredentials
from homeguard.topics import DEVICE_ID_PATTERN

MAX_PAGE = 500  # items of up to 64 KiB each
MAX_SEQ = 2**63 - 1  # what a database can compare


def described(pattern: str) -> JsonDict:
    """Tell the document what a text must look like, where our own check says it better than a pattern can."""
    return {"pattern": f"^{pattern}$"}


_bearer = HTTPBearer(
    auto_error=False, description="The `access_token` of `POST /api/auth/login`, or of `homeguard token`."
)


async def _context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Shared = Annotated[Context, Depends(_context_of)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def _address_of(request: Request) -> str | None:
    return request.client.host if request.client else None


Address = Annotated[str | None, Depends(_address_of)]


async def _caller(context: Shared, bearer: Bearer, address: Address) -> Identity:
    if bearer is None:
        raise BadCredentials("sign in first: this needs the header Authorization: Bearer TOKEN")
    identity = await sessions.identify(context, bearer.credentials, address)
    context.calls.count_user(identity.username)
    return identity


Caller = Annotated[Identity, Depends(_caller)]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Items at most.")]
Before = Annotated[int | None, Query(ge=1, le=MAX_SEQ, description="Only older ones: `next` of the page before.")]
DeviceId = Annotated[
    str,
    Path(alias="id", description="The device.", examples=["cam-1"], json_schema_extra=described(DEVICE_ID_PATTERN)),
]
