"""The two channels as a client meets them: who may in, what it hears, and why it is closed."""

import json
import socket
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.auth.identity import Identity, Role
from api.live.endpoint import LiveDoor
from api.live.limits import Gate, Limits
from api.live.subscriber import CONFLATE_AFTER
from api.logs import redact
from homeguard.journal.users import remove_user
from tests.live.conftest import closing, frames_of, next_of
from tests.waiting import until

ALERT = {"device_id": "cam-1", "reason": "Port scan"}


async def refusal(door, path, token=None, **options):
    """Be refused; returns the status and the problem."""
    with pytest.raises(InvalidStatus) as refused:
        async with door.open(path, token, **options):
            pass
    response = refused.value.response
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, json.loads(response.body)


async def test_alert_reaches_every_screen_and_no_screen_of_another_channel(door):
    token = await door.token()
    async with (
        door.open("/ws/alerts", token) as one,
        door.open("/ws/alerts", token) as two,
        door.open("/ws/devices", token) as devices,
    ):
        await frames_of(one, 2)
        await frames_of(two, 2)
        await frames_of(devices, 3)
        await door.desk.take(("alerts", ALERT), ("devices", {"id": "cam-1", "kind": "camera"}))
        alerts = [(await frames_of(one, 1))[0], (await frames_of(two, 1))[0]]
        update = (await frames_of(devices, 1))[0]
    assert alerts[0] == alerts[1]
    assert (alerts[0]["type"], alerts[0]["channel"], alerts[0]["data"]["reason"]) == (
        "new_alert",
        "alerts",
        "Port scan",
    )
    assert (update["type"], update["channel"], update["prev"]) == ("device_update", "devices", 0)


async def test_hello_says_where_one_stands(door):
    await door.desk.take(("alerts", ALERT))
    async with door.open("/ws/alerts", await door.token()) as websocket:
        hello, status = await frames_of(websocket, 2)
    assert (hello["type"], hello["head"], hello["resumed"], hello["user"]) == ("hello", 1, False, "ada")
    assert hello["epoch"] == door.context.journal.epoch
    assert (status["type"], status["data"]["storage"]) == ("status", "online")


@pytest.mark.parametrize("way", ["header", "query", "subprotocol", "ticket"])
async def test_token_may_be_brought_in_four_ways(door, way):
    token = await door.token()
    identity = Identity("ada", Role.VIEWER, door.context.tokens.verify(token).session_id, door.context.clock())
    options = {
        "header": {"path": "/ws/alerts", "token": token},
        "query": {"path": f"/ws/alerts?token={token}"},
        "subprotocol": {"path": "/ws/alerts", "subprotocols": ["homeguard.v1", f"bearer.{token}"]},
        "ticket": {"path": f"/ws/alerts?ticket={door.context.tickets.issue(identity)}"},
    }
    async with door.open(**options[way]) as websocket:
        assert (await frames_of(websocket, 1))[0]["user"] == "ada"
        assert websocket.subprotocol == ("homeguard.v1" if way == "subprotocol" else None)


async def test_ticket_opens_once(door):
    identity = door.context.tokens.verify(await door.token())
    path = f"/ws/alerts?ticket={door.context.tickets.issue(identity)}"
    async with door.open(path) as websocket:
        await frames_of(websocket, 1)
    assert (await refusal(door, path))[0] == 401


