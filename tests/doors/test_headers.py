"""Every answer says what browsers must not do with it, whoever wrote it."""

import re
from time import perf_counter

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.headers import SecurityHeaders
from tests.doors.conftest import PASSWORD, OpenHouse

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "a" * 22 + "==",
}


def check(answer: httpx.Response) -> None:
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["x-frame-options"] in ("DENY", "SAMEORIGIN")
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers
    names = [name.lower() for name, _ in answer.headers.raw]
    assert len(names) == len(set(names)), "a header twice"


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/api/devices", {}, 401),
        ("POST", "/api/auth/login", {"json": {"username": "ann", "password": "a wrong guess"}}, 401),
        ("POST", "/api/auth/login", {"json": {}}, 422),
        ("POST", "/api/auth/login", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "/api/auth/login", {"content": b" " * 70_000}, 413),
        ("POST", "/api/auth/refresh", {"headers": {"Origin": "http://evil.example"}}, 403),
        ("PUT", "/api/devices", {}, 405),
        ("GET", "/nothing", {}, 404),
        ("GET", "/assets/nothing.js", {}, 404),
        ("GET", "/healthz", {}, 200),
        ("GET", "/readyz", {}, 503),
        ("GET", "/openapi.json", {}, 200),
        ("GET", "/healthz", {"headers": {"Host": "evil.example"}}, 421),
        ("GET", "/ws/alerts", {"headers": UPGRADE}, 401),
        ("GET", "/ws/nothing", {"headers": UPGRADE}, 404),
        ("GET", "/ws/alerts", {"headers": UPGRADE | {"Origin": "http://evil.example"}}, 403),
    ],
)
async def test_what_is_no_page_may_do_nothing(
    open_house: OpenHouse, method: str, path: str, options: dict[str, object], status: int
) -> None:
    house = await open_house()
    async with house.client() as client:
        answer = await client.request(method, path, **options)  # type: ignore[arg-type]
    assert answer.status_code == status
    check(answer)
    assert answer.headers["content-security-policy"] == NO_PAGE
    if status >= 400:
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/docs", "/static-offline-docs/swagger-ui.css"])
async def test_pages_of_ours_have_the_rest_too(open_house: OpenHouse, path: str) -> None:
    house = await open_house()
    async with house.client() as client:
        check(await client.get(path))


async def test_what_needs_a_token_is_kept_by_nobody(open_house: OpenHouse) -> None:
    house = await open_house()
    await house.add_user("ann")
    async with house.client() as client:
        answer = await client.post("/api/auth/login", json={"username": "ann", "password": PASSWORD})
        check(answer)
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        for path in "/api/devices", "/api/events", "/api/auth/me", "/api/users":
            answer = await client.get(path)
            check(answer)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


async def test_a_call_too_many_has_them_too(open_house: OpenHouse) -> None:
    house = await open_house(max_calls_per_address=1)
    async with house.client() as client:
        answers = [await client.get("/api/auth/welcome") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert 0 < int(answers[1].headers["retry-after"]) <= 60
    check(answers[1])


async def test_a_fault_of_ours_has_them_too(open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await open_house()

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.context.journal, "read", fail)
    async with house.client() as client:
        answer = await client.get("/api/auth/welcome")
    assert answer.status_code == 500
    check(answer)


async def test_docs_run_their_own_scripts_alone(open_house: OpenHouse) -> None:
    house = await open_house()
    async with house.client() as client:
        answer = await client.get("/docs")
    policy = answer.headers["content-security-policy"]
    assert re.search(r"script-src 'self' 'sha256-[\w+/]{43}=';", policy)
    assert "default-src 'none'" in policy
    assert "http" not in policy


async def hsts_of(scheme: str, seconds: int = 60) -> list[bytes]:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    sent: list[Message] = []
    await SecurityHeaders(app, seconds)({"type": "http", "scheme": scheme, "path": "/"}, receive, send)
    return [value for name, value in sent[0]["headers"] if name == b"strict-transport-security"]


async def test_browsers_insist_on_tls_only_where_there_is_some() -> None:
    assert await hsts_of("https") == [b"max-age=60"]
    assert await hsts_of("http") == []
    assert await hsts_of("https", seconds=0) == []


async def test_a_call_costs_some_microseconds_more() -> None:
    """Measured: 1.4 µs, of a call that takes hundreds; the limit leaves room for a box that runs other tests too."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})

    async def receive() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        pass

    async def cost(serve: ASGIApp) -> float:
        begun = perf_counter()
        for _ in range(2000):
            await serve({"type": "http", "scheme": "http", "path": "/api/devices"}, receive, send)
        return (perf_counter() - begun) / 2000

    bare = min([await cost(app) for _ in range(5)])
    shelled = min([await cost(SecurityHeaders(app, 60)) for _ in range(5)])
    assert shelled - bare < 20e-6
