"""One simulated device: does what the story says, through the library that real devices use."""

import asyncio
import logging
from typing import Final

from devices_sim.actions import Action, Arrive, FindNetwork, LoseNetwork, Raise, Report
from homeguard.client import Device
from homeguard.errors import Unavailable

logger = logging.getLogger(__name__)

MAX_ACTIONS: Final = 500  # that a device may be behind the story; what comes then does not happen


class Actor:
    """A device and what it is yet to do."""

    def __init__(self, device: Device) -> None:
        """Take a device that is not started; it starts when the story lets it arrive."""
        self.device = device
        self._actions: asyncio.Queue[Action] = asyncio.Queue(MAX_ACTIONS)
        self._missed = 0

    def give(self, action: Action) -> None:
        """Hand over the next action; a device that is too far behind misses it."""
        try:
            self._actions.put_nowait(action)
        except asyncio.QueueFull:
            self._missed += 1
            if self._missed % 1000 == 1:
                logger.warning("sim: %s is too slow for the story and missed %d actions", self.device.id, self._missed)

    async def run(self) -> None:
        """Do one action after the other until cancelled; then say goodbye."""
        try:
            while True:
                await self._do(await self._actions.get())
        finally:
            await self.device.close()

    async def _do(self, action: Action) -> None:
        match action:
            case Arrive(member):
                self.device.start()
                await self.device.update(
                    name=member.name, kind=member.kind, ip=member.ip, mac=member.mac, firmware=member.firmware
                )
            case LoseNetwork():
                await self.device.stop(goodbye=False)
            case FindNetwork():
                self.device.start()
            case Report() | Raise() if not self.device.is_blocked:
                await self._speak(action)

    async def _speak(self, action: Report | Raise) -> None:
        try:
            if isinstance(action, Report):
                await self.device.update(telemetry=action.telemetry)
            else:
                await self.device.alert(
                    action.reason, severity=action.severity, category=action.category, details=action.details
                )
        except Unavailable as error:
            logger.warning("sim: %s cannot raise %r: %s", self.device.id, action, error)
