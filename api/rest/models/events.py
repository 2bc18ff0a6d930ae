"""The journal as a feed."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from api.rest.models.fields import Moment
from homeguard.events import Channel, EventType


class Envelope(BaseModel):
    """An event, as `/ws/alerts` and `/ws/devices` send it."""

    type: EventType
    channel: Channel
    seq: int = Field(examples=[42])
    prev: int = Field(examples=[40], description="The `seq` before it on the same channel.")
    id: str = Field(examples=["5f0c2a91-42"])
    at: Moment
    data: dict[str, Any] = Field(examples=[{"device_id": "cam-1", "reason": "Port scan"}])


class GapView(BaseModel):
    """Events that cannot be given any more."""

    from_: int = Field(alias="from", examples=[1])
    to: int = Field(examples=[17])
    reason: Literal["trimmed", "epoch"]


class History(BaseModel):
    """What happened to a device, newest first."""

    items: list[Envelope]
    next: int | None = Field(description="Goes into `before` for the next page.", examples=[42])


class Events(BaseModel):
    """A piece of the journal, ascending."""

    items: list[Envelope]
    next: int | None = Field(description="Goes into `since` where there may be more at once.", examples=[42])
    epoch: str = Field(examples=["5f0c2a91"])
    head: int = Field(description="The newest `seq` of these channels.", examples=[42])
    gap: GapView | None
