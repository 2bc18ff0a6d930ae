"""`/api/audit`: who did what."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.problems import responses
from api.rest.answers import page_answer
from api.rest.models.audit import Audit
from api.rest.models.fields import Text
from api.rest.parameters import Before, Caller, Limit, Shared
from api.services import audit
from homeguard.audit import Action

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", summary="List who did what", response_model=Audit, responses=responses(401, 403, 422, 503))
async def list_audit(
    context: Shared,
    caller: Caller,
    limit: Limit = 100,
    before: Before = None,
    action: Annotated[Action | None, Query(description="Only this.")] = None,
    by: Annotated[
        Text | None,
        Query(min_length=1, max_length=64, description="Only what they did.", examples=["admin", "cli"]),
    ] = None,
) -> Response:
    """Read sign-ins, sessions, users, devices and blocks, newest first: who did it, to what, from where."""
    return page_answer(await audit.list_audit(context, caller, before, limit, action=action, by=by), "id")
