"""Measures a block at the broker: from the POST until the device is thrown off, until it is proved, and many at once.

`python -m bench.enforce` prints the figures, in about a minute; needs Mosquitto. The figures are in docs/blocking.md.
"""

import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import httpx

from bench.processes import CannotMeasure
from bridge.accounts import add_device_accounts
from bridge.broker import BrokerSecrets, known_address
from homeguard.client.aiomqtt_link import AiomqttLink
from homeguard.client.link import Account
from homeguard.errors import Unavailable
from homeguard.settings import load_settings
from homeguard.topics import Topics
from tests.enforce.bus.many import block_many
from tests.integration.home import Home, hear
from tests.waiting import until

ROUNDS: Final = 50
MANY: Final = 1_000
DEVICE: Final = "bench-1"
LIMIT_SECONDS: Final = 30.0
MEDIAN_GOAL_MS: Final = 50.0  # issue 7: from the POST to the kick
MANY_GOAL_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, over some rounds."""

    what: str
    median_ms: float
    worst_ms: float
    rounds: int

    @classmethod
    def of(cls, what: str, took: Sequence[float]) -> "Times":
        """Sum up seconds."""
        return cls(what, statistics.median(took) * 1e3, max(took) * 1e3, len(took))


def main() -> None:
    """Measure, and print."""
    for times in asyncio.run(measure_blocks()):
        print(f"{times.what}: median {times.median_ms:.0f} ms, worst of {times.rounds}: {times.worst_ms:.0f} ms")
    print(f"{MANY} blocks at once, until the last is proved: {asyncio.run(measure_many()):.2f} s")


async def measure_blocks(rounds: int = ROUNDS) -> list[Times]:
    """Block a connected device again and again, through the whole of `homeguard up`.

    Raises:
        CannotMeasure: the block did not happen.
    """
    kicked, proved, released = [], [], []
    async with _home() as (home, client), home.listen("/ws/devices", client) as screen:
        account = _account_of(home)
        for _ in range(rounds):
            async with AiomqttLink(account).open() as link:
                falling = asyncio.create_task(_end_of(link))
                began = perf_counter()
                answer = await client.post(f"/api/devices/{DEVICE}/block")
                _require(answer.status_code == 202, answer.text)
                kicked.append(await falling - began)
                await _shown(screen, "enforced")
                proved.append(perf_counter() - began)
            began = perf_counter()
            await client.post(f"/api/devices/{DEVICE}/unblock")
            await _shown(screen, "none")
            released.append(perf_counter() - began)
    return [
        Times.of("from the POST until the device is thrown off", kicked),
        Times.of("from the POST until a screen shows that it is proved", proved),
        Times.of("from the POST until a screen shows that it is free again", released),
    ]


async def measure_many(count: int = MANY) -> float:
    """Wish many devices blocked at once, by hand of a dry run; returns the seconds until every one is proved."""
    with tempfile.TemporaryDirectory() as directory:
        took: float = await block_many(Path(directory), count)  # type: ignore[no-untyped-call]
        return took


@asynccontextmanager
async def _home() -> AsyncIterator[tuple[Any, httpx.AsyncClient]]:
    with tempfile.TemporaryDirectory() as directory:
        home: Any = Home(Path(directory) / "home")  # type: ignore[no-untyped-call]
        home.up()
        try:
            account = _account_of(home)
            settings = load_settings(data_dir=home.data_dir)
            secrets = BrokerSecrets(settings.data_dir)
            host, port = known_address(settings)
            await add_device_accounts(host, port, secrets.admin, Topics(), [secrets.device(DEVICE)])
            async with AiomqttLink(account).open() as link:
                await link.publish(f"homeguard/devices/{DEVICE}", b'{"kind":"camera"}', 1)
            async with home.client() as client:
                await until(lambda: _is_known(client), LIMIT_SECONDS)
                yield home, client
        finally:
            home.stop()


async def _is_known(client: httpx.AsyncClient) -> bool:
    return (await client.get(f"/api/devices/{DEVICE}")).status_code == 200


def _account_of(home: Any) -> Account:
    secrets = BrokerSecrets(home.data_dir)
    account = secrets.device(DEVICE)
    return Account("127.0.0.1", home.mqtt_port, DEVICE, DEVICE, account.password)


async def _end_of(link: AiomqttLink) -> float:
    """Return when the connection ended."""
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                await link.heard()
    except Unavailable:
        return perf_counter()
    except TimeoutError:
        raise CannotMeasure(f"the device was not thrown off within {LIMIT_SECONDS:.0f} s") from None


async def _shown(screen: Any, state: str) -> None:
    def fits(frame: dict[str, Any]) -> bool:
        device = frame.get("data") or {}
        return bool(frame["type"] == "device_update" and device["id"] == DEVICE and device["block"]["state"] == state)

    try:
        await hear(screen, fits, LIMIT_SECONDS)  # type: ignore[no-untyped-call]
    except TimeoutError:
        raise CannotMeasure(f"no screen showed {state!r} within {LIMIT_SECONDS:.0f} s") from None


def _require(is_so: bool, why: str) -> None:
    if not is_so:
        raise CannotMeasure(why)


if __name__ == "__main__":
    main()
