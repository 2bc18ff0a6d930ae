from datetime import timedelta

import jwt
import pytest
from httpx import URL, ASGITransport, AsyncClient, Response
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.types import Receive, Scope, Send

from api.auth.identity import Role
from api.auth.passwords import Passwords
from api.services import sessions, users
from homeguard.errors import BadCredentials, Misconfigured
from homeguard.journal.first_start import first_password
from homeguard.journal.sessions import session_id_of
from homeguard.journal.users import add_user, change_user, find_user
from homeguard.settings import load_settings
from tests.api.conftest import KEY, PASSWORD, Home
from tests.clock import ManualClock

COOKIE = "homeguard_refresh"


async def login(client: AsyncClient, username: str = "ann", password: str = PASSWORD) -> Response:
    return await client.post("/api/auth/login", json={"username": username, "password": password})


@pytest.fixture
async def ann(home: Home, client: AsyncClient) -> AsyncClient:
    """A client with ann's cookie, and no token."""
    await home.add_user("ann", Role.OPERATOR)
    assert (await login(client)).status_code == 200
    return client


def bearer(answer: Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_login_answers_a_token_and_a_cookie_that_pages_cannot_read(home: Home, client: AsyncClient) -> None:
    await home.add_user("ann", Role.OPERATOR)
    answer = await login(client)
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_at"] == "2026-11-23T20:15:00.000Z"
    assert body["user"] == {"username": "ann", "role": "operator", "channels": ["alerts", "devices"]}
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "expires="))
    assert "path" not in cookie.lower()  # so that it is /api/auth, or that below where a proxy shows HomeGuard
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"


async def test_login_marks_the_cookie_secure_when_it_is_set(home: Home, client: AsyncClient) -> None:
    home.context.settings = home.context.settings.model_copy(update={"secure_cookies": True})
    await home.add_user("ann", Role.VIEWER)
    assert "; Secure" in (await login(client)).headers["set-cookie"]


async def test_cookie_is_secure_by_itself_where_the_browser_came_over_tls(home: Home, client: AsyncClient) -> None:
    await home.add_user("ann", Role.VIEWER)
    client.base_url = URL("https://home.test")
    signed_in = await login(client)
    refreshed = await client.post("/api/auth/refresh")
    assert signed_in.status_code == refreshed.status_code == 200
    for answer in (signed_in, refreshed, await client.post("/api/auth/logout")):
        assert "; Secure" in answer.headers["set-cookie"]


async def test_login_takes_the_name_when_a_phone_has_capitalised_it(home: Home, client: AsyncClient) -> None:
    await home.add_user("ann", Role.VIEWER)
    assert (await login(client, username="Ann")).status_code == 200


@pytest.mark.parametrize(("username", "password"), [("ann", "wrong password"), ("nobody", PASSWORD)])
async def test_login_says_the_same_when_name_or_password_is_wrong(
    home: Home, client: AsyncClient, username: str, password: str
) -> None:
    await home.add_user("ann", Role.VIEWER)
    answer = await login(client, username, password)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"] == "the user name or the password is wrong"
    assert "set-cookie" not in answer.headers


async def test_login_keeps_todays_hash_when_the_old_one_is_of_other_strength(home: Home, client: AsyncClient) -> None:
    old = Passwords(Argon2Hasher(time_cost=1, memory_cost=16, parallelism=1)).hash_now(PASSWORD)
    await home.context.journal.write(lambda tx: add_user(tx, "ann", old, "viewer"))
    for _ in range(2):
        assert (await login(client)).status_code == 200
    user = await home.context.journal.read(lambda: find_user("ann"))
    assert user is not None
    assert "m=8," in user.password_hash


async def test_login_refuses_when_the_password_was_changed_meanwhile(home: Home, client: AsyncClient) -> None:
    await home.add_user("ann", Role.VIEWER)
    verify = home.context.passwords.verify

    async def slow(password: str, password_hash: str | None) -> tuple[bool, str | None]:
        proved = await verify(password, password_hash)
        await home.context.journal.write(lambda tx: change_user(tx, "ann", password_hash="another"))
        return proved

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home.context.passwords, "verify", slow)
        assert (await login(client)).status_code == 401


