"""Wishes for the two devices of a home, and the core that holds an enforcer to them."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping

from enforce.enforcer import Enforcer, Wish
from enforce.reconcile import Reconciler, Report
from enforce.wishes import Wishes
from tests.enforce.netns import MACS
from tests.waiting import until


def wish(number: int = 0, *, desired: bool = True, mac: str | None = None) -> dict[str, Wish]:
    """Return the wish to block one of the two devices, or whoever has a MAC."""
    return {f"dev-{number}": Wish(f"dev-{number}", desired, "c1", mac or MACS[number])}


@contextlib.asynccontextmanager
async def held(enforcer: Enforcer, wishes: Mapping[str, Wish]) -> AsyncIterator[list[Report]]:
    """Let the core hold an enforcer to these wishes; yield what it reports of drift, as it comes."""
    heard = Wishes()
    heard.begin_connection()
    for device_id, one in wishes.items():
        heard.hear(device_id, json.dumps(one.to_json()).encode())
    heard.hear_count(json.dumps({"desired": sum(one.desired for one in wishes.values())}).encode())
    reconciler = Reconciler(enforcer, heard)
    reconciler.stir()
    reports: list[Report] = []
    drifted: list[Report] = []

    async def listen() -> None:
        while True:
            reports.extend((await reconciler.reports()).values())
            drifted[:] = [report for report in reports if report.drifted]

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(reconciler.run()), tasks.create_task(listen())]
        await until(lambda: len(reports) == len(wishes))
        yield drifted
        for task in running:
            task.cancel()
