from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from api.problems import MAX_BODY_BYTES, response_for
from api.services import devices
from homeguard.errors import Misconfigured, Unavailable
from homeguard.health import OFFLINE, ONLINE
from tests.api.conftest import Home

JSON = {"Content-Type": "application/json"}
LOGIN = "/api/auth/login"


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b'{"username": "ann"\n,}', "at line 2 column 2"),
        (b"hello", "the body is not JSON: Expecting value at line 1 column 1"),
        (b'{"username": "\xff"}', "the body is not UTF-8: invalid start byte at byte 14"),
        (b"[" * 50_000, "the body is nested too deep"),
    ],
    ids=lambda value: str(value[:20]),
)
async def test_a_body_that_cannot_be_read_is_told_where(client: AsyncClient, content: bytes, detail: str) -> None:
    answer = await client.post(LOGIN, content=content, headers=JSON)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:homeguard:problem:bad-json"
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/x-www-form-urlencoded"}], ids=str)
async def test_a_body_that_is_not_said_to_be_json_is_told_so(client: AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post(LOGIN, content=b'{"username": "ann"}', headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:homeguard:problem:not-json")
    assert "Content-Type: application/json" in answer.json()["detail"]


async def test_a_body_that_is_missing_is_told_so(client: AsyncClient) -> None:
    answer = await client.post(LOGIN)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "body", "message": "is required"}]


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 1024):
        yield b" " * 1024


@pytest.mark.parametrize("path", [LOGIN, "/api/devices/cam-1/block"])
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_large_is_refused(operator: AsyncClient, path: str, declared: bool) -> None:
    size = MAX_BODY_BYTES + 1024
    answer = await operator.post(path, content=b" " * size if declared else in_pieces(size), headers=JSON)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert answer.json()["detail"] == "the body has more than 65536 bytes"


async def test_a_body_that_is_too_large_is_refused_when_nobody_would_read_it(operator: AsyncClient) -> None:
    answer = await operator.post("/api/devices/cam-1/unblock", content=b" " * (MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


async def test_a_body_of_just_the_limit_is_read(client: AsyncClient) -> None:
    answer = await client.post(LOGIN, content=b"{}".ljust(MAX_BODY_BYTES), headers=JSON)
    assert answer.status_code == 422


async def test_the_next_good_request_arrives_after_bad_ones(operator: AsyncClient) -> None:
    for content in b"{", b" " * (MAX_BODY_BYTES + 1), b"\xff":
        await operator.post("/api/devices/cam-1/block", content=content, headers=JSON)
    assert (await operator.get("/api/devices")).status_code == 200


async def test_an_unknown_path_is_a_problem(client: AsyncClient) -> None:
    answer = await client.get("/api/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "urn:homeguard:problem:not-found",
        "title": "There is no such thing",
        "status": 404,
        "detail": "there is nothing at /api/nothing",
    }


async def test_a_wrong_method_is_a_problem_that_names_the_right_one(client: AsyncClient) -> None:
    answer = await client.put("/api/auth/me")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["detail"] == "/api/auth/me does not take PUT"


async def test_a_wrong_method_names_all_that_the_path_takes(client: AsyncClient) -> None:
    answer = await client.put("/api/devices/cam-1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PATCH, DELETE")


async def test_a_neighbour_that_is_away_is_a_problem_with_a_time_to_wait(
    viewer: AsyncClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise Unavailable("the journal", "database is locked")

    monkeypatch.setattr(devices, "list_devices", fail)
    answer = await viewer.get("/api/devices")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == "the journal is unavailable: database is locked"


async def test_a_fault_of_ours_is_a_problem_that_tells_no_secrets(app: FastAPI) -> None:
    @app.get("/fault")
    async def fault() -> None:
        raise ZeroDivisionError("secret")

    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://home.test") as client:
        answer = await client.get("/fault")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text


def test_an_error_that_no_client_can_cure_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    assert response_for(Misconfigured("no key")).status_code == 500
    assert "no key" in caplog.text


async def test_healthz_answers_when_nothing_works(client: AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readyz_says_what_is_missing(client: AsyncClient, home: Home) -> None:
    home.context.health.update(reason="connection refused")
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not_ready",
        "bridge": OFFLINE,
        "broker": OFFLINE,
        "storage": ONLINE,
        "lag_seconds": 0,
        "reason": "connection refused",
    }
    home.context.health.update(bridge=ONLINE, broker=ONLINE, reason=None)
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


async def test_the_openapi_document_declares_every_problem(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        "/api/about",
        "/api/audit",
        "/api/auth/login",
        "/api/auth/refresh",
        "/api/auth/logout",
        "/api/auth/me",
        "/api/auth/ws-ticket",
        "/api/auth/welcome",
        "/api/clients",
        "/api/devices",
        "/api/enforcers",
        "/api/devices/{id}",
        "/api/devices/{id}/credentials",
        "/api/devices/{id}/block",
        "/api/devices/{id}/history",
        "/api/devices/{id}/unblock",
        "/api/alerts",
        "/api/alerts/acknowledge",
        "/api/alerts/{id}",
        "/api/alerts/{id}/acknowledge",
        "/api/events",
        "/api/rejects",
        "/api/sessions",
        "/api/sessions/{id}",
        "/api/stats",
        "/api/users",
        "/api/users/{username}",
        "/healthz",
        "/readyz",
    }
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["tags"], path
            assert operation["summary"], path
            for status, response in operation["responses"].items():
                if int(status) >= 400 and path != "/readyz":
                    assert list(response["content"]) == ["application/problem+json"], path
