"""Where somebody is signed in."""

from pydantic import BaseModel, Field

from api.rest.models.fields import Moment


class SessionView(BaseModel):
    """One sign-in that stands."""

    id: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015"])
    username: str = Field(examples=["admin"])
    created_at: Moment
    seen_at: Moment = Field(description="When it was last used; at most a minute behind.")
    expires_at: Moment
    client: str = Field(
        description="What the client said it is at the sign-in, the first 200 characters.", examples=["Mozilla/5.0"]
    )
    address: str | None = Field(
        description="From where it was last used; null where it was made at the machine and not used yet.",
        examples=["192.168.1.7"],
    )
    current: bool = Field(description="It is the one that asks.")


class Sessions(BaseModel):
    """A page of sessions, the newest first."""

    items: list[SessionView]
    next: str | None = Field(
        description="Goes into `before` for the next page.",
        examples=["2026-11-23T20:31:22.123Z_9f86d081884c7d659a2feaa0c55ad015"],
    )
