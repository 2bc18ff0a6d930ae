"""Signing in and staying in."""

from typing import Literal

from pydantic import BaseModel, Field

from api.auth.identity import Role
from api.rest.models.fields import Body, Moment, Secret, Username
from homeguard.events import Channel
from homeguard.journal.first_start import FirstPassword


class Login(Body):
    """A name and its password."""

    username: Username
    password: Secret = Field(examples=["correct horse battery"])


class Welcome(BaseModel):
    """What a page says to somebody who has not signed in."""

    first_start: bool = Field(description="Nobody has signed in yet.", examples=[False])
    password: FirstPassword | None = Field(
        description="Then: whether the start printed the password of `admin`, or `HOMEGUARD_ADMIN_PASSWORD` set it."
    )


class Me(BaseModel):
    """Who the token is."""

    username: str = Field(examples=["admin"])
    role: Role
    channels: list[Channel] = Field(description="What they may read.")


class MeUntil(Me):
    """Who the token is, and until when."""

    session_id: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015"])
    expires_at: Moment


class SignedInView(BaseModel):
    """A token for the Authorization header; the cookie that came with it gets the next one."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIs…"])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_at: Moment
    user: Me


class Ticket(BaseModel):
    """What a page puts into a WebSocket's URL as `?ticket=`."""

    ticket: str = Field(examples=["Vb0mDPKMUxYcrbRkqs2V8Rq5"])
    expires_in_seconds: int = Field(examples=[30])
