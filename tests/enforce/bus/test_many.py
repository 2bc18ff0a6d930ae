"""A thousand blocks at once, through a real broker, the bridge and the journal, and back as reports."""

import asyncio
from contextlib import suppress

from enforce.client import EnforcerClient
from enforce.dry_run import DryRun
from homeguard.client.link import Account
from homeguard.journal.blocks import known_enforcers, wish
from homeguard.journal.models import BlockRow
from tests.bridge.running import running_bridge
from tests.enforce.bus.home import TOPICS
from tests.waiting import until

MANY = 1000


class Counting(DryRun):
    """Counts how often it is called."""

    def __init__(self):
        super().__init__("broker")
        self.passes = 0

    async def enforce(self, wishes):
        self.passes += 1
        return await super().enforce(wishes)


def reported():
    return BlockRow.select().where(BlockRow.reports.contains('"state":"enforced"')).count()


async def test_a_thousand_blocks_at_once_are_few_passes_and_all_reported(own_broker, journal, desk):
    broker, enforcer = own_broker(), Counting()
    ids = [f"d-{number}" for number in range(MANY)]
    await desk.take(*[("devices", {"id": id, "kind": "thing"}) for id in ids])
    account = broker.broker.secrets.broker_enforcer
    where = Account(broker.host, broker.port, account.username, account.username, account.password)
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        task = asyncio.create_task(EnforcerClient(enforcer, where, TOPICS).run())
        await until(lambda: journal.read(known_enforcers))
        await journal.write(lambda tx: [wish(tx, TOPICS, id, desired=True, by="ada") for id in ids])

        async def all_are():
            return await journal.read(reported) == MANY

        await until(all_are, timeout=30)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert enforcer.blocked == set(ids)
    assert enforcer.passes < MANY / 10
