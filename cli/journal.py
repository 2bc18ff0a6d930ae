"""What commands that write straight into the journal share, server or no server."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from homeguard.errors import NotFound
from homeguard.journal import Journal
from homeguard.journal.users import User, find_user
from homeguard.settings import Settings

T = TypeVar("T")

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Where the journal lies (HOMEGUARD_DATA_DIR).", show_default=False)
]


def with_journal(settings: Settings, work: Callable[[Journal], Awaitable[T]]) -> T:
    """Open the journal for one piece of work."""

    async def run() -> T:
        journal = Journal.open(settings.database)
        try:
            return await work(journal)
        finally:
            journal.close()

    return asyncio.run(run())


async def existing_user(journal: Journal, username: str) -> User:
    """Read a user.

    Raises:
        NotFound: there is none of that name.
    """
    user = await journal.read(lambda: find_user(username))
    if user is None:
        raise NotFound(f"there is no user {username!r}", field="username")
    return user
