"""Whether the accounts at HomeGuard's own broker are as it made them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import peewee

from bridge.account_watch import read_standing
from bridge.address import Address
from bridge.broker.accounts import BrokerSecrets
from bridge.broker.drift import Standing, Wanted, drifts, own_accounts
from bridge.control import controlled
from cli.doctor.finding import Check, Finding, counted, fine, loss, unseen, warning
from cli.doctor.home import Home
from cli.doctor.journal import NoJournalError, opened
from cli.doctor.probe import Door, knock
from cli.errors import printable
from homeguard.errors import HomeGuardError
from homeguard.topics import Topics


def account_rights(home: Home) -> Iterator[Finding]:
    """Compare accounts, roles and defaults of the broker with what HomeGuard gave."""
    if not home.is_ours or home.admin is None or home.admin.password is None:
        return  # a broker of one's own has accounts of one's own making; ours is said to be unknown by others
    if knock(home.admin) is Door.SILENT:
        return  # likewise
    try:
        standing = asyncio.run(_standing(home.admin))
    except HomeGuardError as error:
        yield unseen(f"accounts: {error}")
        return
    try:
        devices = BrokerSecrets(home.settings.data_dir).kept_devices() & set(standing.clients) | _journalled(home)
    except (NoJournalError, peewee.DatabaseError) as error:
        yield unseen(f"accounts: the journal: {error}", mend=home.start_command)
        return
    own = own_accounts(
        Topics(home.settings.topic_prefix),
        flat_topics=home.settings.has_flat_topics,
        service_client_id=home.bridge_client_id,
    )
    found = drifts(standing, Wanted(Topics(home.settings.topic_prefix), devices, own=own))
    for drift in found:
        if drift.commands:
            yield loss(
                printable(drift.what),
                would_lose="the certainty of who spoke: it may do more, or less, than HomeGuard gave it",
                mend=f"{home.start_command}  # while it runs it mends this within a minute",
            )
        else:
            yield warning(printable(drift.what), would_lose="nothing of HomeGuard's, if you know of it")
    if not found:
        yield fine(f"the accounts have the rights that HomeGuard gave them ({counted(len(devices), 'device')})")


async def _standing(admin: Address) -> Standing:
    async with controlled(admin) as control:
        return await read_standing(control)


def _journalled(home: Home) -> set[str]:
    if home.settings.database_url is None and not Path(home.settings.database).exists():
        return set()
    with opened(home) as database:
        return {str(id) for (id,) in database.execute_sql('SELECT "device_id" FROM "accounts"').fetchall()}  # type: ignore[no-untyped-call]


CHECKS: Final[tuple[Check, ...]] = (account_rights,)
