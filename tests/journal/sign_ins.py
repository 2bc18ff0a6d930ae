"""Users and their sign-ins, for the tests of both."""

from datetime import timedelta

from homeguard.journal import Journal
from homeguard.journal.sessions import Grant, open_session
from homeguard.journal.users import User, add_user


async def add(journal: Journal, username: str, role: str) -> User:
    return await journal.write(lambda tx: add_user(tx, username, "hash", role))


async def begin(journal: Journal, username: str, days: int = 30, client: str = "a browser") -> Grant:
    return await journal.write(
        lambda tx: open_session(tx, username, lifetime=timedelta(days=days), client=client, proved_hash="hash")
    )
