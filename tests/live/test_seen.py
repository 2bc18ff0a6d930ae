"""An open WebSocket is use of its session, though it asks for nothing."""

from api.services.seen import write_seen
from homeguard.journal.sessions import page_of_sessions
from tests.live.conftest import frames_of


async def test_who_listens_is_seen_and_who_has_left_was_seen_then(door, clock):
    async with door.open("/ws/alerts", await door.token()) as websocket:
        await frames_of(websocket, 2)
        clock.advance(120)
        await write_seen(door.context)
        (listening,) = await door.context.journal.read(lambda: page_of_sessions(clock(), None, None, 10))
    assert (listening.seen_at, listening.address) == (clock(), "127.0.0.1")
    assert listening.created_at < listening.seen_at
