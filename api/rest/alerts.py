"""`/api/alerts`: the list, and acknowledging."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.problems import responses
from api.rest.answers import answer, page_answer
from api.rest.models.alerts import Alerts, AlertView
from api.rest.parameters import Before, Caller, Limit, Shared, described
from api.services import alerts
from homeguard.events import Severity
from homeguard.journal.alerts import AlertFilter
from homeguard.topics import DEVICE_ID_PATTERN

router = APIRouter(prefix="/alerts", tags=["alerts"])


@router.get("", summary="List alerts", response_model=Alerts, responses=responses(401, 422, 503))
async def list_alerts(
    context: Shared,
    caller: Caller,
    limit: Limit = 100,
    before: Before = None,
    severity: Severity | None = None,
    device_id: Annotated[str | None, Query(examples=["cam-1"], json_schema_extra=described(DEVICE_ID_PATTERN))] = None,
    acknowledged: bool | None = None,
) -> Response:
    """Read the alerts, newest first."""
    wanted = AlertFilter(severity.value if severity else None, device_id, acknowledged)
    return page_answer(await alerts.list_alerts(context, caller, wanted, before, limit), "seq")


@router.post(
    "/{id}/acknowledge",
    summary="Acknowledge an alert",
    response_model=AlertView,
    responses=responses(401, 403, 404, 503),
)
async def acknowledge(
    context: Shared, caller: Caller, alert_id: Annotated[str, Path(alias="id", examples=["5f0c2a91-42"])]
) -> Response:
    """Say that you have seen an alert; every screen learns of it. The first one who does counts."""
    return answer(await alerts.acknowledge(context, caller, alert_id))
