"""Measures what `kill -9` of our Mosquitto loses of what it had acknowledged while the bridge was away.

`python -m bench.broker_kill --kills 25` (about four seconds a kill). The figures are in docs/decisions/0013.
"""

import argparse
import asyncio
import os
import random
import signal
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from bridge.address import Address
from bridge.broker import Account, Broker
from bridge.link import BrokerUnavailable
from bridge.mqtt_link import MqttLink
from homeguard.settings import load_settings
from homeguard.topics import AlertsTopic, Topics

RATE: Final = 200  # messages a second, one after the other's PUBACK: a busy home, and 5 ms of resolution
SETTLE_SECONDS: Final = 3.0  # for the first save, so that the bridge's session is in the file
PUBLISH_SECONDS: Final = (1.0, 4.0)  # before a kill: at any place of the two seconds between saves
READY_SECONDS: Final = 20.0
TOPICS: Final = Topics()


@dataclass(frozen=True, slots=True)
class Kill:
    """What one kill did: `oldest_seconds` before it the oldest lost message had been acknowledged."""

    acknowledged: int
    lost: int
    oldest_seconds: float


def main() -> None:
    """Kill, count, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    kills = parser.parse_args().kills
    with tempfile.TemporaryDirectory() as directory:
        done = asyncio.run(_measure(Path(directory), kills))
    oldest = [kill.oldest_seconds for kill in done]
    print(
        f"{len(done)} kills, {sum(kill.acknowledged for kill in done)} messages acknowledged at {RATE} a second, "
        f"{sum(kill.lost for kill in done)} lost, in {sum(kill.lost > 0 for kill in done)} of the kills"
    )
    print(f"the oldest lost one was acknowledged before the kill: median {statistics.median(oldest):.2f} s, ", end="")
    print(f"most {max(oldest):.2f} s; most lost at once {max(kill.lost for kill in done)}")


async def _measure(directory: Path, kills: int) -> list[Kill]:
    done: list[Kill] = []
    acknowledged: dict[int, float] = {}
    number, killed_at = 0, 0.0
    for turn in range(kills + 1):
        async with _broker(directory) as broker:
            arrived = await _collect(broker)
            if turn:
                done.append(_compare(acknowledged, arrived, killed_at))
                print(f"{turn}: {done[-1]}", flush=True)
            if turn == kills:
                break
            if not turn:
                await asyncio.sleep(SETTLE_SECONDS)
            seconds = random.uniform(*PUBLISH_SECONDS)  # noqa: S311  # a moment, not a secret
            acknowledged = await _publish(broker, number, seconds)
            killed_at = _kill(broker)
            number += len(acknowledged)
    return done


def _compare(acknowledged: dict[int, float], arrived: set[int], killed_at: float) -> Kill:
    lost = [at for number, at in acknowledged.items() if number not in arrived]
    return Kill(len(acknowledged), len(lost), killed_at - min(lost, default=killed_at))


@asynccontextmanager
async def _broker(directory: Path) -> AsyncIterator[Broker]:
    """Run our own broker, as `homeguard up` configures it, until the block ends."""
    broker = Broker.prepare(load_settings(data_dir=directory), port=0)
    ready, stopping = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(broker.run(ready, stopping))
    try:
        async with asyncio.timeout(READY_SECONDS):
            await ready.wait()
        yield broker
    finally:
        stopping.set()
        await running


def _kill(broker: Broker) -> float:
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGKILL)
    return monotonic()


def _address(broker: Broker, account: Account, client_id: str) -> Address:
    return Address(broker.host, broker.port, client_id, account.username, account.password)


async def _collect(broker: Broker) -> set[int]:
    """Come as the bridge, take all that waits, and go, leaving the session behind; returns the numbers."""
    service = broker.service
    assert service.client_id is not None
    numbers: set[int] = set()
    async with MqttLink.connect(_address(broker, service, service.client_id)) as link:
        await link.subscribe(TOPICS.everything)
        await link.publish(TOPICS.format(AlertsTopic()), b"last")
        while True:
            batch = await link.receive(500)
            link.acknowledge(batch)
            numbers |= {int(message.payload) for message in batch if message.payload != b"last"}
            if batch[-1].payload == b"last":
                return numbers


async def _publish(broker: Broker, first: int, seconds: float) -> dict[int, float]:
    """Publish numbers at a steady rate; returns when each was acknowledged."""
    acknowledged: dict[int, float] = {}
    until = monotonic() + seconds
    async with MqttLink.connect(_address(broker, broker.operator, "numbers"), keeps_session=False) as link:
        while monotonic() < until:
            due = monotonic() + 1 / RATE
            number = first + len(acknowledged)
            try:
                await link.publish(TOPICS.format(AlertsTopic()), b"%d" % number)
            except BrokerUnavailable:
                break
            acknowledged[number] = monotonic()
            await asyncio.sleep(max(0.0, due - monotonic()))
    return acknowledged


if __name__ == "__main__":
    main()
