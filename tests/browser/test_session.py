import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from playwright.async_api import Route, WebSocket, expect

from api.auth.tokens import ALGORITHM
from homeguard.secrets_file import load_or_create_secret
from homeguard.settings import load_settings
from tests.browser.visits import Visits, is_in_mode, sign_in
from tests.integration.home import PASSWORD, Home
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOON = timedelta(seconds=62)  # the server warns 60 s before the end


def ending_soon(home: Home, answer: str) -> str:
    """Sign the token of an answer again, so that it ends soon."""
    key = load_or_create_secret(load_settings(data_dir=home.data_dir).jwt_key_file)
    signed_in = json.loads(answer)
    claims = jwt.decode(signed_in["access_token"], options={"verify_signature": False})
    ends_at = datetime.now(UTC).replace(microsecond=0) + SOON
    token = jwt.encode(claims | {"exp": int(ends_at.timestamp())}, key, ALGORITHM)
    return json.dumps(signed_in | {"access_token": token, "expires_at": ends_at.isoformat()})


async def test_a_token_that_ends_is_renewed_on_the_living_connections(shared_home: Home, visits: Visits) -> None:
    url = shared_home.running["url"]
    page = await visits.blank(url)
    sockets: list[WebSocket] = []
    said: list[tuple[str, str]] = []

    def follow(socket: WebSocket) -> None:
        sockets.append(socket)
        channel = socket.url.partition("?")[0].rpartition("/")[2]
        socket.on("framesent", lambda payload: said.append((channel, json.loads(payload)["type"])))

    async def shorten(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=ending_soon(shared_home, await answer.text()))

    page.on("websocket", follow)
    await page.route("**/api/auth/login", shorten)
    await page.goto(url)
    await sign_in(page)
    await is_in_mode(page, "Live")
    await until(lambda: set(said) == {("alerts", "auth"), ("devices", "auth")})
    await is_in_mode(page, "Live")
    assert len(sockets) == 2
    assert not any(socket.is_closed() for socket in sockets)


async def test_who_is_thrown_out_is_told_and_comes_back_to_the_same_page(shared_home: Home, visits: Visits) -> None:
    visits.allow(r"status of 401")  # the page asks once more before it believes that the session has ended
    async with shared_home.client() as admin:
        await admin.post("/api/users", json={"username": "gina", "password": PASSWORD, "role": "operator"})
        page = await visits.open(f"{shared_home.running['url']}/#/devices", sign_in_as="gina")
        await is_in_mode(page, "Live")
        assert (await admin.patch("/api/users/gina", json={"role": "viewer"})).status_code == 200
        await expect(page.get_by_role("alert")).to_contain_text("session has ended")
        await sign_in(page, "gina")
        await expect(page.get_by_role("heading", name="Devices", exact=True)).to_be_visible()
        await is_in_mode(page, "Live")  # a socket that is cut while it connects is a complaint of the browser's
        await admin.delete("/api/users/gina")
