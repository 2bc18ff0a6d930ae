"""Tokens of one's own identity provider, at both doors of a real server: what they give, and how they end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.auth.identity import Role
from api.auth.jwks import ASK_SECONDS
from api.auth.provider import Provider
from homeguard.audit import Action
from homeguard.clock import utc_now
from homeguard.errors import Misconfigured
from homeguard.journal.audit import page_of_audit
from homeguard.journal.people import RevokedTokenRow
from homeguard.journal.revoked import revoke_token
from homeguard.settings import load_settings
from tests.api.provider import ISSUER, JwksServer, jwk, jwks_server, pem
from tests.api.provider_home import Home, home_with
from tests.api.real_server import say
from tests.clock import ManualClock
from tests.live.conftest import closing, next_of


@pytest.fixture
def jwks() -> Iterator[JwksServer]:
    with jwks_server() as server:
        yield server


@pytest.fixture
async def home(tmp_path: Path, clock: ManualClock, jwks: JwksServer) -> AsyncIterator[Home]:
    async with home_with(tmp_path, clock, oidc_jwks_url=jwks.url) as home:
        yield home


async def test_a_token_of_the_provider_opens_both_doors_as_a_viewer(home: Home) -> None:
    assert await home.server.statuses(home.token()) == (200, 101)
    me = await home.me(home.token())
    assert (me["username"], me["role"], me["channels"]) == ("zoe", "viewer", ["alerts", "devices"])
    assert await home.server.statuses(await home.server.token("ann")) == (200, 101)


@pytest.mark.parametrize("kind", ["RS256", "ES256", "EdDSA"])
async def test_each_algorithm_is_taken_from_a_set_and_from_a_file(
    tmp_path: Path, clock: ManualClock, jwks: JwksServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jwks.keys = [jwk(kind, "one"), jwk(kind, "other", which=1)]
    async with home_with(tmp_path / "url", clock, oidc_jwks_url=jwks.url) as home:
        assert await home.server.statuses(home.token(kind)) == (200, 101)
    file = tmp_path / "key.pem"
    file.write_text(pem(kind))
    monkeypatch.setenv("HOMEGUARD_OIDC_PUBLIC_KEY_FILE", str(file))
    async with home_with(tmp_path / "file", clock) as home:
        assert await home.server.statuses(home.token(kind)) == (200, 101)
        assert await home.server.statuses(home.token(kind, kid=None)) == (200, 101)
        assert await home.server.statuses(home.token(kind, which=1)) == (401, 401)


@pytest.mark.parametrize(
    ("settings", "claims", "role"),
    [
        ({}, {"role": "admin"}, "viewer"),
        ({"oidc_role_claim": "role"}, {"role": "operator"}, "operator"),
        ({"oidc_role_claim": "role"}, {"role": "root"}, "viewer"),
        ({"oidc_role_claim": "role"}, {}, "viewer"),
        ({"oidc_role_claim": "role"}, {"role": {"admin": True}}, "viewer"),
        (
            {"oidc_role_claim": "groups", "oidc_roles": "kids=viewer,parents=admin"},
            {"groups": ["kids", "parents"]},
            "admin",
        ),
        ({"oidc_role_claim": "groups", "oidc_roles": "cn=a=operator"}, {"groups": ["cn=a", "admin"]}, "operator"),
        ({"oidc_role_claim": "realm_access.roles"}, {"realm_access": {"roles": ["x", "admin"]}}, "admin"),
        ({"oidc_role_claim": "https://x.example/role"}, {"https://x.example/role": "admin"}, "admin"),
        ({"oidc_role_claim": "scope"}, {"scope": "openid operator"}, "operator"),
    ],
)
async def test_a_claim_gives_the_role(
    tmp_path: Path, clock: ManualClock, jwks: JwksServer, settings: Any, claims: Any, role: str
) -> None:
    async with home_with(tmp_path, clock, oidc_jwks_url=jwks.url, **settings) as home:
        assert (await home.me(home.token(**claims)))["role"] == role


async def test_a_claim_gives_the_name_and_the_channels(tmp_path: Path, clock: ManualClock, jwks: JwksServer) -> None:
    claims = {"oidc_username_claim": "email", "oidc_channels_claim": "channels"}
    async with home_with(tmp_path, clock, oidc_jwks_url=jwks.url, **claims) as home:
        me = await home.me(home.token(email="Zoe@x.example", channels=["devices"]))
        assert (me["username"], me["channels"]) == ("Zoe@x.example", ["devices"])
        assert await home.server.statuses(home.token(email="zoe", channels="devices")) == (200, 403)
        assert await home.server.statuses(home.token(email="zoe", jti="j2")) == (200, 403)
        assert await home.server.statuses(home.token()) == (401, 401)


async def test_waiting_helps_while_the_provider_never_answered(home: Home, jwks: JwksServer) -> None:
    jwks.status = 503
    assert await home.server.statuses(home.token()) == (503, 503)
    assert await home.server.statuses(await home.server.token("ann")) == (200, 101)
    assert jwks.asked == 1
    assert ASK_SECONDS <= 30


async def test_a_socket_ends_with_its_token_and_lives_on_with_a_fresh_one(home: Home, clock: ManualClock) -> None:
    async with home.server.socket(home.token()) as websocket:
        clock.advance(241)
        assert (await next_of(websocket, "token_expiring"))["type"] == "token_expiring"
        await say(websocket, home.token(jti="j2"))
        await next_frame_after_renewal(home, websocket)
        clock.advance(306)
        assert await closing(websocket) == 4402


async def next_frame_after_renewal(home: Home, websocket: Any) -> None:
    """Wait until the fresh token counts."""
    ends = home.clock() + timedelta(seconds=300)
    async with asyncio.timeout(10):
        while [who.expires_at for who in home.server.fanout.identities()] != [ends.replace(microsecond=0)]:
            await websocket.send('{"type":"ping"}')
            await next_of(websocket, "pong")
            await asyncio.sleep(0.05)


async def test_a_token_of_the_provider_for_somebody_else_closes_the_socket(home: Home) -> None:
    async with home.server.socket(home.token()) as websocket:
        await say(websocket, home.token(sub="yan"))
        assert await closing(websocket) == 4403
    async with home.server.socket(await home.server.token("ann")) as websocket:
        await say(websocket, home.token())
        assert await closing(websocket) == 4403


async def test_signing_out_ends_a_token_of_the_provider_and_its_sockets(home: Home) -> None:
    token, other = home.token(), home.token(jti="j2")
    async with home.server.socket(token) as websocket:
        assert await home.sign_out(token) == 204
        assert await closing(websocket) == 4409
    assert await home.server.statuses(token) == (401, 401)
    assert await home.server.statuses(other) == (200, 101)
    entries = await home.server.context.journal.read(lambda: page_of_audit(None, 10, action=Action.LOGOUT))
    assert [entry["by"] for entry in entries] == ["zoe"]


async def test_an_admin_ends_a_token_of_the_provider_and_a_stranger_does_not(home: Home) -> None:
    await home.server.add("root", Role.ADMIN)
    token = home.token()
    path = f"/api/sessions/{(await home.me(token))['session_id']}"
    async with (
        home.server.browser("ann") as ann,
        home.server.browser("root") as root,
        home.server.socket(token) as websocket,
    ):
        assert (await ann.delete(path)).status_code == 404
        assert (await root.delete(path)).status_code == 204
        assert await closing(websocket) == 4409
        assert (await root.delete(path)).status_code == 404
        assert (await root.get("/api/audit?action=session_ended")).json()["items"][0]["target"] == path[14:]
    assert await home.server.statuses(token) == (401, 401)


async def test_a_bearer_ends_their_own_token_by_its_id(home: Home) -> None:
    token = home.token()
    async with home.server.browser() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        session_id = (await client.get("/api/auth/me")).json()["session_id"]
        assert (await client.delete(f"/api/sessions/{session_id}")).status_code == 204
    assert await home.server.statuses(token) == (401, 401)


async def test_a_token_that_another_process_has_ended_closes_its_sockets(home: Home) -> None:
    token = home.token()
    session_id = (await home.me(token))["session_id"]
    async with home.server.socket(token) as websocket:
        until = home.clock() + timedelta(minutes=10)
        await home.server.context.journal.write(lambda tx: revoke_token(tx, session_id, until))
        assert await closing(websocket) == 4409


async def test_a_user_of_ours_takes_the_name_from_the_provider(home: Home) -> None:
    async with home.server.socket(home.token()) as websocket:
        await home.server.add("zoe")
        assert await closing(websocket) == 4409


async def test_a_ticket_is_dead_when_its_token_was_ended(home: Home) -> None:
    token = home.token()
    async with home.server.browser() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        tickets = [(await client.post("/api/auth/ws-ticket")).json()["ticket"] for _ in range(2)]
    assert await home.server.knock(query=f"?ticket={tickets[0]}") == 101
    assert await home.sign_out(token) == 204
    assert await home.server.knock(query=f"?ticket={tickets[1]}") == 401


async def test_an_ended_token_is_remembered_no_longer_than_it_could_come_back(home: Home, clock: ManualClock) -> None:
    assert await home.sign_out(home.token()) == 204
    clock.advance(3600)
    assert await home.sign_out(home.token()) == 204
    assert await home.server.context.journal.read(lambda: RevokedTokenRow.select().count()) == 1


async def test_a_provider_gives_no_refresh_cookie(home: Home) -> None:
    async with home.server.browser() as client:
        answer = await client.post("/api/auth/refresh", headers={"Authorization": f"Bearer {home.token()}"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"oidc_jwks_url": "https://id.example/jwks"}, "OIDC_ISSUER is not set"),
        ({"oidc_jwks_url": "http://id.example/jwks", "oidc_issuer": ISSUER}, "must be https"),
        ({"oidc_public_key": "nonsense", "oidc_issuer": ISSUER}, "OIDC_PUBLIC_KEY: it is no public key"),
        ({"oidc_public_key": pem("RS256 short"), "oidc_issuer": ISSUER}, "1024 bits is too short"),
        ({"oidc_public_key": "x", "oidc_jwks_url": "https://id.example", "oidc_issuer": ISSUER}, "one is enough"),
    ],
)
def test_a_provider_that_is_set_wrong_refuses_the_start(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        Provider.of(load_settings(**settings), utc_now)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ALGORITHMS", "RS256,HS256"),
        ("OIDC_ALGORITHMS", "none"),
        ("OIDC_ROLES", "parents"),
        ("OIDC_ROLES", "x=root"),
    ],
)
def test_a_setting_that_would_weaken_it_is_refused_by_its_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"HOMEGUARD_{name}", value)
    with pytest.raises(Misconfigured, match=f"HOMEGUARD_{name}"):
        load_settings()
