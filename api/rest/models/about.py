"""Versions and licences."""

from pydantic import BaseModel, Field


class PackageView(BaseModel):
    """A package that HomeGuard runs on."""

    name: str = Field(examples=["fastapi"])
    version: str = Field(examples=["0.165.0"])
    licence: str | None = Field(description="As its metadata tell it.", examples=["MIT"])


class About(BaseModel):
    """What this HomeGuard is."""

    version: str = Field(examples=["0.1.0"])
    python: str = Field(examples=["3.11.2"])
    database: str = Field(examples=["SQLite 3.40.1", "PostgreSQL 15.14"])
    broker: str | None = Field(
        description="null where the broker does not tell, or is away.", examples=["Mosquitto 2.0.11"]
    )
    publish_command: str | None = Field(
        description="What publishes by hand, but for topic and message; null for viewers, and at a broker of your own.",
        examples=['mosquitto_pub -h 127.0.0.1 -p 1883 -u operator -P "$(cat …/broker-operator-password)" -q 1'],
    )
    topic_prefix: str = Field(description="The first level of every topic.", examples=["homeguard"])
    epoch: str = Field(description="Names the journal.", examples=["5f0c2a91"])
    licences: list[PackageView]
