"""The JSON of REST as OpenAPI describes it: what is sent is checked here, what is answered is described here."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from api.auth.identity import Role
from api.auth.passwords import MAX_PASSWORD, MIN_PASSWORD
from api.rest.parameters import described
from homeguard.blocks import BlockState
from homeguard.events import MAX_NAME, MAX_REASON, Channel, EventType, ReportState, Severity, Status
from homeguard.journal.users import USERNAME_PATTERN

MAX_MINUTES = 365 * 24 * 60  # a year; a longer block is one without an end


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain the character NUL")  # PostgreSQL cannot keep it
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain half of a surrogate pair")  # JSON can say it, UTF-8 cannot
    return text


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, AfterValidator(_storable)]
Minutes = Annotated[  # 60.0 is an integer of JSON Schema, and how some languages write 60
    int, Field(ge=1, le=MAX_MINUTES), BeforeValidator(_whole)
]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-23T20:31:22.123Z"])]
Secret = Annotated[Text, Field(min_length=1, max_length=1024, json_schema_extra={"format": "password"})]
Username = Annotated[Text, Field(min_length=1, max_length=64, examples=["admin"])]
NewSecret = Annotated[  # our own check says how long it must be; the document says it for those who make forms of it
    Text, Field(max_length=MAX_PASSWORD, json_schema_extra={"format": "password", "minLength": MIN_PASSWORD})
]
RoleName = Annotated[Role, Field(strict=False)]


class Body(BaseModel):
    """Root of what clients send: a field that is not known is a mistake, and no text is taken for a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Login(Body):
    """A name and its password."""

    username: Username
    password: Secret = Field(examples=["correct horse battery"])


class BlockWish(Body):
    """Why and for how long a device is blocked."""

    reason: Text | None = Field(default=None, min_length=1, max_length=MAX_REASON, examples=["Port scan"])
    minutes: Minutes | None = Field(default=None, examples=[60], description="Absent: without an end.")


class DeviceChange(Body):
    """What people call a device; null forgets it."""

    name: Text | None = Field(default=None, min_length=1, max_length=MAX_NAME, examples=["Front door"])
    kind: Text | None = Field(default=None, min_length=1, max_length=MAX_NAME, examples=["camera"])


class NewUser(Body):
    """Somebody who may sign in from now on."""

    username: Username = Field(examples=["grandma"], json_schema_extra=described(USERNAME_PATTERN))
    password: NewSecret = Field(examples=["correct horse battery"])
    role: RoleName = Role.VIEWER


class UserChange(Body):
    """What changes of a user; whoever is no admin may only set their own password, and gives the present one."""

    role: RoleName | None = None
    password: NewSecret | None = Field(default=None, examples=["correct horse battery"])
    current_password: Secret | None = Field(default=None, examples=["the old one"])


class UserView(BaseModel):
    """Somebody who may sign in."""

    username: str = Field(examples=["grandma"])
    role: Role
    created_at: Moment


class Me(BaseModel):
    """Who the token is."""

    username: str = Field(examples=["admin"])
    role: Role


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


class Report(BaseModel):
    """What one enforcer said last of a block."""

    state: ReportState
    at: Moment
    took_ms: float | None
    detail: str | None
    command_id: str | None


class BlockView(BaseModel):
    """The wished block of a device, and what is really in force."""

    desired: bool = Field(examples=[True])
    state: BlockState
    reason: str | None = Field(examples=["Port scan"])
    by: str | None = Field(examples=["admin"])
    since: Moment | None
    until: Moment | None
    command_id: str | None = Field(examples=["3f2b8c1e9d4a4f6b8a7c5d2e1f0a9b8c"])
    reports: dict[str, Report]


class DeviceView(BaseModel):
    """A device as it now is; whatever else it said of itself is there too."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(examples=["cam-1"])
    name: str | None = Field(examples=["Front door"])
    kind: str | None = Field(examples=["camera"])
    status: Status | None
    ip: str | None = Field(examples=["192.168.1.20"])
    mac: str | None = Field(examples=["02:00:5e:10:00:01"])
    firmware: str | None = Field(examples=["1.4.2"])
    telemetry: dict[str, Any] | None = Field(examples=[{"battery": 81}])
    first_seen_at: Moment
    last_seen_at: Moment
    block: BlockView


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


class RejectView(BaseModel):
    """A message that could not be read."""

    id: int = Field(examples=[7])
    at: Moment
    topic: str = Field(examples=["homeguard/alerts"])
    reason: str = Field(examples=["the payload is not JSON: unexpected character at line 1 column 1"])
    field: str | None
    payload: str = Field(description="The first 1,024 bytes as text.", examples=["hello?"])
    payload_bytes: int = Field(examples=[6])


class Devices(BaseModel):
    """A page of devices."""

    items: list[DeviceView]
    next: str | None = Field(description="Goes into `after` for the next page.", examples=["cam-1"])


class Alerts(BaseModel):
    """A page of alerts, newest first."""

    items: list[AlertView]
    next: int | None = Field(description="Goes into `before` for the next page.", examples=[42])


class Rejects(BaseModel):
    """A page of rejects, newest first."""

    items: list[RejectView]
    next: int | None = Field(description="Goes into `before` for the next page.", examples=[7])


class Users(BaseModel):
    """Every user."""

    items: list[UserView]
    next: None = None


class Events(BaseModel):
    """A piece of the journal, ascending."""

    items: list[Envelope]
    next: int | None = Field(description="Goes into `since` where there may be more at once.", examples=[42])
    epoch: str = Field(examples=["5f0c2a91"])
    head: int = Field(description="The newest `seq` of these channels.", examples=[42])
    gap: GapView | None


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
