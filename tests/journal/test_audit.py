from datetime import timedelta

import pytest

from homeguard.audit import Action
from homeguard.errors import BadInput
from homeguard.journal import Journal, audit
from homeguard.journal.audit import note, page_of_audit, prune_audit
from homeguard.journal.blocks import wish
from homeguard.journal.sessions import rotate
from homeguard.journal.users import add_user, change_user, remove_user
from homeguard.topics import Topics
from tests.clock import ManualClock
from tests.journal.sign_ins import add, begin

YEAR = timedelta(days=365)


async def entries(journal, **filters):
    return await journal.read(lambda: page_of_audit(None, 100, **filters))


async def say(journal: Journal, action: Action, by: str | None, target: str | None = None) -> None:
    await journal.write(lambda tx: note(tx, action, by=by, target=target))


async def told(journal):
    """What the audit tells, oldest first: the action, by whom, from where, to what."""
    return [(e["action"], e["by"], e["address"], e["target"]) for e in reversed(await entries(journal))]


async def prune_all(journal: Journal) -> None:
    while await journal.write(lambda tx: prune_audit(tx, YEAR)):
        pass


async def test_an_entry_says_who_did_what_to_what_from_where_and_when(journal: Journal, clock: ManualClock) -> None:
    await journal.write(
        lambda tx: note(
            tx, Action.BLOCKED, by="ada", address="192.168.1.7", target="cam-1", details={"reason": "Port scan"}
        )
    )
    (entry,) = await entries(journal)
    assert entry == {
        "id": entry["id"],
        "at": "2026-11-23T20:00:00.000Z",
        "action": "blocked",
        "by": "ada",
        "address": "192.168.1.7",
        "target": "cam-1",
        "details": {"reason": "Port scan"},
    }


async def test_an_entry_is_not_kept_when_the_thing_was_not_done(journal: Journal) -> None:
    def fail(tx):
        note(tx, Action.BLOCKED, by="ada", target="cam-1")
        raise BadInput("no")

    with pytest.raises(BadInput):
        await journal.write(fail)
    assert await entries(journal) == []


async def test_what_strangers_say_is_cut(journal: Journal) -> None:
    await journal.write(lambda tx: note(tx, Action.LOGIN_FAILED, by=None, target="a\0" + "x" * 100_000))
    (entry,) = await entries(journal)
    assert entry["target"] == "a\ufffd" + "x" * 198


async def test_pages_lead_from_the_newest_to_the_oldest(journal: Journal) -> None:
    for number in range(5):
        await say(journal, Action.LOGIN, "ada", str(number))
    first = await journal.read(lambda: page_of_audit(None, 3))
    then = await journal.read(lambda: page_of_audit(first[-1]["id"], 3))
    assert [entry["target"] for entry in [*first, *then]] == ["4", "3", "2", "1", "0"]


async def test_entries_are_found_by_action_and_by_whom(journal: Journal) -> None:
    for action, by in (Action.LOGIN, "ada"), (Action.BLOCKED, "ada"), (Action.BLOCKED, "timer"):
        await say(journal, action, by)
    assert [entry["by"] for entry in await entries(journal, action=Action.BLOCKED)] == ["timer", "ada"]
    assert [entry["action"] for entry in await entries(journal, by="ada")] == ["blocked", "login"]


async def test_what_happens_to_users_is_told(journal: Journal) -> None:
    await journal.write(lambda tx: add_user(tx, "ann", "hash", "viewer", by="ada", address="10.0.0.1"))
    await begin(journal, "ann")
    await journal.write(lambda tx: change_user(tx, "ann", role="admin", by="ada", address="10.0.0.1"))
    await journal.write(lambda tx: change_user(tx, "ann", role="admin", by="ada"))  # she is: nothing happens
    await journal.write(lambda tx: change_user(tx, "ann", password_hash="new", by="cli"))
    await add(journal, "bob", "admin")
    await journal.write(lambda tx: remove_user(tx, "ann", by="bob", address="10.0.0.2"))
    assert await told(journal) == [
        ("user_added", "ada", "10.0.0.1", "ann"),
        ("user_changed", "ada", "10.0.0.1", "ann"),
        ("password_changed", "cli", None, "ann"),
        ("user_added", "homeguard", None, "bob"),
        ("user_removed", "bob", "10.0.0.2", "ann"),
    ]
    (changed,) = await entries(journal, action=Action.USER_CHANGED)
    both = ["alerts", "devices"]
    assert changed["details"] == {
        "role": "admin",
        "channels": both,
        "before": {"role": "viewer", "channels": both},
        "sessions_ended": 1,
    }


async def test_no_password_hash_is_in_the_audit(journal: Journal) -> None:
    await journal.write(lambda tx: add_user(tx, "ann", "$argon2id$secret", "viewer"))
    await journal.write(lambda tx: change_user(tx, "ann", password_hash="$argon2id$another"))
    assert "argon2" not in str(await entries(journal))


async def test_a_wish_is_told_once(journal: Journal) -> None:
    for _ in range(2):
        await journal.write(
            lambda tx: wish(tx, Topics(), "cam-1", desired=True, by="ada", address="10.0.0.1", reason="Loud")
        )
    await journal.write(lambda tx: wish(tx, Topics(), "cam-1", desired=False, by="timer"))
    assert await told(journal) == [
        ("blocked", "ada", "10.0.0.1", "cam-1"),
        ("unblocked", "timer", None, "cam-1"),
    ]
    (blocked,) = await entries(journal, action=Action.BLOCKED)
    assert blocked["details"] == {"reason": "Loud", "until": None}


async def test_a_reused_refresh_token_is_told_with_whoever_came_with_it(journal: Journal, clock: ManualClock) -> None:
    await add(journal, "ann", "viewer")
    first = await begin(journal, "ann")
    await journal.write(lambda tx: rotate(tx, first.refresh_token, address="10.0.0.1"))
    clock.advance(60)
    await journal.write(lambda tx: rotate(tx, first.refresh_token, address="6.6.6.6"))
    assert (await told(journal))[-1] == ("token_reused", "ann", "6.6.6.6", first.session.id)


@pytest.mark.parametrize("name", ["cli", "timer", "homeguard"])
async def test_no_user_has_the_name_of_somebody_else_in_the_audit(journal: Journal, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be a user's name"):
        await add(journal, name, "viewer")


async def test_entries_go_when_they_are_too_old(journal: Journal, clock: ManualClock) -> None:
    await say(journal, Action.LOGIN, "old")
    clock.advance(YEAR.total_seconds())
    await say(journal, Action.LOGIN, "young")
    clock.advance(1)
    await prune_all(journal)
    assert [entry["by"] for entry in await entries(journal)] == ["young"]


async def test_failed_sign_ins_push_out_only_each_other(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MAX_FAILED", 3)
    monkeypatch.setattr(audit, "CHUNK", 4)
    await say(journal, Action.BLOCKED, "ada")
    for number in range(20):
        await say(journal, Action.LOGIN_FAILED, None, f"guess-{number}")
    await prune_all(journal)
    assert [entry["target"] for entry in await entries(journal)] == ["guess-19", "guess-18", "guess-17", None]


async def test_the_oldest_go_when_there_are_too_many(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MAX_ENTRIES", 2)
    for number in range(5):
        await say(journal, Action.LOGIN, "ada", str(number))
    await prune_all(journal)
    assert [entry["target"] for entry in await entries(journal)] == ["4", "3"]
