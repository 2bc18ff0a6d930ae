"""Devices and their blocks."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.rest.models.fields import Body, Moment, Text
from homeguard.blocks import BlockState
from homeguard.events import MAX_NAME, MAX_REASON, ReportState, StatusReason
from homeguard.presence import ShownStatus

MAX_MINUTES = 365 * 24 * 60  # a year; a longer block is one without an end


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Minutes = Annotated[  # 60.0 is an integer of JSON Schema, and how some languages write 60
    int, Field(ge=1, le=MAX_MINUTES), BeforeValidator(_whole)
]


class BlockWish(Body):
    """Why and for how long a device is blocked."""

    reason: Text | None = Field(default=None, min_length=1, max_length=MAX_REASON, examples=["Port scan"])
    minutes: Minutes | None = Field(default=None, examples=[60], description="Absent: without an end.")


class DeviceChange(Body):
    """What people call a device, whatever it says itself; null clears it, and its own word counts again."""

    name: Text | None = Field(default=None, min_length=1, max_length=MAX_NAME, examples=["Front door"])
    kind: Text | None = Field(default=None, min_length=1, max_length=MAX_NAME, examples=["camera"])


class Report(BaseModel):
    """What one enforcer said last of a block."""

    state: ReportState
    at: Moment
    took_ms: float | None
    detail: str | None
    command_id: str | None
    drifted: str | None = Field(description="What was found undone by somebody else, and repaired.")


class BlockView(BaseModel):
    """The wished block of a device, and what is really in force."""

    desired: bool = Field(examples=[True])
    state: BlockState
    reason: str | None = Field(examples=["Port scan"])
    by: str | None = Field(examples=["admin"])
    since: Moment | None
    until: Moment | None
    command_id: str | None = Field(examples=["3f2b8c1e9d4a4f6b8a7c5d2e1f0a9b8c"])
    reports: dict[str, Report]


class DeviceView(BaseModel):
    """A device as it now is; whatever else it said of itself is there too."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(examples=["cam-1"])
    name: str | None = Field(examples=["Front door"])
    kind: str | None = Field(examples=["camera"])
    status: ShownStatus | None = Field(description="`flapping`: it comes and goes more often than can be shown.")
    status_reason: StatusReason | None = Field(description="Why it is offline, where that is known.")
    ip: str | None = Field(examples=["192.168.1.20"])
    mac: str | None = Field(examples=["02:00:5e:10:00:01"])
    firmware: str | None = Field(examples=["1.4.2"])
    telemetry: dict[str, Any] | None = Field(examples=[{"battery": 81}])
    has_account: bool = Field(description="HomeGuard has given it an account at the broker.")
    first_seen_at: Moment
    last_seen_at: Moment
    block: BlockView


class Devices(BaseModel):
    """A page of devices."""

    items: list[DeviceView]
    next: str | None = Field(description="Goes into `after` for the next page.", examples=["cam-1"])
