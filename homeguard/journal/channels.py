"""Which channels a user may read, as the table of users keeps it: `alerts,devices`, or one of them."""

from collections.abc import Collection

from homeguard.errors import BadInput
from homeguard.events import Channel, listed


def channels_text(channels: Collection[Channel]) -> str:
    """Write which channels a user may read.

    Raises:
        BadInput: none.
    """
    if not channels:
        raise BadInput("a user needs a channel to read: alerts, devices, or both", field="channels")
    return ",".join(listed(channels))


def channels_of(text: str) -> frozenset[Channel]:
    """Read them back."""
    return frozenset(Channel(name) for name in text.split(","))
