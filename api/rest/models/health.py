"""How the process is."""

from typing import Literal

from pydantic import BaseModel, Field


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Whether an event published now would be stored and shown."""

    status: Literal["ready", "not_ready"]
    bridge: str = Field(examples=["online"])
    broker: str = Field(examples=["online"])
    storage: str = Field(examples=["online"])
    lag_seconds: int = Field(examples=[0])
    reason: str | None
