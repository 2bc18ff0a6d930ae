"""Every target, how many of the million inputs it gets, and the inputs to begin with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.fuzz import doors, enforcing, others, provider, seeds, wire

Law = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """One parser: `law` raises where it does not hold; `runs` are for `make fuzz`, `examples` for `make test`."""

    law: Law
    runs: int
    examples: int
    seeds: list[bytes]

    @property
    def name(self) -> str:
        """The name that the command line and the findings use."""
        return self.law.__name__


# The shares follow what one input costs: from 5 µs for a topic to some milliseconds for a connection.
_ALL: Final = [
    Target(wire.stored, 10_000, 100, seeds.BATCHES),
    Target(wire.topic, 222_000, 400, seeds.TOPICS),
    Target(wire.payload, 200_000, 800, seeds.PAYLOADS),
    Target(wire.mqtt_session, 170_000, 400, seeds.PACKETS),
    Target(doors.client_frame, 150_000, 300, seeds.CLIENT_FRAMES),
    Target(doors.token, 70_000, 300, seeds.TOKENS),
    Target(provider.provider_token, 20_000, 150, seeds.PROVIDER_TOKENS),
    Target(provider.key_set, 20_000, 200, seeds.KEY_SETS),
    Target(doors.handshake, 25_000, 250, seeds.HANDSHAKES),
    Target(doors.rest_query, 15_000, 120, seeds.QUERIES),
    Target(doors.websocket, 8_000, 120, seeds.AFTER_UPGRADE),
    Target(others.channel_frames, 80_000, 300, seeds.CHANNEL_FRAMES),
    Target(others.answers, 40_000, 300, seeds.ANSWERS),
    Target(others.settings, 5_000, 100, seeds.SETTINGS),
    Target(others.mosquitto_conf, 10_000, 150, seeds.MOSQUITTO_CONFS),
    Target(enforcing.wish, 20_000, 200, seeds.WISHES),
    Target(enforcing.router_answer, 10_000, 150, seeds.ROUTER_ANSWERS),
    Target(others.mqtt_url, 25_000, 150, seeds.URLS),
]
TARGETS: Final = {target.name: target for target in _ALL}
