"""Many blocks at once, through a real broker, the bridge and the journal, and back as reports."""

import asyncio
from contextlib import suppress
from time import perf_counter

from enforce.client import EnforcerClient
from enforce.dry_run import DryRun
from homeguard.client.link import Account
from homeguard.journal import Journal
from homeguard.journal.blocks import known_enforcers, wish
from homeguard.journal.models import BlockRow
from tests.bridge.running import running_bridge
from tests.brokers import RunningBroker
from tests.enforce.bus.home import TOPICS
from tests.journal.intake import Desk
from tests.waiting import until


class Counting(DryRun):
    """Counts how often it is called."""

    def __init__(self):
        super().__init__("broker")
        self.passes = 0

    async def enforce(self, wishes):
        self.passes += 1
        return await super().enforce(wishes)


async def block_many(directory, count, enforcer=None):
    """Wish `count` devices blocked in one transaction; returns the seconds until all are reported enforced."""
    enforcer = enforcer or Counting()
    journal = Journal.open(str(directory / "journal.db"))
    try:
        with RunningBroker(directory / "broker") as broker:
            ids = [f"d-{number}" for number in range(count)]
            await Desk(journal).take(*[(f"devices/{id}", {"kind": "thing"}) for id in ids])
            account = broker.broker.secrets.broker_enforcer
            where = Account(broker.host, broker.port, account.username, account.username, account.password)
            async with running_bridge(broker, journal) as health:
                await until(lambda: health.state.is_ready)
                task = asyncio.create_task(EnforcerClient(enforcer, where, TOPICS).run())
                await until(lambda: journal.read(known_enforcers))
                began = perf_counter()
                await journal.write(lambda tx: [wish(tx, TOPICS, id, desired=True, by="ada") for id in ids])

                async def all_are():
                    return await journal.read(_enforced) == count

                await until(all_are, timeout=60)
                took = perf_counter() - began
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            return took
    finally:
        journal.close()


def _enforced():
    return BlockRow.select().where(BlockRow.reports.contains('"state":"enforced"')).count()
