"""Changes the accounts of a running broker: one request at a time, over `$CONTROL`, as its admin."""

import asyncio
import secrets
from collections.abc import Iterable
from typing import Final

from bridge.address import Address
from bridge.aiomqtt_link import AiomqttLink
from bridge.broker.accounts import Account
from bridge.broker.control import CONTROL_RESPONSE_TOPIC, CONTROL_TOPIC, control_errors, create_device_request
from bridge.link import BrokerUnavailable, Link
from homeguard.topics import Topics

ANSWER_SECONDS: Final = 10.0


async def add_device_accounts(host: str, port: int, admin: Account, topics: Topics, devices: Iterable[Account]) -> None:
    """Give devices their accounts and roles; those that have them keep them.

    Raises:
        BrokerUnavailable: the broker cannot be reached, does not answer, or could not do it.
    """
    address = Address(host, port, f"{admin.username}-{secrets.token_hex(8)}", admin.username, admin.password)
    async with AiomqttLink.connect(address, keeps_session=False) as link:
        await link.subscribe(CONTROL_RESPONSE_TOPIC)
        for device in devices:
            correlation = secrets.token_hex(8)
            await link.publish(CONTROL_TOPIC, create_device_request(device, topics, correlation))
            if errors := await _answer(link, correlation):
                raise BrokerUnavailable(f"it did not add the account of {device.username}: {'; '.join(errors)}")


async def _answer(link: Link, correlation: str) -> list[str]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                for message in await link.receive(1):
                    link.acknowledge([message])
                    errors = control_errors(message.payload, correlation)
                    if errors is not None:
                        return errors
    except TimeoutError:
        raise BrokerUnavailable("it does not answer on $CONTROL") from None
