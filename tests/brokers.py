"""A real Mosquitto for tests, prepared and supervised by the very code of `homeguard up`."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from bridge.broker import Account, Broker
from homeguard.certificates.files import Pair
from homeguard.settings import load_settings
from homeguard.topics import Topics
from tests.waiting import wait_until

DEVICE_IDS = ("cam-1", "lock-1", "motion-1", "sim-1", "sim-2")


class RunningBroker:
    """A broker supervised in a thread of its own, so that tests with and without a loop can use it."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        lan: bool = False,
        pair: Pair | None = None,
        device_ids: Iterable[str] = DEVICE_IDS,
        **settings: Any,
    ) -> None:
        """Prepare it; `settings` are fields of Settings."""
        self.settings = load_settings(data_dir=data_dir, **settings)
        self.broker = Broker.prepare(self.settings, port=port, lan=lan, pair=pair, device_ids=device_ids)
        self.host = self.broker.host
        self.port = self.broker.port
        self.topics = Topics(self.settings.topic_prefix)
        self.service = self.broker.service
        self.operator = self.broker.operator
        self.admin = self.broker.admin
        self.mqtt_url = self.broker.mqtt_url
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="test-broker", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Mosquitto's process, None while there is none."""
        return self.broker.pid

    @property
    def is_ready(self) -> bool:
        """Say whether it accepts connections now."""
        return self._ready.is_set()

    def device(self, device_id: str) -> Account:
        """Return the account of one of its devices."""
        return self.broker.secrets.device(device_id)

    def start(self) -> "RunningBroker":
        """Start it and wait until it accepts connections."""
        self._thread.start()
        wait_until(lambda: self.is_ready or self.failure, timeout=20)
        if self.failure is not None:
            raise self.failure
        return self

    def stop(self) -> None:
        """Stop it as `homeguard up` does; may be called again."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)
            assert not self._thread.is_alive()
        self.broker.release()

    def kill(self) -> None:
        """Kill Mosquitto with SIGKILL; its supervisor starts it again."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGKILL)

    def kill_and_wait(self) -> None:
        """Kill Mosquitto and wait until the next one accepts connections."""
        before = self.pid
        self.kill()
        wait_until(lambda: self.is_ready and self.pid != before, timeout=20)

    def __enter__(self) -> "RunningBroker":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - raised again by start()
            self.failure = error

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.broker.run(self._ready, self._stopping)
