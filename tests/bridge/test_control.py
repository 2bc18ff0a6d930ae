"""Accounts are added to a running broker, and work there."""

from bridge.broker import Account
from bridge.control import add_device_accounts
from homeguard.topics import Topics
from tests.bridge.running import connected


async def test_account_added_to_a_running_broker_works_at_once_and_may_be_added_again(own_broker):
    broker = own_broker()
    newcomer = Account("tv-9", "f" * 32, "tv-9")
    for _ in range(2):
        await add_device_accounts(broker.host, broker.port, broker.admin, Topics(), [newcomer])
    async with connected(broker, newcomer) as client:
        await client.publish("homeguard/alerts/tv-9", b"{}", qos=1)
