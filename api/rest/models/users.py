"""Who may sign in."""

from typing import Annotated

from pydantic import BaseModel, Field

from api.auth.identity import Role
from api.auth.password_rules import MAX_PASSWORD, MIN_PASSWORD
from api.rest.models.fields import Body, Channels, Moment, Secret, Text, Username
from api.rest.parameters import described
from homeguard.events import Channel
from homeguard.journal.users import USERNAME_PATTERN

NewSecret = Annotated[  # our own check says how long it must be; the document says it for those who make forms of it
    Text, Field(max_length=MAX_PASSWORD, json_schema_extra={"format": "password", "minLength": MIN_PASSWORD})
]
RoleName = Annotated[Role, Field(strict=False)]


class NewUser(Body):
    """Somebody who may sign in from now on."""

    username: Username = Field(examples=["grandma"], json_schema_extra=described(USERNAME_PATTERN))
    password: NewSecret = Field(examples=["correct horse battery"])
    role: RoleName = Role.VIEWER
    channels: Channels = Field(default=list(Channel), description="What they may read: alerts, devices, or both.")


class UserChange(Body):
    """What changes of a user; whoever is no admin may only set their own password, and gives the present one."""

    role: RoleName | None = None
    channels: Channels | None = None
    password: NewSecret | None = Field(default=None, examples=["correct horse battery"])
    current_password: Secret | None = Field(default=None, examples=["the old one"])


class UserView(BaseModel):
    """Somebody who may sign in."""

    username: str = Field(examples=["grandma"])
    role: Role
    channels: list[Channel]
    created_at: Moment


class Users(BaseModel):
    """Every user."""

    items: list[UserView]
    next: None = None
