from datetime import timedelta
from functools import partial

import pytest

from homeguard.errors import BadCredentials
from homeguard.journal import Journal
from homeguard.journal.people import SessionRow
from homeguard.journal.sessions import GRACE, Grant, Reused, end_session, open_session, rotate, standing_session
from homeguard.journal.users import find_user
from tests.clock import ManualClock
from tests.journal.sign_ins import add, begin


@pytest.fixture(autouse=True)
async def ann(journal: Journal) -> None:
    await add(journal, "ann", "operator")


async def rotated(journal: Journal, refresh_token: str) -> Grant:
    grant = await journal.write(lambda tx: rotate(tx, refresh_token))
    assert isinstance(grant, Grant)
    return grant


async def test_a_session_stands_until_its_end(journal: Journal, clock: ManualClock) -> None:
    session = (await begin(journal, "ann", days=1)).session
    assert (session.username, session.role) == ("ann", "operator")
    assert session.expires_at == clock() + timedelta(days=1)
    clock.advance(24 * 3600 - 1)
    assert await journal.read(lambda: standing_session(session.id, clock())) == session
    clock.advance(1)
    assert await journal.read(lambda: standing_session(session.id, clock())) is None


async def test_a_session_keeps_no_token_and_a_short_name_of_the_client(journal: Journal) -> None:
    grant = await begin(journal, "ann", client="a\0b" + "c" * 300)
    row = await journal.read(lambda: SessionRow.get(SessionRow.id == grant.session.id))
    kept = " ".join(str(value) for value in row.__data__.values())
    assert not any(part in kept for part in grant.refresh_token.split("."))
    assert row.client == "ab" + "c" * 198
    assert grant.refresh_token not in repr(grant)


async def test_open_session_refuses_when_the_password_is_another_by_now(journal: Journal) -> None:
    with pytest.raises(BadCredentials):
        await journal.write(
            lambda tx: open_session(tx, "ann", lifetime=timedelta(1), client="", proved_hash="an older hash")
        )


async def test_open_session_refuses_when_the_user_is_gone(journal: Journal) -> None:
    with pytest.raises(BadCredentials):
        await begin(journal, "bob")


async def test_open_session_keeps_a_stronger_hash(journal: Journal) -> None:
    await journal.write(lambda tx: open_session(tx, "ann", lifetime=timedelta(1), client="", new_hash="stronger"))
    user = await journal.read(lambda: find_user("ann"))
    assert user is not None
    assert user.password_hash == "stronger"


async def test_open_session_forgets_sessions_that_are_over(journal: Journal, clock: ManualClock) -> None:
    await begin(journal, "ann", days=1)
    clock.advance(24 * 3600)
    second = await begin(journal, "ann", days=1)
    assert [row.id for row in await journal.read(lambda: list(SessionRow.select()))] == [second.session.id]


async def test_rotate_replaces_the_token_and_keeps_the_end(journal: Journal, clock: ManualClock) -> None:
    first = await begin(journal, "ann")
    clock.advance(3600)
    second = await rotated(journal, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert second.session == first.session
    assert (await rotated(journal, second.refresh_token)).session == first.session


@pytest.mark.parametrize("rotations", [1, 2, 3])
async def test_rotate_ends_the_session_when_an_older_token_comes(
    journal: Journal, clock: ManualClock, rotations: int
) -> None:
    stolen = current = await begin(journal, "ann")
    for _ in range(rotations):
        current = await rotated(journal, current.refresh_token)
    clock.advance(GRACE.total_seconds() + 0.001)
    assert await journal.write(lambda tx: rotate(tx, stolen.refresh_token)) == Reused(stolen.session.id)
    assert await journal.write(lambda tx: rotate(tx, current.refresh_token)) is None
    assert await journal.read(lambda: standing_session(stolen.session.id, clock())) is None


async def test_rotate_gives_the_same_again_when_the_token_was_just_replaced(
    journal: Journal, clock: ManualClock
) -> None:
    first = await begin(journal, "ann")
    second = await rotated(journal, first.refresh_token)
    for seconds in 0, 4, GRACE.total_seconds() - 4:  # two other tabs, and one at the last moment
        clock.advance(seconds)
        assert await rotated(journal, first.refresh_token) == second
    third = await rotated(journal, second.refresh_token)
    assert third.refresh_token not in (first.refresh_token, second.refresh_token)
    await rotated(journal, third.refresh_token)


async def test_rotate_ends_the_session_when_an_older_one_comes_within_the_grace(journal: Journal) -> None:
    first = await begin(journal, "ann")
    second = await rotated(journal, first.refresh_token)
    await rotated(journal, second.refresh_token)
    assert await journal.write(lambda tx: rotate(tx, first.refresh_token)) == Reused(first.session.id)


async def test_rotate_has_no_grace_for_a_made_up_token_of_the_family(journal: Journal) -> None:
    first = await begin(journal, "ann")
    await rotated(journal, first.refresh_token)
    forged = first.refresh_token.partition(".")[0] + ".secret"
    assert await journal.write(lambda tx: rotate(tx, forged)) == Reused(first.session.id)


async def test_what_is_kept_of_a_rotation_makes_no_token(journal: Journal) -> None:
    grant = await rotated(journal, (await begin(journal, "ann")).refresh_token)
    row = await journal.read(lambda: SessionRow.get(SessionRow.id == grant.session.id))
    kept = " ".join(str(value) for value in row.__data__.values())
    assert not any(part in kept for part in grant.refresh_token.split("."))


async def test_rotate_gives_nothing_when_the_token_is_of_no_session(journal: Journal, clock: ManualClock) -> None:
    grant = await begin(journal, "ann")
    family, _, secret = grant.refresh_token.partition(".")
    for token in "", "x", f"x.{secret}", f"{grant.session.id}.{secret}":
        assert await journal.write(partial(rotate, refresh_token=token)) is None
    assert await journal.read(lambda: standing_session(grant.session.id, clock())) is not None
    assert family != grant.session.id


async def test_end_session_ends_it_once(journal: Journal, clock: ManualClock) -> None:
    grant = await begin(journal, "ann")
    assert await journal.write(lambda tx: end_session(tx, grant.session.id))
    assert not await journal.write(lambda tx: end_session(tx, grant.session.id))
    assert not await journal.write(lambda tx: end_session(tx, "unknown"))
    assert await journal.read(lambda: standing_session(grant.session.id, clock())) is None
    assert await journal.write(lambda tx: rotate(tx, grant.refresh_token)) is None
