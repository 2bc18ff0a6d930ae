"""The refresh cookie is Secure where a trusted proxy has TLS, on the way in, at each refresh and on the way out."""

import httpx

from tests.doors.conftest import PASSWORD, OpenHouse

BY_TLS = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}


async def cookies_of(client: httpx.AsyncClient) -> list[str]:
    """Sign in, refresh and sign out; returns each cookie as it was sent."""
    signed_in = await client.post("/api/auth/login", json={"username": "ann", "password": PASSWORD})
    kept = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}  # as the browser, which came by https, would
    refreshed = await client.post("/api/auth/refresh", headers=kept)
    kept = {"Cookie": refreshed.headers["set-cookie"].partition(";")[0]}
    signed_out = await client.post("/api/auth/logout", headers=kept)
    assert (signed_in.status_code, refreshed.status_code, signed_out.status_code) == (200, 200, 204)
    return [answer.headers["set-cookie"] for answer in (signed_in, refreshed, signed_out)]


async def test_cookie_is_secure_where_a_trusted_proxy_has_tls(open_house: OpenHouse) -> None:
    house = await open_house(trusted_proxies=("127.0.0.1",))
    await house.add_user("ann")
    async with house.client(headers=BY_TLS) as client:
        for cookie in await cookies_of(client):
            assert all(word in cookie for word in ("; Secure", "; HttpOnly", "; SameSite=strict"))


async def test_nobody_else_is_believed_about_tls(open_house: OpenHouse) -> None:
    house = await open_house()
    await house.add_user("ann")
    async with house.client(headers=BY_TLS) as client:
        for cookie in await cookies_of(client):  # Secure, a browser that came by http would not keep it
            assert "Secure" not in cookie
