"""A thousand blocks at once are few passes of the enforcer, and every one is reported."""

from tests.enforce.bus.many import Counting, block_many

MANY = 1000


async def test_a_thousand_blocks_at_once_are_few_passes_and_all_reported(tmp_path):
    enforcer = Counting()
    await block_many(tmp_path, MANY, enforcer)
    assert enforcer.blocked == {f"d-{number}" for number in range(MANY)}
    assert enforcer.passes < MANY / 10
