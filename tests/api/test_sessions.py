"""Where one is signed in, and ending a sign-in from elsewhere."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from api.auth.identity import Role
from api.auth.seen import MAX_SEEN, Seen
from api.rest.models.sessions import Sessions
from api.services.seen import write_seen
from api.services.sessions import identify_ticket
from homeguard.errors import BadCredentials
from homeguard.journal.sessions import page_of_sessions
from tests.api.conftest import PASSWORD, Home, SignIn
from tests.clock import ManualClock


@pytest.fixture
async def phone(app: FastAPI, viewer: AsyncClient) -> AsyncIterator[AsyncClient]:
    """A second sign-in of the viewer's, later and from elsewhere."""
    transport = ASGITransport(app, client=("192.168.1.7", 1234))
    headers = {"User-Agent": "a phone"}
    async with AsyncClient(transport=transport, base_url="http://home.test", headers=headers) as phone:
        app.state.context.clock.advance(60)
        answer = await phone.post("/api/auth/login", json={"username": "viewer", "password": PASSWORD})
        phone.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield phone


async def listed(client: AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await client.get("/api/sessions", params=query)
    assert answer.status_code == 200, answer.text
    Sessions.model_validate(answer.json())
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def status_of_me(client: AsyncClient) -> int:
    return (await client.get("/api/auth/me")).status_code


async def test_ones_own_sessions_are_listed_newest_first(viewer: AsyncClient, phone: AsyncClient) -> None:
    newer, older = await listed(viewer)
    assert (newer["client"], newer["address"], newer["current"]) == ("a phone", "192.168.1.7", False)
    assert (older["address"], older["current"]) == ("127.0.0.1", True)
    assert (newer["username"], newer["created_at"]) == ("viewer", "2026-11-23T20:01:00.000Z")
    assert newer["expires_at"] == "2026-12-23T20:01:00.000Z"


async def test_no_secret_is_in_the_list(admin: AsyncClient, phone: AsyncClient) -> None:
    text = (await admin.get("/api/sessions")).text
    assert phone.cookies["homeguard_refresh"] not in text
    assert set((await listed(admin))[0]) == set(Sessions.model_json_schema()["$defs"]["SessionView"]["properties"])


async def test_an_admin_sees_everybody_and_others_only_themselves(
    admin: AsyncClient, operator: AsyncClient, viewer: AsyncClient
) -> None:
    assert {one["username"] for one in await listed(admin)} == {"admin", "operator", "viewer"}
    assert {one["username"] for one in await listed(admin, username="viewer")} == {"viewer"}
    assert {one["username"] for one in await listed(operator)} == {"operator"}
    assert {one["username"] for one in await listed(viewer, username="viewer")} == {"viewer"}
    assert (await viewer.get("/api/sessions?username=operator")).status_code == 403


async def test_pages_lead_from_the_newest_to_the_oldest(home: Home, app: FastAPI, admin: AsyncClient) -> None:
    await home.add_user("ann", Role.VIEWER)
    for _ in range(5):  # all at one moment
        await admin.post("/api/auth/login", json={"username": "ann", "password": PASSWORD})
    seen, before = [], None
    for _ in range(3):
        query = {"limit": "2", "username": "ann"} | ({"before": before} if before else {})
        page = (await admin.get("/api/sessions", params=query)).json()
        seen += [one["id"] for one in page["items"]]
        before = page["next"]
    assert before is None
    assert seen == [one["id"] for one in await listed(admin, username="ann")]
    assert len(set(seen)) == 5


@pytest.mark.parametrize("query", ["before=nobody", "before=%00", "limit=0", "username="])
async def test_a_wrong_question_is_refused(viewer: AsyncClient, query: str) -> None:
    assert (await viewer.get(f"/api/sessions?{query}")).status_code == 422


async def test_ending_a_session_ends_its_tokens_and_no_others(viewer: AsyncClient, phone: AsyncClient) -> None:
    (phones,) = [one for one in await listed(viewer) if not one["current"]]
    assert (await viewer.delete(f"/api/sessions/{phones['id']}")).status_code == 204
    assert (await status_of_me(phone), await status_of_me(viewer)) == (401, 200)
    assert (await phone.post("/api/auth/refresh")).status_code == 401
    assert (await viewer.delete(f"/api/sessions/{phones['id']}")).status_code == 404
    assert len(await listed(viewer)) == 1


async def test_a_ticket_of_a_session_that_was_ended_is_dead(
    viewer: AsyncClient, phone: AsyncClient, home: Home
) -> None:
    ticket = (await phone.post("/api/auth/ws-ticket")).json()["ticket"]
    (phones,) = [one for one in await listed(viewer) if not one["current"]]
    await viewer.delete(f"/api/sessions/{phones['id']}")
    with pytest.raises(BadCredentials):
        await identify_ticket(home.context, ticket)


async def test_nobody_but_an_admin_ends_the_session_of_another(
    operator: AsyncClient, viewer: AsyncClient, admin: AsyncClient
) -> None:
    (theirs,) = await listed(viewer)
    refused, unknown = [await operator.delete(f"/api/sessions/{id}") for id in (theirs["id"], "0" * 32)]
    assert (refused.status_code, refused.json()["detail"]) == (404, unknown.json()["detail"])
    assert await status_of_me(viewer) == 200
    assert (await admin.delete(f"/api/sessions/{theirs['id']}")).status_code == 204
    assert await status_of_me(viewer) == 401


async def test_an_ended_session_is_in_the_audit(admin: AsyncClient, viewer: AsyncClient) -> None:
    (theirs,) = await listed(viewer)
    await admin.delete(f"/api/sessions/{theirs['id']}")
    (entry,) = (await admin.get("/api/audit?action=session_ended")).json()["items"]
    assert (entry["by"], entry["target"], entry["details"]) == ("admin", theirs["id"], {"username": "viewer"})


async def test_when_a_session_was_last_used_is_told_and_kept(
    viewer: AsyncClient, phone: AsyncClient, home: Home, clock: ManualClock
) -> None:
    clock.advance(300)
    await phone.get("/api/auth/me")
    newer, older = await listed(viewer)
    assert (newer["seen_at"], older["seen_at"]) == ("2026-11-23T20:06:00.000Z", "2026-11-23T20:06:00.000Z")
    clock.advance(300)
    await viewer.get("/api/auth/me")
    await write_seen(home.context)
    newer, older = await listed(viewer)
    assert (newer["seen_at"], older["seen_at"]) == ("2026-11-23T20:06:00.000Z", "2026-11-23T20:11:00.000Z")


async def test_what_another_process_saw_later_stays(viewer: AsyncClient, home: Home, clock: ManualClock) -> None:
    (mine,) = await listed(viewer)
    home.context.seen.take()
    home.context.seen.note(mine["id"], clock() - timedelta(hours=1), "10.0.0.1")
    await write_seen(home.context)
    (mine,) = await listed(viewer)
    assert (mine["seen_at"], mine["address"]) == ("2026-11-23T20:00:00.000Z", "127.0.0.1")


async def test_a_session_that_was_over_is_not_listed(sign_in: SignIn, clock: ManualClock, home: Home) -> None:
    viewer = await sign_in(Role.VIEWER)
    assert len(await listed(viewer)) == 1
    clock.advance(31 * 24 * 3600)
    await viewer.post("/api/auth/login", json={"username": "viewer", "password": PASSWORD})
    found = await home.context.journal.read(lambda: page_of_sessions(clock(), None, None, 10))
    assert [one.created_at for one in found] == [clock()]


def test_what_is_remembered_is_bounded(clock: ManualClock) -> None:
    seen = Seen()
    for number in range(MAX_SEEN + 10):
        seen.note(str(number), clock(), None)
    taken = seen.take()
    assert len(taken) == MAX_SEEN
    assert "9" not in taken
    assert not seen.take()
