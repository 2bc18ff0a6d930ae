"""The enforcer at our own broker, made of what `enforce` and `bridge` each know of it."""

from bridge.accounts import DeviceAccounts
from bridge.broker import Broker
from bridge.broker.accounts import BROKER_ENFORCER
from enforce.broker import BrokerEnforcer
from enforce.client import EnforcerClient
from enforce.reconcile import INTERVAL_SECONDS
from homeguard.client.link import Account
from homeguard.settings import Settings
from homeguard.topics import Topics


def broker_enforcer(
    broker: Broker, settings: Settings, accounts: DeviceAccounts, *, interval_seconds: float = INTERVAL_SECONDS
) -> EnforcerClient:
    """Make the enforcer that blocks devices with an account of their own."""
    account = broker.secrets.broker_enforcer
    topics = Topics(settings.topic_prefix)
    enforcer = BrokerEnforcer(accounts, topics, BROKER_ENFORCER)
    where = Account(broker.host, broker.port, account.username, account.username, account.password)
    client = EnforcerClient(enforcer, where, topics, interval_seconds=interval_seconds)
    enforcer.bus = client
    return client
