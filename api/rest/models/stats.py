"""The numbers of the overview."""

from pydantic import BaseModel, Field

from api.rest.models.fields import Moment


class BySeverity(BaseModel):
    """How many of each severity."""

    info: int = Field(examples=[3])
    low: int = Field(examples=[0])
    medium: int = Field(examples=[5])
    high: int = Field(examples=[1])
    critical: int = Field(examples=[0])


class AlertCounts(BaseModel):
    """The alerts of the last 24 hours."""

    total: int = Field(examples=[9])
    unacknowledged: int = Field(examples=[4])
    by_severity: BySeverity


class DeviceCounts(BaseModel):
    """The devices as they now are; `blocked` are those whose block is wished."""

    known: int = Field(examples=[12])
    online: int = Field(examples=[11])
    blocked: int = Field(examples=[1])


class MinuteView(BaseModel):
    """What each channel took in within the UTC minute that began `at`; null for one that you may not read."""

    at: Moment
    alerts: int | None = Field(examples=[2])
    devices: int | None = Field(examples=[40])


class Stats(BaseModel):
    """The numbers of the overview; null is what is of a channel that you may not read."""

    at: Moment
    alerts_24h: AlertCounts | None
    devices: DeviceCounts | None
    minutes: list[MinuteView] = Field(description="The last 60, ascending; the last one is still running.")
