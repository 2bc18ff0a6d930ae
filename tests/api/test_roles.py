import pytest
from httpx import AsyncClient

from api.auth.identity import Role
from tests.api.conftest import SignIn

ENDPOINTS = [
    ("GET", "/api/auth/me", Role.VIEWER),
    ("POST", "/api/auth/ws-ticket", Role.VIEWER),
    ("GET", "/api/devices", Role.VIEWER),
    ("GET", "/api/devices/cam-1", Role.VIEWER),
    ("GET", "/api/devices/cam-1/history", Role.VIEWER),
    ("GET", "/api/alerts", Role.VIEWER),
    ("GET", "/api/alerts/x-1", Role.VIEWER),
    ("GET", "/api/stats", Role.VIEWER),
    ("GET", "/api/about", Role.VIEWER),
    ("GET", "/api/events", Role.VIEWER),
    ("POST", "/api/devices/cam-1/block", Role.OPERATOR),
    ("POST", "/api/devices/cam-1/unblock", Role.OPERATOR),
    ("POST", "/api/alerts/x-1/acknowledge", Role.OPERATOR),
    ("POST", "/api/alerts/acknowledge", Role.OPERATOR),
    ("GET", "/api/rejects", Role.OPERATOR),
    ("GET", "/api/clients", Role.OPERATOR),
    ("PATCH", "/api/devices/cam-1", Role.ADMIN),
    ("DELETE", "/api/devices/cam-1", Role.ADMIN),
    ("GET", "/api/audit", Role.ADMIN),
    ("GET", "/api/users", Role.ADMIN),
    ("POST", "/api/users", Role.ADMIN),
    ("PATCH", "/api/users/admin", Role.ADMIN),
    ("DELETE", "/api/users/somebody", Role.ADMIN),
]
BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("POST", "/api/alerts/acknowledge"): {"ids": ["x-1"]},
    ("PATCH", "/api/devices/cam-1"): {},
    ("POST", "/api/users"): {"username": "x", "password": "short"},
    ("PATCH", "/api/users/admin"): {"password": "short"},
}


@pytest.mark.parametrize("role", list(Role))
async def test_an_endpoint_is_open_when_the_role_is_large_enough(sign_in: SignIn, role: Role) -> None:
    client = await sign_in(role)
    for method, path, needed in ENDPOINTS:
        answer = await client.request(method, path, json=BODIES.get((method, path)))
        assert (answer.status_code != 403) == role.includes(needed), f"{method} {path}: {answer.text}"
        assert answer.status_code not in (401, 500)


@pytest.mark.parametrize(("method", "path", "_"), ENDPOINTS)
async def test_an_endpoint_is_closed_when_there_is_no_token(
    client: AsyncClient, method: str, path: str, _: Role
) -> None:
    answer = await client.request(method, path, json=BODIES.get((method, path)))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_refusal_says_which_role_is_needed(viewer: AsyncClient) -> None:
    answer = await viewer.post("/api/devices/cam-1/block")
    assert answer.json()["detail"] == "this needs the role operator; viewer is viewer"
