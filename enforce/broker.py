"""Blocks a device at the broker: its account is disabled, which throws it off, and it leaves the bus tidy."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Final, Protocol

from enforce.enforcer import Finding, Wish
from homeguard.errors import HomeGuardError
from homeguard.events import ReportState, Status
from homeguard.topics import AlertsTopic, AvailabilityTopic, DevicesTopic, Topics

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 1.0  # where the bus could not be tidied, as a rule because the broker is away

KICKED: Final = "its account is disabled and its connection was cut"
FREE: Final = "its account is enabled"
STILL_ENABLED: Final = "the broker says that its account is still enabled"
STILL_DISABLED: Final = "the broker says that its account is still disabled"
NO_ACCOUNT: Final = "it has no account of its own at the broker: what it sends comes through another, or not by MQTT"


class Accounts(Protocol):
    """The accounts of devices at the broker. Everything may raise `Unavailable`: the broker is away."""

    async def accounts(self) -> dict[str, bool]:
        """Read the ids of the devices that have an account, and whether it is enabled."""

    async def disable(self, device_ids: Collection[str]) -> None:
        """Disable these accounts, which throws off who uses them."""

    async def enable(self, device_ids: Collection[str]) -> None:
        """Enable these accounts."""


class Bus(Protocol):
    """The broker as a client of it sees it. Everything may raise `HomeGuardError`."""

    async def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish under QoS 1."""

    async def drop_session(self, client_id: str) -> None:
        """Make the broker forget the session of a client that is not connected."""


class BrokerEnforcer:
    """The enforcer for devices with an account of their own."""

    kind = "broker"

    def __init__(self, accounts: Accounts, topics: Topics, name: str = "broker") -> None:
        """Take the accounts, how topics read, and the name under which it reports. `bus` must be set to tidy up."""
        self.name = name
        self.bus: Bus | None = None
        self._accounts = accounts
        self._topics = topics
        self._may_owe_tidying = True  # whoever was blocked before we began may not have been tidied up after
        self._untidy: dict[str, None] = {}  # who was blocked and is not tidied up after, first come first
        self._has_untidy = asyncio.Event()
        self._tidying = asyncio.Lock()

    async def enforce(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Disable and enable what is not as it is wished, and read it back.

        An account that nobody's wish names is left alone: somebody else has disabled it.
        """
        may_owe_tidying, self._may_owe_tidying = self._may_owe_tidying, True  # also where this pass breaks off
        standing = await self._accounts.accounts()
        to_block = [id for id, wish in wishes.items() if wish.desired and standing.get(id) is True]
        to_free = [id for id, wish in wishes.items() if not wish.desired and standing.get(id) is False]
        if to_block:
            await self._accounts.disable(to_block)
        if to_free:
            await self._free(to_free)
        if to_block or to_free:
            standing = await self._accounts.accounts()
        if may_owe_tidying:  # it does no harm to do it again
            to_block = [id for id, wish in wishes.items() if wish.desired and id in standing]
        self._may_owe_tidying = False
        self._untidy |= dict.fromkeys(to_block)
        self._has_untidy.set()
        return {id: _finding(wish, standing.get(id)) for id, wish in wishes.items()}

    async def look(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Read which accounts are disabled."""
        standing = await self._accounts.accounts()
        return {id: _finding(wish, standing.get(id)) for id, wish in wishes.items()}

    async def watch(self, drifted: Callable[[str], None]) -> None:
        """Tidy up after who was blocked; the broker tells nobody of changed accounts, so drift is seen by the clock."""
        while True:
            while self._untidy:
                async with self._tidying:
                    is_done = await self._tidy_one()
                if not is_done:
                    await asyncio.sleep(RETRY_SECONDS)
            self._has_untidy.clear()
            await self._has_untidy.wait()

    async def _free(self, device_ids: Collection[str]) -> None:
        async with self._tidying:  # or we might take the session of one that has just come back
            for id in device_ids:
                self._untidy.pop(id, None)
            await self._accounts.enable(device_ids)

    async def _tidy_one(self) -> bool:
        """Tidy up after the one that waits longest; says whether that worked."""
        if self.bus is None or not self._untidy:
            return self.bus is not None
        device_id = next(iter(self._untidy))
        try:
            await self._tidy(self.bus, device_id)
        except HomeGuardError as error:
            logger.debug("enforcer %s: not tidied up after %s yet: %s", self.name, device_id, error)
            return False
        del self._untidy[device_id]
        return True

    async def _tidy(self, bus: Bus, device_id: str) -> None:
        """Clear what it left retained, say its `offline` (it was kicked without its last will), drop its session."""
        for topic in AlertsTopic(device_id), DevicesTopic(device_id):
            await bus.say(self._topics.format(topic), b"", retain=True)
        offline = Status.OFFLINE.value.encode()
        await bus.say(self._topics.format(AvailabilityTopic(device_id)), offline, retain=True)
        await bus.drop_session(device_id)


def _finding(wish: Wish, is_enabled: bool | None) -> Finding:
    if is_enabled is None:
        return Finding(ReportState.NOT_IN_PATH, NO_ACCOUNT)
    if wish.desired:
        return Finding(ReportState.FAILED, STILL_ENABLED) if is_enabled else Finding(ReportState.ENFORCED, KICKED)
    return Finding(ReportState.RELEASED, FREE) if is_enabled else Finding(ReportState.FAILED, STILL_DISABLED)
