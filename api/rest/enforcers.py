"""`/api/enforcers`: who brings blocks about."""

from fastapi import APIRouter, Response

from api.problems import responses
from api.rest.answers import answer
from api.rest.models.enforcers import Enforcers
from api.rest.parameters import Caller, Shared
from api.services import enforcers

router = APIRouter(prefix="/enforcers", tags=["devices"])


@router.get("", summary="List the enforcers", response_model=Enforcers, responses=responses(401, 403, 503))
async def list_enforcers(context: Shared, caller: Caller) -> Response:
    """Read the enforcers that every block waits for, and whether each is there now."""
    return answer({"items": await enforcers.list_enforcers(context, caller), "next": None})
