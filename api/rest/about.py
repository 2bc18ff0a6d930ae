"""`/api/about`: versions and licences."""

from fastapi import APIRouter, Response

from api.problems import responses
from api.rest.answers import answer
from api.rest.models.about import About
from api.rest.parameters import Caller, Shared
from api.services import about

router = APIRouter(prefix="/about", tags=["about"])


@router.get("", summary="Tell versions and licences", response_model=About, responses=responses(401, 503))
async def read_about(context: Shared, caller: Caller) -> Response:
    """Tell what this HomeGuard is, what it runs on, and under which licences."""
    return answer(await about.read_about(context, caller))
