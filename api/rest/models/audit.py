"""Who did what."""

from typing import Any

from pydantic import BaseModel, Field

from api.rest.models.fields import Moment
from homeguard.audit import Action


class AuditEntry(BaseModel):
    """Somebody did something."""

    id: int = Field(examples=[7])
    at: Moment
    action: Action
    by: str | None = Field(
        description="A user; `cli` (a command at the machine), `timer` or `homeguard`; null for who did not sign in.",
        examples=["admin"],
    )
    address: str | None = Field(description="From where; null where it was no request.", examples=["192.168.1.7"])
    target: str | None = Field(
        description="To what: the id of a device or a session, the name of a user, or the name that was tried.",
        examples=["cam-1"],
    )
    details: dict[str, Any] = Field(description="More of it, by action.", examples=[{"reason": "Too loud"}])


class Audit(BaseModel):
    """A page of the audit, newest first."""

    items: list[AuditEntry]
    next: int | None = Field(description="Goes into `before` for the next page.", examples=[7])