async def test_login_names_the_field_when_the_body_is_wrong(client: AsyncClient) -> None:
    answer = await client.post("/api/auth/login", json={"username": 7, "token": "x"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"username", "password", "token"}


async def test_me_tells_who_the_token_is(ann: AsyncClient) -> None:
    answer = await ann.get("/api/auth/me", headers=bearer(await login(ann)))
    assert answer.status_code == 200
    assert (answer.json()["username"], answer.json()["role"]) == ("ann", "operator")


async def test_me_refuses_when_there_is_no_token(ann: AsyncClient) -> None:
    answer = await ann.get("/api/auth/me")
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:homeguard:problem:bad-credentials"


async def test_me_says_expired_when_the_token_has_ended(ann: AsyncClient, clock: ManualClock) -> None:
    headers = bearer(await login(ann))
    clock.advance(16 * 60)
    answer = await ann.get("/api/auth/me", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:homeguard:problem:token-expired"


@pytest.mark.parametrize(
    "change",
    [{"aud": "elsewhere"}, {"exp": None}, {"iss": "elsewhere"}, {"sid": "made-up"}, {"role": "admin"}, {"sub": "bob"}],
    ids=str,
)
async def test_me_refuses_when_a_signed_token_claims_something_else(
    ann: AsyncClient, change: dict[str, str | None]
) -> None:
    good = jwt.decode((await login(ann)).json()["access_token"], options={"verify_signature": False})
    token = jwt.encode({k: v for k, v in (good | change).items() if v is not None}, KEY)
    assert (await ann.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})).status_code == 401


async def test_me_refuses_a_token_when_the_key_is_another(ann: AsyncClient) -> None:
    good = jwt.decode((await login(ann)).json()["access_token"], options={"verify_signature": False})
    for forged in jwt.encode(good, b"x" * 32), jwt.encode(good, "", algorithm="none"):
        assert (await ann.get("/api/auth/me", headers={"Authorization": f"Bearer {forged}"})).status_code == 401


async def test_refresh_gives_a_fresh_token_and_another_cookie(ann: AsyncClient, clock: ManualClock) -> None:
    before = ann.cookies[COOKIE]
    clock.advance(3600)
    answer = await ann.post("/api/auth/refresh")
    assert answer.status_code == 200
    assert ann.cookies[COOKIE] != before
    assert (await ann.get("/api/auth/me", headers=bearer(answer))).status_code == 200


async def test_refresh_ends_the_session_when_a_cookie_is_used_again(ann: AsyncClient, home: Home) -> None:
    ended: list[str] = []
    home.context.on_sessions_ended(ended.extend)
    stolen = ann.cookies[COOKIE]
    for _ in range(2):  # the thief's token is older than the one that was replaced last
        fresh = await ann.post("/api/auth/refresh")
    current = ann.cookies[COOKIE]
    ann.cookies.clear()
    assert (await ann.post("/api/auth/refresh", headers={"Cookie": f"{COOKIE}={stolen}"})).status_code == 401
    assert (await ann.post("/api/auth/refresh", headers={"Cookie": f"{COOKIE}={current}"})).status_code == 401
    assert (await ann.get("/api/auth/me", headers=bearer(fresh))).status_code == 401
    assert ended == [session_id_of(stolen)]


async def test_refresh_takes_the_cookie_once_more_when_its_answer_was_lost(
    ann: AsyncClient, clock: ManualClock
) -> None:
    lost = {"Cookie": f"{COOKIE}={ann.cookies[COOKIE]}"}
    await ann.post("/api/auth/refresh")
    ann.cookies.clear()
    clock.advance(9)
    again = await ann.post("/api/auth/refresh", headers=lost)
    assert again.status_code == 200
    assert (await ann.get("/api/auth/me", headers=bearer(again))).status_code == 200
    clock.advance(15 * 60)
    assert (await ann.post("/api/auth/refresh")).status_code == 200


