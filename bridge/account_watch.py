"""Looks again and again whether the broker's accounts are as HomeGuard made them; mends what is ours, and tells."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

from bridge.accounts import is_device_account
from bridge.broker.control import default_access
from bridge.broker.drift import BROKER, Drift, Own, Standing, Wanted, drifts, saved_otherwise, set_default_access
from bridge.broker.dynsec import read_state
from bridge.control import Control
from bridge.link import BrokerUnavailable
from homeguard.audit import HOMEGUARD, Action
from homeguard.errors import HomeGuardError, Misconfigured
from homeguard.journal import Journal, Transaction
from homeguard.journal.accounts import adopt_accounts, known_accounts, note_reported, reported_once
from homeguard.journal.alerts import raise_alert
from homeguard.journal.audit import note
from homeguard.journal.blocks import blocked_devices
from homeguard.topics import HOMEGUARD_ID, Topics

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 60.0
CONFIRM_SECONDS: Final = 1.0  # who is just being added, removed or blocked is as it should be by then
MAX_ALERTS: Final = 20  # at once, of an account each; one more says how many there are besides
CATEGORY: Final = "drift"
UNLISTED: Final = (
    "it does not list its accounts any more: a role was deleted while an account had it, which Mosquitto 2.0 does not "
    "get over; restart it, and HomeGuard makes the role again"
)


def _nobody() -> set[str]:
    return set()


@dataclass(frozen=True, slots=True)
class OwnBroker:
    """What HomeGuard knows of its own broker: its accounts, its file, and the devices whose passwords it keeps."""

    file: Path | None = None
    accounts: Mapping[str, Own] = field(default_factory=dict)
    kept_passwords: Callable[[], set[str]] = _nobody


class AccountWatch:
    """Compares broker and journal. `run` it in a task beside the control connection."""

    def __init__(self, control: Control, journal: Journal, topics: Topics, own: OwnBroker | None = None) -> None:
        """Take the neighbours; `own` is None at a broker of the user's."""
        self._control = control
        self._journal = journal
        self._topics = topics
        self._own = own or OwnBroker()
        self._connected = asyncio.Event()

    async def run(self) -> None:
        """Look after each connection and every minute, until cancelled; while the broker is away, later."""
        forget = self._control.on_connected(self._connected.set)
        try:
            while True:
                self._connected.clear()
                await self._try_to_look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._connected.wait()
        finally:
            forget()

    async def _try_to_look(self) -> None:
        try:
            await self.look()
        except HomeGuardError as error:
            logger.debug("accounts: not looked at: %s", error)
        except Exception:
            logger.exception("accounts: a fault of ours; looking again later")

    async def look(self) -> list[Drift]:
        """Compare, mend what is ours, and tell of it; returns what was found.

        Raises:
            BrokerUnavailable, NotAvailable: the broker is away, or shows no accounts.
            Unavailable: the storage is.
        """
        found = await self._find()
        if found:
            await asyncio.sleep(CONFIRM_SECONDS)
            again = await self._find()
            found = [drift for drift in again if drift in found]
        failures = await self._mend(found)
        left = set(await self._find()) if any(drift.commands for drift in found) else set(found)
        mended = [drift for drift in found if drift not in left]
        await self._journal.write(lambda tx: _tell(tx, mended, [d for d in found if d in left], failures))
        return found

    async def _find(self) -> list[Drift]:
        try:
            standing = await read_standing(self._control)
        except BrokerUnavailable:
            await self._control.ask([default_access()])  # where the broker is away, this says so
            return [Drift(BROKER, UNLISTED)]
        await self._adopt(standing)
        devices, blocked = await self._journal.read(lambda: (known_accounts(), blocked_devices()))
        found = drifts(standing, Wanted(self._topics, devices, blocked, self._own.accounts))
        unsaved = await asyncio.to_thread(self._unsaved, standing)
        return [*found, unsaved] if unsaved else found

    async def _adopt(self, standing: Standing) -> None:
        """Take for ours the accounts that were made from passwords we keep: those of simulated devices."""
        kept = self._own.kept_passwords()
        there = {name for name, client in standing.clients.items() if name in kept and is_device_account(dict(client))}
        if new := there - await self._journal.read(known_accounts):
            await self._journal.write(lambda tx: adopt_accounts(tx, sorted(new), by=HOMEGUARD))

    def _unsaved(self, standing: Standing) -> Drift | None:
        if self._own.file is None:
            return None
        try:
            saved = read_state(self._own.file)
        except Misconfigured:
            saved = {}  # cut off: Mosquitto 2.0 writes over it in place
        drift = saved_otherwise(standing, saved)
        return Drift(drift.account, drift.what, (set_default_access(),)) if drift else None

    async def _mend(self, found: list[Drift]) -> dict[Drift, str]:
        failures: dict[Drift, str] = {}
        for drift in found:
            if drift.commands:
                try:
                    await self._control.do(drift.commands)
                except BrokerUnavailable as error:
                    failures[drift] = error.why
        return failures


async def read_standing(control: Control) -> Standing:
    """Read all accounts and roles of the broker.

    Raises:
        BrokerUnavailable, NotAvailable: as `Control.ask`.
    """
    clients = await control.read_all("listClients", "clients")
    roles = await control.read_all("listRoles", "roles")
    (answer,) = await control.ask([default_access()])
    return Standing(
        {str(client.get("username")): client for client in clients},
        {str(role.get("rolename")): role for role in roles},
        {str(acl.get("acltype")): bool(acl.get("allow")) for acl in answer.data.get("acls", [])},
    )


def _tell(transaction: Transaction, mended: list[Drift], left: list[Drift], failures: Mapping[Drift, str]) -> None:
    """Audit what was mended and raise alerts; of what could not be mended once, until it is otherwise again."""
    for drift in mended:
        note(
            transaction,
            Action.ACCOUNT_REPAIRED,
            by=HOMEGUARD,
            target=drift.account,
            details={"what": drift.what},
        )
        logger.warning("accounts: %s; it is repaired", drift.what)
    before = reported_once()
    unsaid = [drift for drift in left if _fact(drift) not in before]
    for drift in unsaid:
        logger.warning("accounts: %s", drift.what)
    now = {_fact(drift) for drift in left}
    if now != before:
        note_reported(now)
    sentences = [(drift, f"{drift.what}; it is repaired") for drift in mended]
    sentences += [(drift, _with_failure(drift, failures)) for drift in unsaid]
    _raise_all(transaction, sentences)


def _raise_all(transaction: Transaction, sentences: list[tuple[Drift, str]]) -> None:
    by_account = groupby(sorted(sentences, key=lambda one: one[0].account), key=lambda one: one[0].account)
    told = [(account, [text for _, text in texts]) for account, texts in by_account]
    devices = known_accounts() if told else set()
    for account, texts in told[:MAX_ALERTS]:
        reason = ". ".join(texts)
        raise_alert(
            transaction,
            f"At the broker: {reason}"[:500],
            category=CATEGORY,
            details={"account": account, "what": texts},
            device_id=account if account in devices else HOMEGUARD_ID,
        )
    if rest := [account for account, _ in told[MAX_ALERTS:]]:
        reason = f"At the broker: {len(rest)} more accounts were not as HomeGuard made them"
        raise_alert(transaction, reason, category=CATEGORY, details={"accounts": rest})


def _with_failure(drift: Drift, failures: Mapping[Drift, str]) -> str:
    if not drift.commands:
        return drift.what
    return f"{drift.what}; it could not be repaired: {failures.get(drift, 'the broker did not do it')}"


def _fact(drift: Drift) -> str:
    return f"{drift.account}: {drift.what}"
