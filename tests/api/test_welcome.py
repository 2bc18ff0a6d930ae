"""Whoever comes first learns where the password is, without a token; whoever comes later does not."""

import pytest
from httpx import AsyncClient

from api.services import users
from homeguard.journal.users import add_user, change_user, remove_user
from homeguard.settings import load_settings
from tests.api.conftest import PASSWORD, Home

LATER = {"first_start": False, "password": None}


@pytest.fixture
async def printed(home: Home) -> str:
    password = await users.ensure_admin(home.context)
    assert password is not None
    return password


async def welcomed(client: AsyncClient) -> dict[str, object]:
    answer = await client.get("/api/auth/welcome")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return dict(answer.json())


async def test_the_first_start_says_that_it_printed_a_password(printed: str, client: AsyncClient) -> None:
    assert await welcomed(client) == {"first_start": True, "password": "printed"}


async def test_the_first_start_says_that_the_password_was_set(
    home: Home, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMEGUARD_ADMIN_PASSWORD", PASSWORD)
    home.context.settings = load_settings(data_dir=home.context.settings.data_dir)
    await users.ensure_admin(home.context)
    assert await welcomed(client) == {"first_start": True, "password": "set"}


async def test_it_is_no_first_start_when_somebody_has_signed_in(printed: str, client: AsyncClient) -> None:
    await client.post("/api/auth/login", json={"username": "admin", "password": "a wrong one"})
    assert (await welcomed(client))["first_start"] is True
    await client.post("/api/auth/login", json={"username": "admin", "password": printed})
    assert await welcomed(client) == LATER


async def test_it_is_no_first_start_when_a_password_was_changed(printed: str, home: Home, client: AsyncClient) -> None:
    await home.context.journal.write(lambda tx: change_user(tx, "admin", password_hash="another"))
    assert await welcomed(client) == LATER


async def test_it_is_no_first_start_when_the_admin_was_removed(printed: str, home: Home, client: AsyncClient) -> None:
    await home.context.journal.write(lambda tx: add_user(tx, "ann", "hash", "admin"))
    assert (await welcomed(client))["first_start"] is True
    await home.context.journal.write(lambda tx: remove_user(tx, "admin"))
    assert await welcomed(client) == LATER


async def test_it_is_no_first_start_when_nothing_is_known(home: Home, client: AsyncClient) -> None:
    assert await welcomed(client) == LATER
