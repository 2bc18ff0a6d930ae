"""Who is connected."""

from pydantic import BaseModel, Field

from api.auth.identity import Role
from api.rest.models.fields import Moment
from homeguard.events import Channel


class ClientView(BaseModel):
    """One WebSocket."""

    user: str = Field(examples=["admin"])
    role: Role
    channel: Channel
    address: str = Field(description="From where; the proxy's, behind a proxy elsewhere.", examples=["192.168.1.7"])
    since: Moment
    client: str | None = Field(
        description="What the client says it is (User-Agent), the first 200 characters.", examples=["Mozilla/5.0"]
    )


class Clients(BaseModel):
    """The newest connections, newest first."""

    items: list[ClientView]
    total: int = Field(description="How many there are in all.", examples=[3])
    next: None = None
