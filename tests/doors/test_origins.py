"""What pages of other origins may: nothing, unless they are allowed."""

from typing import Any

import httpx
import pytest

from tests.doors.conftest import PASSWORD, House, OpenHouse

DASH = "https://dash.example"
EVIL = "https://evil.example"


async def signed_in(house: House, client: httpx.AsyncClient) -> None:
    await house.add_user("ann")
    answer = await client.post("/api/auth/login", json={"username": "ann", "password": PASSWORD})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/api/auth/refresh", "/api/auth/logout"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "own"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
    ids=str,
)
async def test_a_cookie_is_refused_to_pages_of_others(
    open_house: OpenHouse, path: str, headers: dict[str, str]
) -> None:
    house = await open_house()
    async with house.client() as client:
        await signed_in(house, client)
        headers = {name: house.url if value == "own" else value for name, value in headers.items()}
        refused = await client.post(path, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:homeguard:problem:not-allowed")
        assert (await client.post("/api/auth/refresh")).status_code == 200


@pytest.mark.parametrize("site", ["same-origin", "none", None])
async def test_a_cookie_is_taken_from_our_own_page(open_house: OpenHouse, site: str | None) -> None:
    house = await open_house()
    async with house.client() as client:
        await signed_in(house, client)
        headers = {"Origin": house.url} | ({"Sec-Fetch-Site": site} if site else {})
        assert (await client.post("/api/auth/refresh", headers=headers)).status_code == 200


async def test_a_page_without_tls_is_not_ours_where_we_have_it(open_house: OpenHouse) -> None:
    house = await open_house(trusted_proxies="127.0.0.1", allowed_hosts="guard.example")
    headers = {"Host": "guard.example", "X-Forwarded-Proto": "https"}
    async with house.client(headers=headers) as client:
        for origin, status in (("http://guard.example", 403), ("https://guard.example", 401)):
            assert (await client.post("/api/auth/refresh", headers={"Origin": origin})).status_code == status


def cors_of(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


PREFLIGHT: dict[str, Any] = {
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@pytest.mark.parametrize("allowed", ["", DASH])
async def test_pages_of_others_may_read_nothing(open_house: OpenHouse, allowed: str) -> None:
    house = await open_house(allowed_origins=allowed)
    async with house.client(headers={"Origin": EVIL}) as client:
        answers = [
            await client.options("/api/devices/cam-1", headers=PREFLIGHT),
            await client.get("/api/auth/welcome"),
            await client.get("/"),
        ]
    assert not [answer for answer in answers if "access-control-allow-origin" in answer.headers]


async def test_an_allowed_page_may_call_rest_and_read_when_to_come_again(open_house: OpenHouse) -> None:
    house = await open_house(allowed_origins=DASH, max_calls_per_address=3)
    await house.add_user("ann")
    async with house.client(headers={"Origin": DASH, "Sec-Fetch-Site": "cross-site"}) as client:
        preflight = await client.options("/api/devices/cam-1", headers=PREFLIGHT)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == DASH
        assert "PATCH" in preflight.headers["access-control-allow-methods"]
        assert preflight.headers["x-content-type-options"] == "nosniff"
        answer = await client.post("/api/auth/login", json={"username": "ann", "password": PASSWORD})
        assert cors_of(answer) == {
            "access-control-allow-origin": DASH,
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "Retry-After",
        }
        assert answer.headers["vary"] == "Origin"
        assert (await client.post("/api/auth/refresh")).status_code == 200
        answers = [await client.get("/api/devices") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [401, 429]
    assert all(cors_of(answer)["access-control-allow-origin"] == DASH for answer in answers)


async def test_an_allowed_page_may_not_send_what_rest_has_no_use_for(open_house: OpenHouse) -> None:
    house = await open_house(allowed_origins=DASH)
    async with house.client(headers={"Origin": DASH}) as client:
        for wish in {"Access-Control-Request-Method": "PUT"}, {"Access-Control-Request-Headers": "x-forwarded-for"}:
            assert (await client.options("/api/devices", headers=PREFLIGHT | wish)).status_code == 400
