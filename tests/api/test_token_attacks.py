"""Whoever has no good token gets in by neither door: forged, expired, confused, replayed and stolen ones."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from api.auth.identity import Role
from api.auth.keys import rotate
from api.auth.tickets import LIFETIME
from api.auth.tokens import MAX_TOKEN
from homeguard.journal.sessions import GRACE, end_all_sessions
from tests.api.provider import pem
from tests.api.real_server import RealServer, real_server, say
from tests.clock import ManualClock
from tests.live.conftest import closing, next_of
from tests.waiting import until

REFRESH = "homeguard_refresh"


@pytest.fixture
async def server(tmp_path: Path, clock: ManualClock) -> AsyncIterator[RealServer]:
    async with real_server(tmp_path, clock) as server:
        await server.add("ann", Role.OPERATOR)
        await server.add("eve")
        yield server


def key_of(server: RealServer) -> bytes:
    return bytes.fromhex(server.context.settings.jwt_key_file.read_text())


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def header_of(token: str) -> dict[str, Any]:
    return jwt.get_unverified_header(token)


def claims_of(token: str, **changed: Any) -> dict[str, Any]:
    """Read what a good token claims, but for what is changed; None leaves a claim out."""
    claims = jwt.decode(token, options={"verify_signature": False}) | changed
    return {name: value for name, value in claims.items() if value is not None}


def unsigned(token: str, algorithm: str) -> str:
    return f"{encoded(header_of(token) | {'alg': algorithm})}.{encoded(claims_of(token))}."


def confused(token: str, secret: bytes) -> str:
    """Sign with HS256 and what an attacker knows, as if it were the secret; PyJWT itself refuses to."""
    head = f"{encoded(header_of(token))}.{encoded(claims_of(token, role='admin'))}"
    signer = jwt.api_jws.get_algorithm_by_name("HS256")
    return f"{head}.{base64.urlsafe_b64encode(signer.sign(head.encode(), secret)).rstrip(b'=').decode()}"


def with_header(server: RealServer, token: str, **header: Any) -> str:
    """Sign good claims with the real key, and another header: so it is the header alone that must be refused."""
    head = f"{encoded(header_of(token) | header)}.{encoded(claims_of(token))}"
    signer = jwt.api_jws.get_algorithm_by_name("HS256")
    return f"{head}.{base64.urlsafe_b64encode(signer.sign(head.encode(), key_of(server))).rstrip(b'=').decode()}"


def changed(server: RealServer, token: str, **claims: Any) -> str:
    """Sign other claims with the real key: so it is the claims alone that must be refused."""
    return jwt.encode(claims_of(token, **claims), key_of(server), headers={"kid": header_of(token)["kid"]})


def with_another_payload(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{encoded(claims_of(token, role='admin'))}.{signature}"


FORGED: dict[str, Callable[[RealServer, str], str]] = {
    "no algorithm": lambda _, token: unsigned(token, "none"),
    "no algorithm, in capitals": lambda _, token: unsigned(token, "NONE"),
    "no signature": lambda _, token: token.rpartition(".")[0] + ".",
    "another payload under the signature": lambda _, token: with_another_payload(token),
    "another key": lambda _, token: confused(token, b"x" * 32),
    "an empty key": lambda _, token: confused(token, b""),
    "the name of the key as the key": lambda _, token: confused(token, header_of(token)["kid"].encode()),
    "a public key as the secret": lambda _, token: confused(token, pem("RS256").encode()),
    "another algorithm of the same key": lambda server, token: with_header(server, token, alg="HS512"),
    "RS256 without a provider": lambda server, token: with_header(server, token, alg="RS256"),
    "a path as the name of the key": lambda server, token: with_header(server, token, kid="../../dev/null"),
    "a file that is there as the name of the key": lambda server, token: with_header(
        server, token, kid=str(server.context.settings.jwt_key_file)
    ),
    "a URL as the name of the key": lambda server, token: with_header(server, token, kid="http://127.0.0.1:1/key"),
    "SQL as the name of the key": lambda server, token: with_header(server, token, kid="' OR 1=1 --"),
    "a list as the name of the key": lambda server, token: with_header(server, token, kid=[header_of(token)["kid"]]),
    "an object as the name of the key": lambda server, token: with_header(server, token, kid={"$ne": ""}),
    "no name at all": lambda server, token: with_header(server, token, kid=None),
    "an unknown critical header": lambda server, token: with_header(server, token, crit=["exp"]),
    "a key of the attacker's own in the header": lambda _, token: jwt.encode(
        claims_of(token), b"x" * 32, headers={"jwk": {"kty": "oct", "k": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg"}}
    ),
    "a URL of keys in the header": lambda _, token: jwt.encode(
        claims_of(token), b"x" * 32, headers={"jku": "http://127.0.0.1:1/jwks.json"}
    ),
    "another issuer": lambda server, token: changed(server, token, iss="elsewhere"),
    "another audience": lambda server, token: changed(server, token, aud="elsewhere"),
    "several audiences": lambda server, token: changed(server, token, aud=["homeguard", "elsewhere"]),
    "more rights than the user has": lambda server, token: changed(server, token, role="admin"),
    "another user's name on one's own session": lambda server, token: changed(server, token, sub="ann"),
    "a session that never was": lambda server, token: changed(server, token, sid="0" * 32),
    "a session that is a wildcard": lambda server, token: changed(server, token, sid="%"),
    "an end that is no time": lambda server, token: changed(server, token, exp="never"),
    "an end after the end of time": lambda server, token: changed(server, token, exp=10**18),
    "a beginning in the future": lambda server, token: changed(server, token, iat=claims_of(token)["iat"] + 61),
    "too long a text": lambda server, token: changed(server, token, jti="x" * MAX_TOKEN),
    "as much as fits into a header": lambda _, token: token + "A" * 7000,
    "nothing": lambda _, __: "..",
    "text": lambda _, __: "let-me-in",
} | {
    f"no {claim}": lambda server, token, claim=claim: changed(server, token, **{claim: None})
    for claim in ("exp", "iat", "sub", "jti", "aud", "iss", "sid", "role")
}


@pytest.mark.parametrize("what", FORGED)
async def test_a_forged_token_opens_neither_door(server: RealServer, what: str) -> None:
    good = await server.token("eve")
    forged = FORGED[what](server, good)
    assert await server.statuses(forged) == (401, 401)
    assert await server.statuses(good) == (200, 101)


@pytest.mark.parametrize("what", ["no algorithm", "another key", "more rights than the user has", "no exp"])
async def test_a_forged_token_closes_the_living_socket_that_it_is_shown_on(server: RealServer, what: str) -> None:
    good = await server.token("eve")
    async with server.socket(good) as websocket:
        await say(websocket, FORGED[what](server, good))
        assert await closing(websocket) == 4401


async def test_an_expired_token_opens_neither_door(server: RealServer, clock: ManualClock) -> None:
    tokens = [await server.token("eve") for _ in range(2)]
    clock.advance(15 * 60 + 59)
    assert await server.statuses(tokens[0]) == (200, 101)
    clock.advance(1)
    assert await server.statuses(tokens[1]) == (401, 401)


@pytest.mark.parametrize(("where", "status"), [("header", 431), ("query", 414)])
async def test_a_token_that_is_longer_than_a_handshake_may_be_is_answered_at_once(
    server: RealServer, where: str, status: int
) -> None:
    long = "A" * 20_000
    assert await (server.knock(long) if where == "header" else server.knock(query=f"?token={long}")) == status
    async with server.browser() as client:
        answer = await client.get("/api/auth/me", headers={"Authorization": f"Bearer {long}"})
    assert answer.status_code == 401


async def test_no_error_of_a_forged_token_tells_of_the_key(server: RealServer) -> None:
    good = await server.token("eve")
    async with server.browser() as client:
        for forge in FORGED.values():
            answer = await client.get("/api/auth/me", headers={"Authorization": f"Bearer {forge(server, good)}"})
            assert key_of(server).hex() not in answer.text
            assert str(server.context.settings.jwt_key_file) not in answer.text


async def test_a_ticket_opens_one_socket_and_no_other(server: RealServer) -> None:
    async with server.browser("eve") as eve:
        ticket = (await eve.post("/api/auth/ws-ticket")).json()["ticket"]
    assert await server.knock(query=f"?ticket={ticket}") == 101
    assert await server.knock(query=f"?ticket={ticket}") == 401


async def test_a_ticket_is_no_token(server: RealServer) -> None:
    async with server.browser("eve") as eve:
        ticket = (await eve.post("/api/auth/ws-ticket")).json()["ticket"]
    assert await server.statuses(ticket) == (401, 401)
    assert await server.knock(query=f"?ticket={await server.token('eve')}") == 401


async def test_a_ticket_of_half_a_minute_ago_is_dead(server: RealServer, clock: ManualClock) -> None:
    async with server.browser("eve") as eve:
        tickets = [(await eve.post("/api/auth/ws-ticket")).json()["ticket"] for _ in range(2)]
    clock.advance(LIFETIME.total_seconds() - 1)
    assert await server.knock(query=f"?ticket={tickets[0]}") == 101
    clock.advance(1)
    assert await server.knock(query=f"?ticket={tickets[1]}") == 401


async def test_a_ticket_is_dead_when_its_owner_has_signed_out(server: RealServer) -> None:
    async with server.browser("eve") as eve:
        ticket = (await eve.post("/api/auth/ws-ticket")).json()["ticket"]
        assert (await eve.post("/api/auth/logout")).status_code == 204
    assert await server.knock(query=f"?ticket={ticket}") == 401


async def test_a_token_is_dead_when_its_owner_has_signed_out(server: RealServer) -> None:
    async with server.browser("eve") as eve:
        token = eve.headers["Authorization"].removeprefix("Bearer ")
        async with server.socket(token) as websocket:
            assert (await eve.post("/api/auth/logout")).status_code == 204
            assert await closing(websocket) == 4409
    assert await server.statuses(token) == (401, 401)


async def refresh(server: RealServer, refresh_token: str) -> tuple[int, str | None, str | None]:
    """Use a refresh token, as a thief would; returns the status, the next one, and the access token."""
    async with server.browser() as client:
        client.cookies.set(REFRESH, refresh_token)
        answer = await client.post("/api/auth/refresh")
        return answer.status_code, answer.cookies.get(REFRESH), answer.json().get("access_token")


async def sign_in(server: RealServer) -> tuple[str, str]:
    """Sign eve in; returns her refresh and access tokens, which a thief may have copied."""
    async with server.browser("eve") as eve:
        return str(eve.cookies[REFRESH]), eve.headers["Authorization"].removeprefix("Bearer ")


async def test_a_stolen_refresh_token_ends_the_session_when_the_thief_was_first(
    server: RealServer, clock: ManualClock
) -> None:
    stolen, _ = await sign_in(server)
    _, thiefs, access = await refresh(server, stolen)
    assert thiefs is not None
    assert access is not None
    async with server.socket(access) as thiefs_socket:
        clock.advance(GRACE.total_seconds() + 1)
        assert (await refresh(server, stolen))[0] == 401  # the owner comes, with the only one that they have
        assert await closing(thiefs_socket) == 4409
    assert (await refresh(server, thiefs))[0] == 401
    assert await server.statuses(access) == (401, 401)


async def test_a_stolen_refresh_token_ends_the_session_when_the_owner_was_first(
    server: RealServer, clock: ManualClock
) -> None:
    stolen, _ = await sign_in(server)
    _, owners, access = await refresh(server, stolen)
    assert owners is not None
    assert access is not None
    clock.advance(GRACE.total_seconds() + 1)
    assert (await refresh(server, stolen))[0] == 401
    assert (await refresh(server, owners))[0] == 401
    assert await server.statuses(access) == (401, 401)


async def test_within_the_grace_a_thief_gets_no_other_token_than_the_owner(server: RealServer) -> None:
    stolen, _ = await sign_in(server)
    first, second = await refresh(server, stolen), await refresh(server, stolen)
    assert first[:2] == second[:2]


async def test_a_refresh_token_that_was_replaced_twice_has_no_grace(server: RealServer) -> None:
    first, _ = await sign_in(server)
    _, second, _ = await refresh(server, first)
    assert second is not None
    _, third, _ = await refresh(server, second)
    assert third is not None
    assert (await refresh(server, first))[0] == 401
    assert (await refresh(server, third))[0] == 401


async def test_a_refresh_token_is_no_access_token_and_the_other_way_round(server: RealServer) -> None:
    refresh_token, access = await sign_in(server)
    assert await server.statuses(refresh_token) == (401, 401)
    assert (await refresh(server, access))[0] == 401
    assert (await refresh(server, refresh_token))[0] == 200


@pytest.mark.parametrize("family", ["", "x", "0" * 32])
async def test_a_refresh_token_that_names_a_session_ends_none(server: RealServer, family: str) -> None:
    refresh_token, access = await sign_in(server)
    session_id = claims_of(access)["sid"]
    for guess in (f"{session_id}.x", f"{family}.x", family or "."):
        assert (await refresh(server, guess))[0] == 401
    assert (await refresh(server, refresh_token))[0] == 200


async def test_a_leaked_key_is_worthless_a_second_after_it_was_revoked(server: RealServer, clock: ManualClock) -> None:
    token, anns = await server.token("eve"), await server.token("ann")
    forged = changed(server, token, sub="ann", role="operator", sid=claims_of(anns)["sid"], exp=2**33)
    leaked = key_of(server)
    async with server.socket(forged) as websocket:
        assert (await next_of(websocket, "hello"))["user"] == "ann"
        rotate(server.context.settings.jwt_key_file, clock(), old_until=None)
        await server.context.journal.write(end_all_sessions)
        assert await closing(websocket) == 4409
    await until(lambda: is_signed_with_another(server.context.tokens.issue("x", Role.VIEWER, "x")[0], leaked))
    anns = await server.token("ann")  # the attacker still has the old key, and knows the new session
    again = jwt.encode(claims_of(anns), leaked, headers={"kid": header_of(token)["kid"]})
    nameless = jwt.encode(claims_of(anns), leaked)
    assert await server.statuses(again) == (401, 401)
    assert await server.statuses(nameless) == (401, 401)
    assert await server.statuses(anns) == (200, 101)


def is_signed_with_another(token: str, key: bytes) -> bool:
    try:
        jwt.api_jws.decode(token, key, algorithms=["HS256"])
    except jwt.InvalidSignatureError:
        return True
    return False
