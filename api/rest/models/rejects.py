"""What could not be read."""

from pydantic import BaseModel, Field

from api.rest.models.fields import Moment


class RejectView(BaseModel):
    """A message that could not be read."""

    id: int = Field(examples=[7])
    at: Moment
    topic: str = Field(examples=["homeguard/alerts"])
    reason: str = Field(examples=["the payload is not JSON: unexpected character at line 1 column 1"])
    field: str | None
    payload: str = Field(description="The first 1,024 bytes as text.", examples=["hello?"])
    payload_bytes: int = Field(examples=[6])


class Rejects(BaseModel):
    """A page of rejects, newest first."""

    items: list[RejectView]
    next: int | None = Field(description="Goes into `before` for the next page.", examples=[7])
