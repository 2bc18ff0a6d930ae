"""The enforcer at the broker, made of what `enforce` and `bridge` each know of it."""

import asyncio
import logging
import ssl

from bridge.accounts import DeviceAccounts
from bridge.address import Address
from bridge.broker.accounts import BROKER_ENFORCER, Account
from bridge.enforcers import add_enforcer_account
from bridge.link import BrokerUnavailable
from enforce.broker import BrokerEnforcer
from enforce.client import EnforcerClient
from enforce.reconcile import INTERVAL_SECONDS
from homeguard.backoff import Backoff
from homeguard.client import link
from homeguard.errors import NotAvailable
from homeguard.topics import Topics

logger = logging.getLogger(__name__)


def broker_enforcer(
    address: Address,
    account: Account,
    accounts: DeviceAccounts,
    topics: Topics,
    *,
    interval_seconds: float = INTERVAL_SECONDS,
) -> EnforcerClient:
    """Make the enforcer that blocks devices with an account of their own; it signs in at `address` by `account`."""
    enforcer = BrokerEnforcer(accounts, topics, BROKER_ENFORCER)
    tls = (address.trust or ssl.create_default_context()) if address.is_tls else None
    where = link.Account(address.host, address.port, account.username, account.username, account.password, tls)
    client = EnforcerClient(enforcer, where, topics, interval_seconds=interval_seconds)
    enforcer.bus = client
    return client


async def ensure_account(admin: Address, account: Account, topics: Topics) -> bool:
    """Make the enforcer's account at a broker that is not ours, however long that takes; says whether it can be."""
    backoff = Backoff(first_seconds=0.5, most_seconds=30.0)
    while True:
        try:
            await add_enforcer_account(admin, account, topics)
        except NotAvailable as error:
            logger.warning("enforcer broker: blocks of devices are not enforced at this broker: %s", error)
            return False
        except BrokerUnavailable as error:
            logger.debug("enforcer broker: %s; trying again", error)
            await asyncio.sleep(backoff.next())
        else:
            return True
