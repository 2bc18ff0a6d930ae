"""What HomeGuard knows of the accounts at its own broker, for whoever compares."""

from bridge.account_watch import OwnBroker
from bridge.broker import Broker
from bridge.broker.drift import own_accounts
from homeguard.settings import Settings
from homeguard.topics import Topics


def own_broker(broker: Broker, settings: Settings) -> OwnBroker:
    """Put it together."""
    accounts = own_accounts(
        Topics(settings.topic_prefix),
        flat_topics=settings.has_flat_topics,
        service_client_id=broker.service.client_id,
    )
    return OwnBroker(broker.accounts_file, accounts, broker.secrets.kept_devices)
