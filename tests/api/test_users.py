import pytest
from httpx import AsyncClient

from api.auth.identity import Role
from api.rest.models.users import Users
from tests.api.conftest import PASSWORD, Home

NEW = {"username": "grandma", "password": "knits every day", "role": "operator"}


async def status_of_me(client: AsyncClient) -> int:
    return (await client.get("/api/auth/me")).status_code


async def test_a_user_who_was_added_may_sign_in(admin: AsyncClient, client: AsyncClient) -> None:
    answer = await admin.post("/api/users", json=NEW)
    assert answer.status_code == 201
    assert answer.json() == {
        "username": "grandma",
        "role": "operator",
        "channels": ["alerts", "devices"],
        "created_at": "2026-11-23T20:00:00.000Z",
    }
    credentials = {"username": "grandma", "password": "knits every day"}
    assert (await client.post("/api/auth/login", json=credentials)).status_code == 200


async def test_users_are_listed_without_their_hashes(admin: AsyncClient) -> None:
    await admin.post("/api/users", json=NEW)
    body = (await admin.get("/api/users")).json()
    Users.model_validate(body)
    assert [(user["username"], set(user)) for user in body["items"]] == [
        ("admin", {"username", "role", "channels", "created_at"}),
        ("grandma", {"username", "role", "channels", "created_at"}),
    ]


async def test_a_name_that_is_taken_is_a_conflict(admin: AsyncClient) -> None:
    await admin.post("/api/users", json=NEW)
    answer = await admin.post("/api/users", json=NEW)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "username")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "Grandma"}, "username"),
        ({"username": "a/b"}, "username"),
        ({"username": "x" * 65}, "username"),
        ({"username": "a\0"}, "username"),
        ({"password": "short"}, "password"),
        ({"username": "grandmother", "password": "Grandmother"}, "password"),
        ({"role": "root"}, "role"),
        ({"channels": []}, "channels"),
        ({"channels": "alerts"}, "channels"),
        ({"channels": ["alerts", "secrets"]}, "channels.1"),
        ({"is_admin": True}, "is_admin"),
    ],
    ids=str,
)
async def test_a_user_who_cannot_be_added_is_told_why(admin: AsyncClient, change: dict[str, str], field: str) -> None:
    answer = await admin.post("/api/users", json=NEW | change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_new_role_signs_the_user_out(admin: AsyncClient, viewer: AsyncClient, home: Home) -> None:
    ended: list[str] = []
    home.context.on_sessions_ended(ended.extend)
    answer = await admin.patch("/api/users/viewer", json={"role": "operator"})
    assert (answer.status_code, answer.json()["role"]) == (200, "operator")
    assert await status_of_me(viewer) == 401
    assert len(ended) == 1


async def test_a_new_password_signs_the_user_out(admin: AsyncClient, viewer: AsyncClient, client: AsyncClient) -> None:
    assert (await admin.patch("/api/users/viewer", json={"password": "a new password"})).status_code == 200
    assert await status_of_me(viewer) == 401
    for password, status in (PASSWORD, 401), ("a new password", 200):
        credentials = {"username": "viewer", "password": password}
        assert (await client.post("/api/auth/login", json=credentials)).status_code == status


async def test_the_same_role_signs_nobody_out(admin: AsyncClient, viewer: AsyncClient) -> None:
    assert (await admin.patch("/api/users/viewer", json={"role": "viewer"})).status_code == 200
    assert await status_of_me(viewer) == 200


async def test_a_removed_user_is_out_at_once(admin: AsyncClient, viewer: AsyncClient) -> None:
    assert (await admin.delete("/api/users/viewer")).status_code == 204
    assert await status_of_me(viewer) == 401


async def test_the_last_admin_stays(admin: AsyncClient) -> None:
    for answer in (
        await admin.delete("/api/users/admin"),
        await admin.patch("/api/users/admin", json={"role": "viewer"}),
    ):
        assert answer.status_code == 409
        assert "last admin" in answer.json()["detail"]
    assert await status_of_me(admin) == 200


async def test_an_admin_may_go_when_there_is_another(admin: AsyncClient, home: Home) -> None:
    await home.add_user("second", Role.ADMIN)
    assert (await admin.delete("/api/users/admin")).status_code == 204


@pytest.mark.parametrize("name", ["nobody", "No%20body", "%00"])
async def test_an_unknown_user_is_not_found(admin: AsyncClient, name: str) -> None:
    assert (await admin.delete(f"/api/users/{name}")).status_code == 404
    assert (await admin.patch(f"/api/users/{name}", json={"role": "viewer"})).status_code == 404


async def test_a_user_may_change_their_own_password_with_the_present_one(viewer: AsyncClient) -> None:
    change = {"password": "a new password", "current_password": PASSWORD}
    assert (await viewer.patch("/api/users/viewer", json=change)).status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"password": "a new password"}, 422),
        ({"password": "a new password", "current_password": "wrong password"}, 403),
        ({"role": "admin", "current_password": PASSWORD}, 403),
    ],
    ids=str,
)
async def test_a_user_may_not_change_more_of_themselves(
    viewer: AsyncClient, change: dict[str, str], status: int
) -> None:
    assert (await viewer.patch("/api/users/viewer", json=change)).status_code == status
    assert await status_of_me(viewer) == 200


async def test_an_admin_who_gives_a_present_password_must_give_the_right_one(admin: AsyncClient) -> None:
    change = {"password": "a new password", "current_password": "wrong password"}
    assert (await admin.patch("/api/users/admin", json=change)).status_code == 403
    change["current_password"] = PASSWORD
    assert (await admin.patch("/api/users/admin", json=change)).status_code == 200


async def test_a_user_may_not_change_somebody_else(viewer: AsyncClient, home: Home) -> None:
    await home.add_user("other", Role.VIEWER)
    change = {"password": "a new password", "current_password": PASSWORD}
    assert (await viewer.patch("/api/users/other", json=change)).status_code == 403


async def test_channels_are_given_and_changed_which_signs_the_user_out(admin: AsyncClient, client: AsyncClient) -> None:
    await admin.post("/api/users", json={**NEW, "channels": ["devices"]})
    credentials = {"username": NEW["username"], "password": NEW["password"]}
    answer = await client.post("/api/auth/login", json=credentials)
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await client.get("/api/alerts")).status_code == 403
    changed = await admin.patch("/api/users/grandma", json={"channels": ["devices", "alerts"]})
    assert changed.json()["channels"] == ["alerts", "devices"]
    assert await status_of_me(client) == 401
    assert (await client.post("/api/auth/refresh")).status_code == 401
    answer = await client.post("/api/auth/login", json=credentials)
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await client.get("/api/alerts")).status_code == 200


@pytest.mark.parametrize("channels", [["alerts", "devices"], ["devices", "alerts"]])
async def test_the_same_channels_again_sign_nobody_out(
    admin: AsyncClient, viewer: AsyncClient, channels: list[str]
) -> None:
    assert (await admin.patch("/api/users/viewer", json={"channels": channels})).status_code == 200
    assert await status_of_me(viewer) == 200


@pytest.mark.parametrize("channels", [[], ["devices"]])
async def test_nobody_but_an_admin_changes_channels(viewer: AsyncClient, channels: list[str]) -> None:
    change = {"channels": channels, "password": "another password", "current_password": PASSWORD}
    assert (await viewer.patch("/api/users/viewer", json=change)).status_code == 403


async def test_a_user_is_left_a_channel(admin: AsyncClient, viewer: AsyncClient) -> None:
    answer = await admin.patch("/api/users/viewer", json={"channels": []})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "channels")
    assert await status_of_me(viewer) == 200
