"""Both kinds of device behind one face, so that one table of tests holds for both."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from homeguard.client import Backoff, Device, SyncDevice, Wish
from tests.brokers import RunningBroker

WAIT_SECONDS = 30.0  # longer than any test waits


class Threaded:
    """A `SyncDevice` used from threads of a loop, with the names of `Device`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.device = SyncDevice(*args, **options)

    @property
    def wish(self) -> Wish:
        return self.device.wish

    @property
    def is_blocked(self) -> bool:
        return self.device.is_blocked

    @property
    def is_connected(self) -> bool:
        return self.device.is_connected

    async def alert(self, reason: str, **fields: Any) -> str:
        return await asyncio.to_thread(self.device.alert, reason, **fields)

    async def update(self, **fields: Any) -> None:
        await asyncio.to_thread(self.device.update, **fields)

    async def connected(self) -> None:
        await asyncio.to_thread(self.device.connected, WAIT_SECONDS)

    async def drained(self) -> None:
        await asyncio.to_thread(self.device.flush, WAIT_SECONDS)

    async def waiting(self) -> int:
        return await asyncio.to_thread(self.device.waiting)

    def start(self) -> None:
        self.device.start()

    async def stop(self, *, goodbye: bool = True) -> None:
        await asyncio.to_thread(self.device.stop, goodbye=goodbye)

    async def close(self) -> None:
        await asyncio.to_thread(self.device.close)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.device.__enter__)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.device.__exit__, kind, error, traceback)


AnyKind = Device | Threaded
MakeDevice = Callable[..., AnyKind]


def maker(kind: type[Device] | type[Threaded]) -> MakeDevice:
    """Return what makes devices of a kind for a broker."""

    def make(broker: RunningBroker, id: str = "cam-1", outbox: str | Path = ":memory:", **options: Any) -> AnyKind:
        given: dict[str, Any] = {
            "host": broker.host,
            "port": broker.port,
            "password": broker.device(id).password,
            "backoff": Backoff(0.02, 0.05),
            "patience_seconds": 60,
        } | options
        return kind(id, outbox=outbox, **given)

    return make
