"""Who may read one channel alone: the other is closed before the upgrade, and a change is felt at once."""

import json

import pytest
from websockets.exceptions import InvalidStatus

from homeguard.events import Channel
from homeguard.journal.users import change_user
from tests.live.conftest import closing, frames_of

ALERTS, DEVICES = Channel.ALERTS, Channel.DEVICES


@pytest.mark.parametrize(("mine", "others"), [(ALERTS, DEVICES), (DEVICES, ALERTS)])
async def test_the_other_channel_is_refused_before_the_upgrade(door, mine, others):
    token = await door.token(channels=[mine])
    async with door.open(f"/ws/{mine}", token) as websocket:
        assert (await frames_of(websocket, 1))[0]["type"] == "hello"
    with pytest.raises(InvalidStatus) as refused:
        async with door.open(f"/ws/{others}", token):
            pass
    assert refused.value.response.status_code == 403
    problem = json.loads(refused.value.response.body)
    assert (problem["type"], problem["detail"]) == (
        "urn:homeguard:problem:not-allowed",
        f"ada may not read {others}, only {mine}",
    )


async def test_a_ticket_opens_ones_own_channel_only(door):
    identity = door.context.tokens.verify(await door.token(channels=[DEVICES]))
    with pytest.raises(InvalidStatus) as refused:
        async with door.open(f"/ws/alerts?ticket={door.context.tickets.issue(identity)}"):
            pass
    assert refused.value.response.status_code == 403


async def test_a_fresh_token_does_not_keep_a_channel_that_was_taken_away(door, monkeypatch):
    """Who signs in anew before the old session's sockets are closed must not carry one over."""
    monkeypatch.setattr("api.live.standing.CHECK_SECONDS", 3600)
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await frames_of(websocket, 2)
        await door.context.journal.write(lambda tx: change_user(tx, "ada", channels=[DEVICES]))
        await websocket.send(json.dumps({"type": "auth", "token": await door.token()}))
        assert await closing(websocket) == 4403
