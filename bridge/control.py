"""Reads and changes the accounts of a running broker: one request at a time, over `$CONTROL`, as its admin."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from bridge.address import Address
from bridge.aiomqtt_link import AiomqttLink
from bridge.broker.accounts import Account
from bridge.broker.control import (
    CONTROL_RESPONSE_TOPIC,
    CONTROL_TOPIC,
    control_errors,
    create_device_request,
    list_accounts_request,
    listed_accounts,
)
from bridge.link import BrokerUnavailable, Link
from homeguard.topics import Topics

T = TypeVar("T")

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
            if errors := await answer_to(link, correlation, control_errors):
                raise BrokerUnavailable(f"it did not add the account of {device.username}: {'; '.join(errors)}")


async def list_accounts(admin: Address) -> list[dict[str, Any]]:
    """Read all accounts, without their passwords: `username`, `roles`, and `clientid` where one is bound.

    Raises:
        BrokerUnavailable: the broker cannot be reached, does not answer, or does not let us.
    """
    correlation = secrets.token_hex(8)
    async with AiomqttLink.connect(admin, keeps_session=False) as link:
        await link.subscribe(CONTROL_RESPONSE_TOPIC)
        await link.publish(CONTROL_TOPIC, list_accounts_request(correlation))
        return await answer_to(link, correlation, listed_accounts)


async def answer_to(link: Link, correlation: str, read: Callable[[bytes, str], T | None]) -> T:
    """Wait for the answer to our request; `read` tells None for one to another's."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                for message in await link.receive(1):
                    link.acknowledge([message])
                    answer = read(message.payload, correlation)
                    if answer is not None:
                        return answer
    except TimeoutError:
        raise BrokerUnavailable("it does not answer on $CONTROL") from None
