"""`/api/stats`: the numbers of the overview."""

from fastapi import APIRouter, Response

from api.problems import responses
from api.rest.answers import answer
from api.rest.models.stats import Stats
from api.rest.parameters import Caller, Shared
from api.services import stats

router = APIRouter(prefix="/stats", tags=["stats"])


@router.get("", summary="Count alerts, devices and events", response_model=Stats, responses=responses(401, 503))
async def read_stats(context: Shared, caller: Caller) -> Response:
    """Count the alerts of the last 24 hours, the devices, and what each of the last 60 minutes took in."""
    return answer(await stats.read_stats(context, caller))
