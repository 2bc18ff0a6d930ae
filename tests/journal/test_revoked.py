"""What was ended stays ended until it would have ended anyway, on both databases."""

from datetime import timedelta

from homeguard.journal import Journal
from homeguard.journal.people import RevokedTokenRow
from homeguard.journal.revoked import ended_tokens, revoke_token
from tests.clock import ManualClock
from tests.journal.sign_ins import add

HOUR = timedelta(hours=1)


async def revoke(journal: Journal, clock: ManualClock, token_id: str, lifetime: timedelta = HOUR) -> bool:
    until = clock() + lifetime
    return await journal.write(lambda tx: revoke_token(tx, token_id, until))


async def ended(journal: Journal, **names: str) -> set[str]:
    return await journal.read(lambda: ended_tokens(names))


async def test_a_token_is_ended_once(journal: Journal, clock: ManualClock) -> None:
    assert await revoke(journal, clock, "a")
    assert not await revoke(journal, clock, "a")
    assert await ended(journal, a="zoe", b="zoe") == {"a"}


async def test_a_token_that_nobody_takes_any_more_is_not_remembered(journal: Journal, clock: ManualClock) -> None:
    assert not await revoke(journal, clock, "a", timedelta(0))
    assert await revoke(journal, clock, "b")
    clock.advance(3600)
    assert await revoke(journal, clock, "c")
    assert await journal.read(lambda: [row.id for row in RevokedTokenRow.select()]) == ["c"]


async def test_a_token_of_a_name_that_is_ours_is_no_good(journal: Journal, clock: ManualClock) -> None:
    await add(journal, "zoe", "viewer")
    assert await ended(journal, a="zoe", b="Zoe", c="yan") == {"a", "b"}


async def test_nobody_asks_of_no_token(journal: Journal) -> None:
    assert await ended(journal) == set()
