"""Alerts, and who has seen them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.rest.models.fields import Body, Moment, Text
from homeguard.events import Severity

MAX_IDS = 500  # as many as a page of alerts has

AlertId = Annotated[Text, Field(max_length=64, examples=["5f0c2a91-42"])]


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


class AlertIds(Body):
    """The alerts to acknowledge."""

    ids: list[AlertId] = Field(min_length=1, max_length=MAX_IDS)


class AcknowledgedView(BaseModel):
    """The alerts that are acknowledged now, newest first, and the ids of those that are not there."""

    items: list[AlertView]
    missing: list[str] = Field(examples=[["5f0c2a91-99"]])


class Alerts(BaseModel):
    """A page of alerts, newest first."""

    items: list[AlertView]
    next: int | None = Field(description="Goes into `before` for the next page.", examples=[42])
