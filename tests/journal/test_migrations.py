"""A journal of before is brought up to date with what is in it."""

from datetime import timedelta

import pytest

from homeguard.events import Channel
from homeguard.journal import Journal
from homeguard.journal.audit import page_of_audit
from homeguard.journal.models import database
from homeguard.journal.sessions import page_of_sessions, standing_session
from homeguard.journal.users import find_user
from tests.clock import ManualClock
from tests.journal.sign_ins import add, begin

UNDONE = (
    'DROP TABLE "audit"',
    'ALTER TABLE "users" DROP COLUMN "channels"',
    'ALTER TABLE "sessions" DROP COLUMN "address"',
    'ALTER TABLE "sessions" DROP COLUMN "seen_at"',
    "DELETE FROM schema_migration WHERE name = '0005_audit'",
)


@pytest.fixture
async def journal_of_before(journal_url: str, clock: ManualClock) -> str:
    """Where a journal lies that knows neither the audit nor channels, with a user who is signed in."""
    journal = Journal.open(journal_url, clock=clock)
    await add(journal, "ann", "admin")
    await begin(journal, "ann", client="a browser of before")

    def undo(_: object) -> None:
        for statement in UNDONE:
            database.obj.execute_sql(statement)

    await journal.write(undo)
    journal.close()
    return journal_url


async def test_users_of_before_read_everything_and_stay_signed_in(journal_of_before: str, clock: ManualClock) -> None:
    clock.advance(60)
    journal = Journal.open(journal_of_before, clock=clock)
    try:
        user = await journal.read(lambda: find_user("ann"))
        (one,) = await journal.read(lambda: page_of_sessions(clock(), None, None, 10))
        session = await journal.read(lambda: standing_session(one.id, clock()))
        audit = await journal.read(lambda: page_of_audit(None, 10))
    finally:
        journal.close()
    assert user is not None
    assert user.channels == frozenset(Channel)
    assert session is not None
    assert session.channels == frozenset(Channel)
    assert (one.client, one.address, one.seen_at) == ("a browser of before", None, clock() - timedelta(seconds=60))
    assert audit == []
