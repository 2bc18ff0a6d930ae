"""What device and dashboard authors import; nothing in the bridge or the API does."""

from homeguard.backoff import Backoff
from homeguard.client.device import Device
from homeguard.client.frames import Frame
from homeguard.client.link import Refused
from homeguard.client.messages import Rejection, Wish
from homeguard.client.outbox import OutboxFull
from homeguard.client.subscribe import Token, subscribe

__all__ = ["Backoff", "Device", "Frame", "OutboxFull", "Refused", "Rejection", "Token", "Wish", "subscribe"]
