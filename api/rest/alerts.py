"""`/api/alerts`: the list, each of them, and acknowledging."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from starlette.convertors import StringConvertor, register_url_convertor

from api.problems import responses
from api.rest.answers import answer
from api.rest.models.alerts import AcknowledgedView, AlertIds, Alerts, AlertView
from api.rest.models.fields import Text
from api.rest.parameters import Before, Caller, Limit, Shared, described
from api.services import alerts
from homeguard.clock import from_rfc3339
from homeguard.errors import BadInput
from homeguard.events import Severity
from homeguard.journal.alerts import AlertFilter
from homeguard.topics import DEVICE_ID_PATTERN

router = APIRouter(prefix="/alerts", tags=["alerts"])


class _OneAlert(StringConvertor):
    """Keeps `/acknowledge` apart from the alerts: it takes POST alone, and `Allow` says so."""

    regex = "(?!acknowledge$)[^/]+"


register_url_convertor("alert", _OneAlert())

AlertId = Annotated[str, Path(alias="id", examples=["5f0c2a91-42"])]
Words = Annotated[
    Text | None,
    Query(
        min_length=1,
        max_length=100,
        description="A part of the reason, the category or the device id, in capitals or not.",
        examples=["port scan"],
    ),
]
SinceAt = Annotated[
    str | None,
    Query(
        description="Only those taken in from this time on.",
        examples=["2026-11-23T20:31:22Z"],
        json_schema_extra={"format": "date-time"},
    ),
]


@router.get("", summary="List alerts", response_model=Alerts, responses=responses(401, 403, 422, 503))
async def list_alerts(
    context: Shared,
    caller: Caller,
    limit: Limit = 100,
    before: Before = None,
    severity: Severity | None = None,
    device_id: Annotated[str | None, Query(examples=["cam-1"], json_schema_extra=described(DEVICE_ID_PATTERN))] = None,
    acknowledged: bool | None = None,
    since_at: SinceAt = None,
    q: Words = None,
) -> Response:
    """Read the alerts, newest first.

    With `q`, each request looks at no more than 20,000 alerts. So a page may be short or empty and `next` is not null:
    the search goes on from there.
    """
    wanted = AlertFilter(severity.value if severity else None, device_id, acknowledged, _moment(since_at), q)
    page = await alerts.list_alerts(context, caller, wanted, before, limit)
    return answer({"items": page.items, "next": page.next})


@router.post(
    "/acknowledge",
    summary="Acknowledge many alerts",
    response_model=AcknowledgedView,
    responses=responses(400, 401, 403, 413, 415, 422, 503),
)
async def acknowledge_all(context: Shared, caller: Caller, body: AlertIds) -> Response:
    """Say that you have seen these alerts, all at once; those that are not there are named in `missing`."""
    items, missing = await alerts.acknowledge_all(context, caller, body.ids)
    return answer({"items": items, "missing": missing})


@router.get("/{id:alert}", summary="Get an alert", response_model=AlertView, responses=responses(401, 403, 404, 503))
async def get_alert(context: Shared, caller: Caller, alert_id: AlertId) -> Response:
    """Read one alert, and who has seen it."""
    return answer(await alerts.get_alert(context, caller, alert_id))


@router.post(
    "/{id}/acknowledge",
    summary="Acknowledge an alert",
    response_model=AlertView,
    responses=responses(401, 403, 404, 503),
)
async def acknowledge(context: Shared, caller: Caller, alert_id: AlertId) -> Response:
    """Say that you have seen an alert; every screen learns of it. The first one who does counts."""
    return answer(await alerts.acknowledge(context, caller, alert_id))


def _moment(since_at: str | None) -> datetime | None:
    try:
        return None if since_at is None else from_rfc3339(since_at)
    except ValueError as error:
        raise BadInput(str(error), field="since_at") from None
