"""`/api/devices`: look, name, remove, block, unblock."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.problems import responses
from api.rest.answers import answer, envelopes_answer, page_answer
from api.rest.models.accounts import AccountView, NewDevice
from api.rest.models.devices import BlockWish, DeviceChange, Devices, DeviceView
from api.rest.models.events import History
from api.rest.models.fields import Text
from api.rest.parameters import Before, Caller, DeviceId, Limit, Shared
from api.services import accounts, blocks, devices

router = APIRouter(prefix="/devices", tags=["devices"])

_STANDING = {"model": DeviceView, "description": "It was wished before: the same device with the same block"}


@router.get("", summary="List devices", response_model=Devices, responses=responses(401, 403, 422, 503))
async def list_devices(
    context: Shared,
    caller: Caller,
    after: Annotated[Text, Query(max_length=64, description="`next` of the page before.")] = "",
    limit: Limit = 100,
) -> Response:
    """Read the devices, ascending by id."""
    return page_answer(await devices.list_devices(context, caller, after, limit), "id")


@router.post(
    "",
    summary="Add a device",
    status_code=201,
    response_model=AccountView,
    responses=responses(400, 401, 403, 409, 413, 415, 422, 501, 503),
)
async def add_device(context: Shared, caller: Caller, body: NewDevice) -> Response:
    """Give a device an account at the broker, with a random password that is told in this answer alone."""
    return answer(await accounts.add_device(context, caller, body.id, name=body.name, kind=body.kind), 201)


@router.post(
    "/{id}/credentials",
    summary="Give a device a new password",
    response_model=AccountView,
    responses=responses(401, 403, 404, 409, 422, 501, 503),
)
async def renew_credentials(context: Shared, caller: Caller, device_id: DeviceId) -> Response:
    """Replace the password of a device's account, which throws off who uses the old one; make one where there is none.

    A blocked device stays blocked.
    """
    return answer(await accounts.renew_credentials(context, caller, device_id))


@router.get("/{id}", summary="Get a device", response_model=DeviceView, responses=responses(401, 403, 404, 422, 503))
async def get_device(context: Shared, caller: Caller, device_id: DeviceId) -> Response:
    """Read one device, with its block."""
    return answer(await devices.get_device(context, caller, device_id))


@router.get(
    "/{id}/history",
    summary="What happened to a device",
    response_model=History,
    responses=responses(401, 403, 404, 422, 503),
)
async def read_history(
    context: Shared, caller: Caller, device_id: DeviceId, limit: Limit = 100, before: Before = None
) -> Response:
    """Read the updates of a device, newest first, each with the whole device as it then was.

    A device that was removed keeps its history, as long as retention leaves it.
    """
    page = await devices.read_history(context, caller, device_id, before, limit)
    return envelopes_answer(page.items, {"next": page.items[-1].seq if page.has_more else None})


@router.patch(
    "/{id}",
    summary="Name a device",
    response_model=DeviceView,
    responses=responses(400, 401, 403, 404, 413, 415, 422, 503),
)
async def change_device(context: Shared, caller: Caller, device_id: DeviceId, body: DeviceChange) -> Response:
    """Change what people call a device; every screen learns of it."""
    changes = body.model_dump(exclude_unset=True)
    return answer(await devices.change_device(context, caller, device_id, changes))


@router.delete("/{id}", summary="Remove a device", status_code=204, responses=responses(401, 403, 404, 409, 422, 503))
async def remove_device(context: Shared, caller: Caller, device_id: DeviceId) -> None:
    """Forget a device that is not blocked, and remove its account. One that speaks again is a new one."""
    await devices.remove_device(context, caller, device_id)


@router.post(
    "/{id}/block",
    summary="Block a device",
    status_code=202,
    response_model=DeviceView,
    responses={200: _STANDING, **responses(400, 401, 403, 404, 413, 415, 422, 503)},
)
async def block(context: Shared, caller: Caller, device_id: DeviceId, body: BlockWish | None = None) -> Response:
    """Wish a device blocked. The answer shows the pending block; the screens follow what is really in force."""
    wished = body or BlockWish()
    device, is_new = await blocks.block(context, caller, device_id, reason=wished.reason, minutes=wished.minutes)
    return answer(device, 202 if is_new else 200)


@router.post(
    "/{id}/unblock",
    summary="Unblock a device",
    status_code=202,
    response_model=DeviceView,
    responses={200: _STANDING, **responses(401, 403, 404, 422, 503)},
)
async def unblock(context: Shared, caller: Caller, device_id: DeviceId) -> Response:
    """Wish a device free again."""
    device, is_new = await blocks.unblock(context, caller, device_id)
    return answer(device, 202 if is_new else 200)
