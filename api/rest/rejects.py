"""`/api/rejects`: the messages that could not be read."""

from fastapi import APIRouter, Response

from api.problems import responses
from api.rest.answers import page_answer
from api.rest.models.rejects import Rejects
from api.rest.parameters import Before, Caller, Limit, Shared
from api.services import rejects

router = APIRouter(prefix="/rejects", tags=["rejects"])


@router.get("", summary="List rejects", response_model=Rejects, responses=responses(401, 403, 422, 503))
async def list_rejects(context: Shared, caller: Caller, limit: Limit = 100, before: Before = None) -> Response:
    """Read the messages that publishers sent and nobody could read, newest first, each with the reason."""
    return page_answer(await rejects.list_rejects(context, caller, before, limit), "id")
