"""Accounts of devices at the broker."""

from pydantic import BaseModel, Field

from api.rest.models.devices import DeviceView
from api.rest.models.fields import Body, Text
from api.rest.parameters import described
from homeguard.events import MAX_NAME
from homeguard.topics import DEVICE_ID_PATTERN


class NewDevice(Body):
    """A device that is to have an account, and what people call it."""

    id: Text = Field(max_length=256, examples=["cam-1"], json_schema_extra=described(DEVICE_ID_PATTERN))
    name: Text | None = Field(default=None, min_length=1, max_length=MAX_NAME, examples=["Front door"])
    kind: Text | None = Field(default=None, min_length=1, max_length=MAX_NAME, examples=["camera"])


class MqttView(BaseModel):
    """How a device signs in at the broker."""

    host: str = Field(examples=["192.168.1.10"])
    port: int = Field(examples=[8883])
    tls: bool = Field(examples=[True])
    username: str = Field(examples=["cam-1"])
    password: str = Field(
        description="Told this once, and kept by nobody.", examples=["9f86d081884c7d659a2feaa0c55ad015"]
    )
    client_id: str = Field(description="The only one that the account works with.", examples=["cam-1"])


class Examples(BaseModel):
    """The same as text to paste, for what people have."""

    mosquitto_pub: str
    esphome: str
    tasmota: str
    zigbee2mqtt: str


class AccountView(BaseModel):
    """A device with its fresh credentials."""

    device: DeviceView
    mqtt: MqttView
    examples: Examples
