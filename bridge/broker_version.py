"""Finds out which broker it is: the program of our own has said so, another one is asked by `$SYS`."""

import asyncio
import secrets
from dataclasses import replace
from typing import Final

from bridge.address import Address
from bridge.broker.versions import parse_version
from bridge.link import BrokerUnavailable
from bridge.mqtt_link import MqttLink

VERSION_TOPIC: Final = "$SYS/broker/version"
ANSWER_SECONDS: Final = 3.0  # a retained topic comes at once, or not at all
CONNECT_SECONDS: Final = 5.0  # a broker that the bridge is connected to answers by then
MAX_TEXT: Final = 100  # characters of what another broker than Mosquitto calls itself


class BrokerVersion:
    """The version of one broker. A broker that shows none is not asked again."""

    def __init__(self, address: Address) -> None:
        """Take where it is; `address.version` is that of our own."""
        self._address = address
        self._is_known = address.is_own
        self._told = f"Mosquitto {address.version}" if address.version else None

    async def tell(self) -> str | None:
        """Return its name and version, None where it cannot be asked, or does not tell."""
        if not self._is_known:
            try:
                self._told = await _ask(self._address)
                self._is_known = True
            except (BrokerUnavailable, TimeoutError):
                return None
        return self._told


async def _ask(address: Address) -> str | None:
    """Read the version beside the bridge, whose session must not have another subscription.

    Raises:
        BrokerUnavailable: it does not let a second client in, or not for this topic.
        TimeoutError: it does not answer.
    """
    somebody = replace(address, client_id=f"{address.client_id}-{secrets.token_hex(4)}")
    async with (
        asyncio.timeout(CONNECT_SECONDS + ANSWER_SECONDS),
        MqttLink.connect(somebody, keeps_session=False) as link,
    ):
        await link.subscribe(VERSION_TOPIC)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                (message,) = await link.receive(1)
        except TimeoutError:
            return None
        link.acknowledge([message])
    text = message.payload.decode(errors="replace")
    version = parse_version(text)
    return f"Mosquitto {version}" if version else text[:MAX_TEXT]