async def test_a_page_below_a_path_of_a_proxy_stays_signed_in(home: Home) -> None:
    await home.add_user("ann", Role.VIEWER)

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        """Strip the prefix, as an ingress does, and say nothing of it."""
        path = scope["path"].removeprefix("/home")
        await home.app({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    async with AsyncClient(transport=ASGITransport(proxy), base_url="http://home.test") as client:
        signed_in = {"username": "ann", "password": PASSWORD}
        assert (await client.post("/home/api/auth/login", json=signed_in)).status_code == 200
        assert [cookie.path for cookie in client.cookies.jar] == ["/home/api/auth"]
        assert (await client.post("/home/api/auth/refresh")).status_code == 200
        assert (await client.post("/home/api/auth/logout")).status_code == 204
        assert not list(client.cookies.jar)


async def test_refresh_refuses_when_the_session_is_over(ann: AsyncClient, clock: ManualClock) -> None:
    clock.advance(timedelta(days=30).total_seconds())
    ann_cookie = {"Cookie": f"{COOKIE}={ann.cookies[COOKIE]}"}
    assert (await ann.post("/api/auth/refresh", headers=ann_cookie)).status_code == 401


async def test_an_access_token_ends_no_later_than_its_session(ann: AsyncClient, clock: ManualClock) -> None:
    clock.advance(timedelta(days=30).total_seconds() - 60)
    answer = await ann.post("/api/auth/refresh", headers={"Cookie": f"{COOKIE}={ann.cookies[COOKIE]}"})
    assert answer.json()["expires_at"] == "2026-12-23T20:00:00.000Z"


@pytest.mark.parametrize("cookie", ["", "nonsense", "a.b", "ä.ö"])
async def test_refresh_refuses_when_the_cookie_is_not_ours(client: AsyncClient, cookie: str) -> None:
    headers = {b"Cookie": f"{COOKIE}={cookie}".encode("latin-1")}
    assert (await client.post("/api/auth/refresh", headers=headers)).status_code == 401


async def test_refresh_refuses_when_there_is_no_cookie(client: AsyncClient) -> None:
    answer = await client.post("/api/auth/refresh")
    assert (answer.status_code, answer.json()["detail"]) == (401, "sign in first: there is no refresh cookie")


@pytest.mark.parametrize("path", ["/api/auth/refresh", "/api/auth/logout"])
@pytest.mark.parametrize("origin", ["http://evil.test", "http://home.test:81", "null"])
async def test_the_cookie_is_refused_when_a_page_of_another_site_asks(ann: AsyncClient, path: str, origin: str) -> None:
    assert (await ann.post(path, headers={"Origin": origin})).status_code == 403
    assert (await ann.post("/api/auth/refresh")).status_code == 200


async def test_the_cookie_is_taken_when_the_page_is_ours_or_allowed(ann: AsyncClient, home: Home) -> None:
    home.context.settings = home.context.settings.model_copy(update={"allowed_origins": ("https://dash.test",)})
    for origin in "http://home.test", "https://dash.test":
        assert (await ann.post("/api/auth/refresh", headers={"Origin": origin})).status_code == 200


async def test_logout_ends_the_session_and_takes_the_cookie_away(ann: AsyncClient, home: Home) -> None:
    ended: list[str] = []
    home.context.on_sessions_ended(ended.extend)
    fresh = await ann.post("/api/auth/refresh")
    cookie = ann.cookies[COOKIE]
    answer = await ann.post("/api/auth/logout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert COOKIE not in ann.cookies
    assert ended == [session_id_of(cookie)]
    assert (await ann.get("/api/auth/me", headers=bearer(fresh))).status_code == 401
    assert (await ann.post("/api/auth/refresh", headers={"Cookie": f"{COOKIE}={cookie}"})).status_code == 401


async def test_logout_ends_the_session_of_a_token_when_there_is_no_cookie(ann: AsyncClient) -> None:
    headers = bearer(await login(ann))
    ann.cookies.clear()
    assert (await ann.post("/api/auth/logout", headers=headers)).status_code == 204
    assert (await ann.get("/api/auth/me", headers=headers)).status_code == 401


async def test_logout_is_no_mistake_when_nobody_is_signed_in(client: AsyncClient) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    assert (await client.post("/api/auth/logout", headers=headers)).status_code == 204


async def test_a_ticket_stands_for_its_user_once(operator: AsyncClient, home: Home) -> None:
    answer = await operator.post("/api/auth/ws-ticket")
    assert answer.json()["expires_in_seconds"] == 30
    ticket = answer.json()["ticket"]
    assert (await sessions.identify_ticket(home.context, ticket)).username == "operator"
    with pytest.raises(BadCredentials):
        await sessions.identify_ticket(home.context, ticket)


async def test_a_ticket_is_refused_when_its_session_has_ended(operator: AsyncClient, home: Home) -> None:
    ticket = (await operator.post("/api/auth/ws-ticket")).json()["ticket"]
    await operator.post("/api/auth/logout")
    with pytest.raises(BadCredentials):
        await sessions.identify_ticket(home.context, ticket)


async def test_ensure_admin_makes_one_with_a_password_when_there_is_no_user(home: Home, client: AsyncClient) -> None:
    password = await users.ensure_admin(home.context)
    assert password is not None
    assert (await login(client, "admin", password)).json()["user"]["role"] == "admin"
    assert await users.ensure_admin(home.context) is None


async def test_ensure_admin_takes_the_password_that_is_set(
    home: Home, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMEGUARD_ADMIN_PASSWORD", "given by the owner")
    home.context.settings = load_settings(data_dir=home.context.settings.data_dir)
    assert await users.ensure_admin(home.context) is None
    assert (await login(client, "admin", "given by the owner")).status_code == 200


async def test_ensure_admin_names_the_setting_when_its_password_is_no_good(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMEGUARD_ADMIN_PASSWORD", "x" * 2000)
    home.context.settings = load_settings(data_dir=home.context.settings.data_dir)
    with pytest.raises(Misconfigured, match="HOMEGUARD_ADMIN_PASSWORD"):
        await users.ensure_admin(home.context)


async def test_ensure_admin_makes_nobody_when_there_is_somebody(home: Home) -> None:
    await home.add_user("ann", Role.ADMIN)
    assert await users.ensure_admin(home.context) is None
    assert await home.context.journal.read(first_password) is None
