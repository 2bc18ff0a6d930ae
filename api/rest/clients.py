"""`/api/clients`: who is connected now."""

from fastapi import APIRouter, Response

from api.problems import responses
from api.rest.answers import answer
from api.rest.models.clients import Clients
from api.rest.parameters import Caller, Limit, Shared
from api.services import clients

router = APIRouter(prefix="/clients", tags=["clients"])


@router.get("", summary="List who is connected", response_model=Clients, responses=responses(401, 403, 422, 503))
async def list_clients(context: Shared, caller: Caller, limit: Limit = 100) -> Response:
    """Read who is connected to `/ws/alerts` and `/ws/devices` of this process now, newest first."""
    items, total = await clients.list_clients(context, caller, limit)
    return answer({"items": items, "total": total, "next": None})
