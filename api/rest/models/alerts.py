"""Alerts, and who has seen them."""

from pydantic import BaseModel, ConfigDict, Field

from api.rest.models.fields import Moment
from homeguard.events import Severity


class AlertData(BaseModel):
    """What was alerted; whatever else the publisher said is there too."""

    model_config = ConfigDict(extra="allow")

    device_id: str = Field(examples=["cam-1"])
    severity: Severity
    reason: str = Field(examples=["Port scan"])
    verified: bool = Field(description="Whether the broker has proved the sender.")


class AcknowledgementView(BaseModel):
    """Who has seen an alert, and when."""

    by: str = Field(examples=["admin"])
    at: Moment


class AlertView(BaseModel):
    """An alert, and whether somebody has seen it."""

    id: str = Field(examples=["5f0c2a91-42"])
    seq: int = Field(examples=[42])
    at: Moment
    data: AlertData
    acknowledged: AcknowledgementView | None


class Alerts(BaseModel):
    """A page of alerts, newest first."""

    items: list[AlertView]
    next: int | None = Field(description="Goes into `before` for the next page.", examples=[42])
