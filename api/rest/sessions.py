"""`/api/sessions`: where one is signed in."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.problems import responses
from api.rest.answers import answer
from api.rest.models.fields import Text
from api.rest.models.sessions import Sessions
from api.rest.parameters import Caller, Limit, Shared, described
from api.services import session_list
from homeguard.journal.sessions import CURSOR_PATTERN

router = APIRouter(prefix="/sessions", tags=["sessions"])

SessionId = Annotated[Text, Path(alias="id", examples=["9f86d081884c7d659a2feaa0c55ad015"])]


@router.get("", summary="List sessions", response_model=Sessions, responses=responses(401, 403, 422, 503))
async def list_sessions(
    context: Shared,
    caller: Caller,
    username: Annotated[
        Text | None, Query(min_length=1, max_length=64, description="Only theirs.", examples=["grandma"])
    ] = None,
    before: Annotated[
        str | None,
        Query(description="Only older ones: `next` of the page before.", json_schema_extra=described(CURSOR_PATTERN)),
    ] = None,
    limit: Limit = 100,
) -> Response:
    """Read where you are signed in, the newest first; an admin reads everybody's."""
    items, following = await session_list.list_sessions(context, caller, username, before, limit)
    return answer({"items": items, "next": following})


@router.delete("/{id}", summary="End a session", status_code=204, responses=responses(401, 404, 422, 503))
async def end_session(context: Shared, caller: Caller, session_id: SessionId) -> None:
    """Sign a session of yours out, or for an admin anybody's: its tokens end, and its WebSockets are closed."""
    await session_list.end_session(context, caller, session_id)
