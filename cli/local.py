"""What commands on the same machine may know of a HomeGuard that runs there: its URL, its secrets, its broker."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bridge.broker import BrokerSecrets
from bridge.control import add_device_accounts
from cli.running import Running, find_running
from cli.users import make_token
from homeguard.errors import HomeGuardError, Misconfigured
from homeguard.settings import Settings, load_settings
from homeguard.topics import Topics

TOKEN_LIFETIME = timedelta(days=1)  # of the token that `homeguard tail` makes for itself


def local_url() -> str | None:
    """Tell where the HomeGuard of this machine answers, None where none runs."""
    running = find_running(load_settings())
    return running.url if running else None


def local_token() -> str | None:
    """Make a token of the admin's, None where this user may not read the secrets."""
    settings = load_settings()
    if not settings.jwt_key_file.exists():
        return None
    try:
        return make_token(settings, "admin", TOKEN_LIFETIME, client="homeguard tail")
    except (HomeGuardError, OSError):
        return None


def local_accounts(device_ids: Sequence[str]) -> tuple[str, int, Mapping[str, str]]:
    """Give devices accounts at the broker that runs here: its host, its port, and their passwords.

    Raises:
        Misconfigured: no HomeGuard runs here, or its own simulated devices have these ids.
    """
    settings = load_settings()
    running = find_running(settings)
    if running is None:
        raise Misconfigured("no HomeGuard runs here: start `homeguard up`, or name a broker with --mqtt-url")
    if running.simulated:
        raise Misconfigured(
            f"`homeguard up --sim {running.simulated}` lives such a home already: start it without --sim"
        )
    secrets = BrokerSecrets(settings.data_dir)
    asyncio.run(_add_accounts(settings, running, secrets, device_ids))
    return running.mqtt_host, running.mqtt_port, secrets.ensure_device_accounts(device_ids)


async def _add_accounts(settings: Settings, running: Running, secrets: BrokerSecrets, ids: Sequence[str]) -> None:
    accounts = [secrets.device(id) for id in ids]
    topics = Topics(settings.topic_prefix)
    await add_device_accounts(running.mqtt_host, running.mqtt_port, secrets.admin, topics, accounts)
