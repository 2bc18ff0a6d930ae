"""Who brings blocks about."""

from pydantic import BaseModel, Field

from api.rest.models.fields import Moment


class EnforcerView(BaseModel):
    """An enforcer that every block waits for."""

    name: str = Field(examples=["firewall"])
    kind: str = Field(examples=["firewall"])
    is_online: bool
    since: Moment = Field(description="When it came, or went.")


class Enforcers(BaseModel):
    """All enforcers that are known, by name; they are few."""

    items: list[EnforcerView]
    next: None = None
