"""What device and dashboard authors import; nothing in the bridge or the API does."""

from homeguard.backoff import Backoff
from homeguard.client.device import Device
from homeguard.client.frames import Frame
from homeguard.client.link import Refused
from homeguard.client.messages import Rejection, Stored, Wish
from homeguard.client.outbox import OutboxFull
from homeguard.client.sign_in import SignIn
from homeguard.client.subscribe import Token, subscribe
from homeguard.client.sync_device import SyncDevice
from homeguard.client.tls import tls_context

__all__ = [
    "Backoff",
    "Device",
    "Frame",
    "OutboxFull",
    "Refused",
    "Rejection",
    "SignIn",
    "Stored",
    "SyncDevice",
    "Token",
    "Wish",
    "subscribe",
    "tls_context",
]