def forged(door, **changes):
    """Make a token with the real claims but for some changes; None leaves a claim out."""
    now = door.context.clock()
    claims = {
        "iss": "homeguard",
        "aud": "homeguard",
        "sub": "ada",
        "role": "admin",
        "sid": "nobody",
        "jti": "1",
        "iat": now,
        "exp": now + timedelta(hours=1),
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


BAD_TOKENS = {
    "none at all": lambda door: None,
    "garbage": lambda door: "a.b.c",
    "another key": lambda door: jwt.encode(forged(door), b"x" * 32, "HS256"),
    "no algorithm": lambda door: jwt.encode(forged(door), "", "none"),
    "no end": lambda door: jwt.encode(forged(door, exp=None), key(door), "HS256"),
    "another audience": lambda door: jwt.encode(forged(door, aud="other"), key(door), "HS256"),
    "another issuer": lambda door: jwt.encode(forged(door, iss="other"), key(door), "HS256"),
    "a session that never was": lambda door: jwt.encode(forged(door), key(door), "HS256"),
}


def key(door):
    return bytes.fromhex(door.context.settings.jwt_key_file.read_text())


@pytest.mark.parametrize("why", BAD_TOKENS)
async def test_bad_token_is_refused_before_the_upgrade_and_the_next_good_client_is_served(door, why):
    status, problem = await refusal(door, "/ws/alerts", BAD_TOKENS[why](door))
    assert (status, problem["status"]) == (401, 401)
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await frames_of(websocket, 2)
        await door.desk.take(("alerts", ALERT))
        assert (await frames_of(websocket, 1))[0]["type"] == "new_alert"


async def test_expired_token_is_refused(door, clock):
    token = await door.token()
    clock.advance(15 * 60 + 61)
    assert (await refusal(door, "/ws/alerts", token))[0] == 401


@pytest.mark.parametrize("query", ["since=-1", "since=x", "since=9999999999999999999", "tail=1001", "since=%2B1"])
async def test_wrong_query_is_refused_with_its_name(door, query):
    status, problem = await refusal(door, f"/ws/alerts?{query}", await door.token())
    assert status in (400, 422)
    assert query.partition("=")[0] in problem["detail"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("http://[::1", 403), ("https://dash.example", 101), (None, 101), ("own", 101)],
)
async def test_page_of_another_site_is_refused(door, origin, status):
    origin = f"http://{door.host}" if origin == "own" else origin
    options = {"headers": {"Origin": origin}} if origin else {}
    token = await door.token()
    if status == 101:
        async with door.open("/ws/alerts", token, **options) as websocket:
            await frames_of(websocket, 1)
    else:
        assert (await refusal(door, "/ws/alerts", token, **options))[0] == status


async def test_resume_brings_what_was_missed_once_and_in_order(door):
    token = await door.token()
    await door.desk.take(*[("alerts", ALERT | {"reason": str(n)}) for n in range(300)])
    async with door.open(f"/ws/alerts?since=100&epoch={door.context.journal.epoch}", token) as websocket:
        hello, *rest = await frames_of(websocket, 202)
    alerts = [frame for frame in rest if frame["type"] == "new_alert"]
    assert hello["resumed"] is True
    assert [frame["seq"] for frame in alerts] == list(range(101, 301))
    assert all(frame["prev"] == frame["seq"] - 1 for frame in alerts)


async def test_tail_brings_the_newest(door):
    await door.desk.take(*[("alerts", ALERT | {"reason": str(n)}) for n in range(30)])
    async with door.open("/ws/alerts?tail=5", await door.token()) as websocket:
        frames = await frames_of(websocket, 7)
    assert [frame["data"]["reason"] for frame in frames[2:]] == ["25", "26", "27", "28", "29"]


async def test_another_epoch_is_told_as_a_gap(door):
    await door.desk.take(("alerts", ALERT))
    async with door.open("/ws/alerts?since=7&epoch=other", await door.token()) as websocket:
        gap = await next_of(websocket, "gap")
    assert (gap["from"], gap["to"], gap["reason"]) == (7, 1, "epoch")


async def test_devices_begin_with_a_snapshot_and_come_back_with_what_changed(door):
    token = await door.token()
    await door.desk.take(*[("devices", {"id": f"cam-{n}", "kind": "camera"}) for n in range(3)])
    async with door.open("/ws/devices", token) as websocket:
        snapshot = await next_of(websocket, "snapshot")
    assert (len(snapshot["data"]), snapshot["seq"]) == (3, 3)
    changes = [("devices", {"id": "cam-1", "telemetry": {"n": n}}) for n in range(CONFLATE_AFTER + 1)]
    await door.desk.take(*changes)
    async with door.open(f"/ws/devices?since=3&epoch={door.context.journal.epoch}", token) as websocket:
        again = await next_of(websocket, "snapshot", "device_update")
    assert [device["id"] for device in again["data"]] == ["cam-1"]
    assert (again["since"], again["removed"]) == (3, [])


