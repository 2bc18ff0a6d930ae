"""Moves a story in time: one connection a device, until told to stop."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from devices_sim.actions import Step
from devices_sim.actor import Actor
from devices_sim.members import describe
from devices_sim.scenarios import Scenario, story
from homeguard.client import Device
from homeguard.clock import Clock, utc_now

logger = logging.getLogger(__name__)

MAX_BEHIND_SECONDS: Final = 5.0  # a box that slept does not catch up on more

Sleep = Callable[[float], Awaitable[None]]


async def run_home(
    host: str,
    port: int,
    passwords: Mapping[str, str],
    scenario: Scenario | str,
    rate: float | None,
    seed: int,
    stop: asyncio.Event,
    prefix: str = "homeguard",
    outbox_dir: Path | None = None,
    *,
    username: str | None = None,
    tls: ssl.SSLContext | None = None,
    speed: float = 1.0,
    sleep: Sleep = asyncio.sleep,
    clock: Clock = utc_now,
) -> None:
    """Let the devices of `passwords` (in its order) live a story until `stop` is set, then say goodbye.

    `rate` is events a second over the whole home, None for the scenario's own; `speed` makes the whole story faster.
    Without `outbox_dir` the outboxes are in memory. `username` is one account for all; unset, each has its own id's.
    """
    told = Scenario(scenario)
    actors = {
        id: Actor(
            Device(
                id,
                host,
                port,
                outbox=outbox_dir / f"{id}.outbox" if outbox_dir else ":memory:",
                username=username,
                password=password,
                prefix=prefix,
                tls=tls,
                clock=clock,
            )
        )
        for id, password in passwords.items()
    }
    if not actors:
        await stop.wait()
        return
    now = clock()
    steps = story(
        told,
        describe(passwords, seed),
        rate=rate if rate is not None else told.default_rate,
        seed=seed,
        begins_at_hour=now.hour + now.minute / 60,
    )
    async with asyncio.TaskGroup() as tasks:
        lives = [tasks.create_task(actor.run(), name=f"sim-{id}") for id, actor in actors.items()]
        lives.append(tasks.create_task(play(steps, actors, speed=speed, sleep=sleep), name="sim-story"))
        await stop.wait()
        for life in lives:
            life.cancel()


async def play(
    steps: Iterator[Step], actors: Mapping[str, Actor], *, speed: float = 1.0, sleep: Sleep = asyncio.sleep
) -> None:
    """Hand each step to its device when its time has come."""
    now = asyncio.get_running_loop().time
    due = now()
    for step in steps:
        due = max(due + step.delay_seconds / speed, now() - MAX_BEHIND_SECONDS)
        await sleep(max(0.0, due - now()))
        actors[step.device_id].give(step.action)
