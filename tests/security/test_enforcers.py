"""What a stolen enforcer can do at the broker: read the wishes, and say what it does about them itself.

It cannot block anybody, raise an alert of a device, or speak for another enforcer.
"""

from collections.abc import Iterator
from typing import Final

import pytest

from bridge.broker import Account
from bridge.enforcers import add_enforcer_account
from tests.broker.mqtt import ACCEPTED, GRANTED_QOS_1, NOT_AUTHORISED, Client
from tests.brokers import RunningBroker

OWN_TOPICS: Final = [
    "homeguard/blocks/cam-1/report/gateway",
    "homeguard/enforcers/gateway",
    "homeguard/neighbours/gateway",
]
FOREIGN_TOPICS: Final = [
    "homeguard/blocks",
    "homeguard/blocks/cam-1",
    "homeguard/blocks/cam-1/report/broker",
    "homeguard/blocks/cam-1/report/webhook",
    "homeguard/enforcers/broker",
    "homeguard/neighbours/broker",
    "homeguard/alerts",
    "homeguard/alerts/cam-1",
    "homeguard/devices",
    "homeguard/devices/cam-1",
    "homeguard/devices/cam-1/availability",
    "homeguard/bridge/state",
    "$CONTROL/dynamic-security/v1",
]
FOREIGN_FILTERS: Final = [
    "#",
    "homeguard/#",
    "homeguard/alerts/+",
    "homeguard/devices/#",
    "homeguard/blocks/#",
    "$CONTROL/#",
]


@pytest.fixture
async def enforcer(broker: RunningBroker) -> Account:
    account = Account("enforcer-gateway", "its own secret")
    await add_enforcer_account(broker.broker.admin_address, account, broker.topics)
    return account


@pytest.fixture
def stolen(broker: RunningBroker, enforcer: Account) -> Iterator[Client]:
    with Client(broker, enforcer) as client:
        yield client


def test_enforcer_speaks_for_itself_alone(stolen: Client) -> None:
    assert {stolen.publish(topic) for topic in OWN_TOPICS} <= ACCEPTED
    assert {topic: stolen.publish(topic) for topic in FOREIGN_TOPICS} == dict.fromkeys(FOREIGN_TOPICS, NOT_AUTHORISED)


def test_enforcer_reads_nothing_but_wishes(stolen: Client) -> None:
    assert {stolen.subscribe(topic) for topic in ("homeguard/blocks", "homeguard/blocks/+")} == {GRANTED_QOS_1}
    assert {name: stolen.subscribe(name) for name in FOREIGN_FILTERS} == dict.fromkeys(FOREIGN_FILTERS, NOT_AUTHORISED)