async def test_unknown_channel_is_refused_with_those_there_are(door):
    status, problem = await refusal(door, "/ws/weather", await door.token())
    assert (status, "/ws/alerts" in problem["detail"]) == (404, True)


async def test_ping_is_answered_and_anything_else_is_an_error(door):
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await frames_of(websocket, 2)
        for sent in ('{"type":"ping"}', "hello?", '{"type":"sing"}', b"\x00\x01", '{"type":"auth"}'):
            await websocket.send(sent)
        answers = await frames_of(websocket, 5)
    assert [answer["type"] for answer in answers] == ["pong", "error", "error", "error", "error"]
    assert "binary" in answers[3]["message"]


async def test_flood_is_closed_and_others_hear_on(door):
    token = await door.token()
    async with door.open("/ws/alerts", token) as flooder, door.open("/ws/alerts", token) as calm:
        await frames_of(calm, 2)
        with suppress(ConnectionClosed):
            for _ in range(10_000):
                await flooder.send('{"type":"ping"}')
        assert await closing(flooder) == 4400
        await door.desk.take(("alerts", ALERT))
        assert (await frames_of(calm, 1))[0]["type"] == "new_alert"


async def test_message_of_a_mebibyte_is_closed_with_1009(door):
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await websocket.send("x" * 2**20)
        assert await closing(websocket) == 1009


async def test_invalid_utf8_is_closed_with_1007(door, caplog, request):
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await frames_of(websocket, 2)
        websocket.transport.write(bytes([0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28]))
        assert await closing(websocket) == 1007
    if request.node.callspec.params["door"] == "handed over":  # uvicorn by itself writes a traceback
        assert not caplog.records


async def test_silence_brings_a_heartbeat_with_the_head(door):
    await door.desk.take(("alerts", ALERT))
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await frames_of(websocket, 2)
        door.fanout.sweep(door.fanout.heartbeat_seconds)
        (beat,) = await frames_of(websocket, 1)
    assert (beat["type"], beat["head"]) == ("heartbeat", 1)


async def test_token_warns_and_then_closes(door, clock):
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await frames_of(websocket, 2)
        clock.advance(14 * 60 + 1)
        door.fanout.sweep(1.0)
        assert (await frames_of(websocket, 1))[0]["type"] == "token_expiring"
        clock.advance(65)
        door.fanout.sweep(1.0)
        assert await closing(websocket) == 4402


async def test_fresh_token_extends_the_living_connection(door, clock):
    token = await door.token()
    async with door.open("/ws/alerts", token) as websocket:
        await frames_of(websocket, 2)
        clock.advance(14 * 60 + 30)
        await websocket.send(json.dumps({"type": "auth", "token": await door.token()}))
        await websocket.send('{"type":"ping"}')
        await next_of(websocket, "pong")
        clock.advance(120)
        door.fanout.sweep(1.0)
        await door.desk.take(("alerts", ALERT))
        assert (await next_of(websocket, "new_alert", "token_expiring"))["type"] == "new_alert"


@pytest.mark.parametrize(("who", "code"), [("eve", 4403), (None, 4401)])
async def test_token_of_another_or_of_nobody_closes_the_connection(door, who, code):
    async with door.open("/ws/alerts", await door.token()) as websocket:
        token = await door.token(who) if who else "rubbish"
        await websocket.send(json.dumps({"type": "auth", "token": token}))
        assert await closing(websocket) == code


async def test_ended_session_is_closed_and_others_stay(door):
    mine, others = await door.token(), await door.token("bob")
    async with door.open("/ws/alerts", mine) as gone, door.open("/ws/alerts", others) as stays:
        await frames_of(stays, 2)
        door.context.sessions_ended([door.context.tokens.verify(mine).session_id])
        assert await closing(gone) == 4409
        await door.desk.take(("alerts", ALERT))
        assert (await frames_of(stays, 1))[0]["type"] == "new_alert"


