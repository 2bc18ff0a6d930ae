"""What the audit tells of what people did through REST and at the command line."""

from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient

from api.auth.identity import Role
from bridge.housekeeping import end_blocks
from homeguard.decode import decode
from homeguard.topics import DevicesTopic
from tests.api.conftest import PASSWORD, Home, SignIn
from tests.clock import ManualClock

GRANDMA = {"username": "grandma", "password": "correct horse battery"}


@pytest.fixture
async def elsewhere(home: Home) -> Any:
    """Somebody who comes from another address and has not signed in."""
    transport = ASGITransport(home.app, client=("6.6.6.6", 1234))
    async with AsyncClient(transport=transport, base_url="http://home.test") as client:
        yield client


async def told(admin: AsyncClient, **filters: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """What the audit tells, oldest first, without the admin's own sign-in."""
    items = (await admin.get("/api/audit", params=filters)).json()["items"]
    return [(e["action"], e["by"], e["address"], e["target"]) for e in reversed(items)]


async def test_a_sign_in_and_a_sign_out_are_told(home: Home, admin: AsyncClient, elsewhere: AsyncClient) -> None:
    await home.add_user("ann", Role.VIEWER)
    answer = await elsewhere.post("/api/auth/login", json={"username": "Ann", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    session_id = (await elsewhere.get("/api/auth/me", headers=headers)).json()["session_id"]
    for _ in range(2):  # the second has nothing to end
        await elsewhere.post("/api/auth/logout", headers=headers)
    assert (await told(admin, by="ann")) == [
        ("login", "ann", "6.6.6.6", session_id),
        ("logout", "ann", "6.6.6.6", session_id),
    ]


async def test_a_failed_sign_in_is_told_whether_or_not_the_user_exists(
    home: Home, admin: AsyncClient, elsewhere: AsyncClient
) -> None:
    await home.add_user("ann", Role.VIEWER)
    for username in "ann", "Nobody":
        answer = await elsewhere.post("/api/auth/login", json={"username": username, "password": "a guess"})
        assert answer.status_code == 401
    assert await told(admin, action="login_failed") == [
        ("login_failed", None, "6.6.6.6", "ann"),
        ("login_failed", None, "6.6.6.6", "nobody"),
    ]


async def test_a_password_that_was_typed_as_a_name_is_not_kept(admin: AsyncClient, elsewhere: AsyncClient) -> None:
    await elsewhere.post("/api/auth/login", json={"username": PASSWORD, "password": "ann"})
    assert await told(admin, action="login_failed") == [("login_failed", None, "6.6.6.6", None)]
    assert PASSWORD not in (await admin.get("/api/audit")).text


async def test_a_guess_at_the_present_password_is_told(admin: AsyncClient, viewer: AsyncClient) -> None:
    change = {"password": "another password", "current_password": "a guess"}
    assert (await viewer.patch("/api/users/viewer", json=change)).status_code == 403
    assert (await told(admin, action="login_failed")) == [("login_failed", "viewer", "127.0.0.1", "viewer")]


async def test_what_an_admin_does_to_users_is_told(admin: AsyncClient) -> None:
    await admin.post("/api/users", json=GRANDMA)
    await admin.patch("/api/users/grandma", json={"role": "operator"})
    await admin.patch("/api/users/grandma", json={"password": "another password"})
    await admin.delete("/api/users/grandma")
    assert [(action, target) for action, _, _, target in (await told(admin, by="admin"))[1:]] == [
        ("user_added", "grandma"),
        ("user_changed", "grandma"),
        ("password_changed", "grandma"),
        ("user_removed", "grandma"),
    ]
    assert "another password" not in (await admin.get("/api/audit")).text


async def test_what_happens_to_a_device_is_told(home: Home, clock: ManualClock, admin: AsyncClient) -> None:
    await home.receive(decode(DevicesTopic("cam-1"), b'{"status":"online"}'))
    await admin.patch("/api/devices/cam-1", json={"name": "Front door"})
    await admin.post("/api/devices/cam-1/block", json={"reason": "Too loud", "minutes": 1})
    await admin.post("/api/devices/cam-1/block")  # stands already
    clock.advance(61)
    await end_blocks(home.context.journal, home.context.topics, clock)
    await admin.delete("/api/devices/cam-1")
    assert (await told(admin))[-4:] == [
        ("device_changed", "admin", "127.0.0.1", "cam-1"),
        ("blocked", "admin", "127.0.0.1", "cam-1"),
        ("unblocked", "timer", None, "cam-1"),
        ("device_removed", "admin", "127.0.0.1", "cam-1"),
    ]


async def test_a_page_leads_to_the_next(admin: AsyncClient) -> None:
    for name in "ann", "bob", "cid":
        await admin.post("/api/users", json={**GRANDMA, "username": name})
    first = (await admin.get("/api/audit?limit=2")).json()
    then = (await admin.get(f"/api/audit?limit=500&before={first['next']}")).json()
    targets = [entry["target"] for entry in first["items"] + then["items"]]
    assert targets[:3] == ["cid", "bob", "ann"]
    assert then["next"] is None


@pytest.mark.parametrize("query", ["action=flew", "limit=0", "before=0", "by=", "by=%00"])
async def test_a_wrong_question_is_refused(admin: AsyncClient, query: str) -> None:
    assert (await admin.get(f"/api/audit?{query}")).status_code == 422


async def test_the_audit_is_for_admins(sign_in: SignIn) -> None:
    for role in Role.VIEWER, Role.OPERATOR:
        assert (await (await sign_in(role)).get("/api/audit")).status_code == 403
