"""The Mosquitto that `homeguard up` starts: its configuration, its accounts, its process."""

from bridge.broker.accounts import Account, BrokerSecrets
from bridge.broker.broker import Broker, known_address, known_tls_address
from bridge.broker.ports import choose_port

__all__ = ["Account", "Broker", "BrokerSecrets", "choose_port", "known_address", "known_tls_address"]
