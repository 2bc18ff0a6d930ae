"""`/healthz` and `/readyz`: for whoever watches the process."""

from fastapi import APIRouter, Response

from api.rest.answers import answer
from api.rest.models.health import Alive, Ready
from api.rest.parameters import Shared

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive", response_model=Alive)
async def healthz() -> Alive:
    """Answer while the process lives; a failing broker is no reason to restart it."""
    return Alive()


@router.get(
    "/readyz",
    summary="Would an event get through",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "No; `reason` says why"}},
)
async def readyz(context: Shared) -> Response:
    """Say whether an event published now would be stored and shown."""
    state = context.health.state
    status = "ready" if state.is_ready else "not_ready"
    return answer({"status": status, **state.to_json()}, 200 if state.is_ready else 503)
