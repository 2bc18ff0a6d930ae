import pytest

from homeguard.errors import BadInput, Conflict, NotFound
from homeguard.journal import Journal
from homeguard.journal.people import SessionRow
from homeguard.journal.sessions import open_session, standing_session
from homeguard.journal.users import add_user, all_users, change_user, find_user, has_users, remove_user
from tests.clock import ManualClock
from tests.journal.sign_ins import add, begin


async def test_a_user_is_found_when_added(journal: Journal, clock: ManualClock) -> None:
    assert not await journal.read(has_users)
    await add(journal, "ann", "admin")
    user = await journal.read(lambda: find_user("ann"))
    assert user is not None
    assert (user.username, user.role, user.password_hash, user.created_at) == ("ann", "admin", "hash", clock())
    assert "hash=" not in repr(user)
    assert await journal.read(has_users)


async def test_users_are_listed_by_name(journal: Journal) -> None:
    for name in "cid", "ann", "bob":
        await add(journal, name, "viewer")
    assert [user.username for user in await journal.read(all_users)] == ["ann", "bob", "cid"]


async def test_a_name_is_a_conflict_when_it_is_taken(journal: Journal) -> None:
    await add(journal, "ann", "viewer")
    with pytest.raises(Conflict):
        await add(journal, "ann", "admin")
    assert [user.role for user in await journal.read(all_users)] == ["viewer"]


@pytest.mark.parametrize("name", ["", "Ann", ".ann", "a b", "a/b", "ann\n", "änn", "x" * 65, "a\0"])
async def test_a_name_is_refused_when_it_is_none(journal: Journal, name: str) -> None:
    with pytest.raises(BadInput, match="is not a user name"):
        await add(journal, name, "viewer")
    assert await journal.read(lambda: find_user(name)) is None


async def test_a_change_ends_the_sessions_and_names_them(journal: Journal, clock: ManualClock) -> None:
    await add(journal, "ann", "viewer")
    sessions = [(await begin(journal, "ann")).session.id for _ in range(2)]
    user, ended = await journal.write(lambda tx: change_user(tx, "ann", role="operator"))
    assert (user.role, ended) == ("operator", sorted(sessions))
    assert await journal.read(lambda: standing_session(sessions[0], clock())) is None


async def test_a_change_ends_nothing_when_nothing_changes(journal: Journal, clock: ManualClock) -> None:
    await add(journal, "ann", "viewer")
    session = (await begin(journal, "ann")).session
    assert (await journal.write(lambda tx: change_user(tx, "ann", role="viewer")))[1] == []
    assert await journal.read(lambda: standing_session(session.id, clock())) == session


async def test_a_change_leaves_the_sessions_of_others(journal: Journal, clock: ManualClock) -> None:
    for name in "ann", "bob":
        await add(journal, name, "viewer")
    bobs = (await begin(journal, "bob")).session
    await journal.write(lambda tx: change_user(tx, "ann", password_hash="new"))
    assert await journal.read(lambda: standing_session(bobs.id, clock())) == bobs


async def test_remove_takes_the_sessions_along_and_names_them(journal: Journal) -> None:
    await add(journal, "ann", "viewer")
    session = (await begin(journal, "ann")).session
    assert await journal.write(lambda tx: remove_user(tx, "ann")) == [session.id]
    assert await journal.read(lambda: SessionRow.select().count()) == 0


async def test_remove_names_no_session_when_it_was_over(journal: Journal, clock: ManualClock) -> None:
    await add(journal, "ann", "viewer")
    await begin(journal, "ann", days=1)
    clock.advance(24 * 3600)
    assert await journal.write(lambda tx: remove_user(tx, "ann")) == []


async def test_an_unknown_user_is_not_found(journal: Journal) -> None:
    with pytest.raises(NotFound):
        await journal.write(lambda tx: remove_user(tx, "nobody"))
    with pytest.raises(NotFound):
        await journal.write(lambda tx: change_user(tx, "nobody", role="admin"))


async def test_the_last_admin_stays(journal: Journal) -> None:
    await add(journal, "ann", "admin")
    await add(journal, "bob", "operator")
    with pytest.raises(Conflict, match="last admin"):
        await journal.write(lambda tx: remove_user(tx, "ann"))
    with pytest.raises(Conflict, match="last admin"):
        await journal.write(lambda tx: change_user(tx, "ann", role="operator"))
    await journal.write(lambda tx: change_user(tx, "ann", password_hash="new"))
    await journal.write(lambda tx: remove_user(tx, "bob"))


async def test_an_admin_may_go_when_there_is_another(journal: Journal) -> None:
    await add(journal, "ann", "admin")
    await add(journal, "bob", "admin")
    await journal.write(lambda tx: change_user(tx, "ann", role="viewer"))
    with pytest.raises(Conflict):
        await journal.write(lambda tx: remove_user(tx, "bob"))


async def test_a_removed_name_may_be_given_again_without_the_old_sessions(journal: Journal, clock: ManualClock) -> None:
    await add(journal, "ann", "viewer")
    old = (await begin(journal, "ann")).session
    await journal.write(lambda tx: remove_user(tx, "ann"))
    await journal.write(lambda tx: add_user(tx, "ann", "hash", "viewer"))
    await journal.write(lambda tx: open_session(tx, "ann", lifetime=old.expires_at - clock(), client=""))
    assert await journal.read(lambda: standing_session(old.id, clock())) is None
