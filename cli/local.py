"""What commands on the same machine may know of a HomeGuard that runs there: its URL, its secrets, its broker."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bridge.accounts import add_device_accounts
from bridge.broker import BrokerSecrets, known_address
from cli.running import find_running
from cli.tokens import make_token
from homeguard.errors import HomeGuardError, Misconfigured
from homeguard.settings import load_settings
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
        Misconfigured: no HomeGuard runs here, its broker is not ours, or its own simulated devices have these ids.
    """
    settings = load_settings()
    running = find_running(settings)
    if running is None:
        raise Misconfigured("no HomeGuard runs here: start `homeguard up`, or name a broker with --mqtt-url")
    if running.simulated:
        raise Misconfigured(
            f"`homeguard up --sim {running.simulated}` lives such a home already: start it without --sim"
        )
    host, port = known_address(settings)
    secrets = BrokerSecrets(settings.data_dir)
    accounts = [secrets.device(id) for id in device_ids]
    asyncio.run(add_device_accounts(host, port, secrets.admin, Topics(settings.topic_prefix), accounts))
    return host, port, {account.username: account.password for account in accounts}