async def test_session_ended_by_another_process_is_closed(door):
    token = await door.token()
    async with door.open("/ws/alerts", token) as websocket:
        await frames_of(websocket, 2)
        await door.context.journal.write(lambda tx: remove_user(tx, "ada"))
        assert await closing(websocket) == 4409


@pytest.mark.parametrize(
    ("limits", "status", "says"),
    [
        (Limits(1, 9, 9, 99), 503, "all of its 1 connections"),
        (Limits(9, 1, 9, 99), 429, "ada has all of their 1"),
        (Limits(9, 9, 1, 99), 429, "127.0.0.1 has all of its 1"),
    ],
)
async def test_one_too_many_is_refused_before_the_upgrade_until_a_place_is_free(door, limits, status, says):
    door.app.live.gate = Gate(limits)
    token = await door.token()
    async with door.open("/ws/alerts", token) as websocket:
        await frames_of(websocket, 2)
        with pytest.raises(InvalidStatus) as refused:
            async with door.open("/ws/devices", token):
                pass
        assert (refused.value.response.status_code, says in refused.value.response.body.decode()) == (status, True)
        assert int(refused.value.response.headers["Retry-After"]) > 0
    await until(lambda: door.fanout.count("alerts") == 0)
    async with door.open("/ws/devices", token) as websocket:
        await frames_of(websocket, 2)


@pytest.mark.parametrize(
    ("limits", "query", "code"),
    [
        ({}, "", 4401),
        ({}, "since=x&token={token}", 4400),
        ({"per_address": 0}, "token={token}", 4429),
        ({"per_user": 0}, "token={token}", 4429),
        ({"connections": 0}, "token={token}", 1013),
    ],
)
async def test_server_that_cannot_refuse_before_the_upgrade_closes_behind_it(door, limits, query, code):
    """ASGI's answer to a handshake ("websocket.http.response") is an extension, which not every server has."""
    sent = []
    live = LiveDoor(door.context, door.fanout, Gate(replace(Limits(9, 9, 9, 9), **limits)))
    scope = {
        "type": "websocket",
        "path": "/ws/alerts",
        "query_string": query.format(token=await door.token()).encode(),
        "headers": [],
        "client": ("127.0.0.1", 9),
    }

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    await live(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert sent[-1]["code"] == code
    assert 0 < len(sent[-1]["reason"].encode()) <= 123


async def test_changed_health_is_shown_at_once(door):
    async with door.open("/ws/devices", await door.token()) as websocket:
        await next_of(websocket, "snapshot")
        door.context.health.update(bridge="online", broker="online")
        (status,) = await frames_of(websocket, 1)
    assert (status["type"], status["data"]["broker"]) == ("status", "online")


async def test_client_that_vanished_is_forgotten(door):
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await frames_of(websocket, 1)
        websocket.transport.abort()
        await until(lambda: not any(door.fanout.count(channel) for channel in ("alerts", "devices")))


async def test_client_that_does_not_read_slows_nobody_and_misses_nothing(door):
    token = await door.token()
    async with door.open("/ws/alerts", token, max_queue=1) as stalled, door.open("/ws/alerts", token) as other:
        stalled.transport.pause_reading()
        stalled.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        await frames_of(other, 2)
        for batch in range(40):
            await door.desk.take(*[("alerts", ALERT | {"details": {"x": "y" * 2000, "n": batch}})] * 100)
        last = (await frames_of(other, 4000))[-1]
        stalled.transport.resume_reading()
        caught_up = [frame for frame in await frames_of(stalled, 4002) if frame["type"] == "new_alert"]
    assert last["seq"] == 4000
    assert [frame["seq"] for frame in caught_up] == list(range(1, 4001))


def test_tokens_do_not_reach_the_log():
    line = (
        '127.0.0.1:9 - "WebSocket /ws/alerts?since=3&token=eyJhbGciOi.x.y&tail=1&ticket=abc" [accepted] bearer.eyJ.a-b'
    )
    assert redact(line) == '127.0.0.1:9 - "WebSocket /ws/alerts?since=3&token=…&tail=1&ticket=…" [accepted] bearer …'
