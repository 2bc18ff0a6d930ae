"""A session that the broker has lost is told, once; a restart that keeps it is not."""

import asyncio
import json
import sqlite3

import orjson

from bridge import continuity
from bridge.echo import Echo
from bridge.link import Message
from homeguard.health import OFFLINE, ONLINE, Health, HealthState
from homeguard.journal import Journal
from homeguard.journal.models import MetaRow
from homeguard.topics import Topics
from tests.bridge.running import publish, running_bridge
from tests.journal.intake import Desk
from tests.waiting import until, wait_until

ALERT = {"device_id": "cam-1", "reason": "Port scan"}


def bodies(desk):
    return [json.loads(event.body) for event in desk.committed]


async def remembered(journal):
    """Read what the journal knows of the session, None before the first."""
    row = await journal.read(lambda: MetaRow.get_or_none(MetaRow.key == "broker_session"))
    return row and orjson.loads(row.value)


async def run_until_stored(broker, journal, desk, reason):
    """Run a bridge until an alert of this reason has come through it."""
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await publish(broker, "alerts", ALERT | {"reason": reason})
        await until(lambda: reason in [body["reason"] for body in bodies(desk)])


def kill_and_forget(broker):
    """Kill Mosquitto, remove what it had saved, and let it start again."""
    saved = broker.settings.data_dir / "broker" / "mosquitto.db"
    wait_until(saved.exists)
    before = broker.pid
    broker.kill()
    wait_until(lambda: broker.pid != before)
    saved.unlink()
    wait_until(lambda: broker.is_ready and broker.pid, timeout=20)


async def test_session_that_a_killed_broker_lost_is_told_once(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await until(lambda: remembered(journal))
    kill_and_forget(broker)
    await run_until_stored(broker, journal, desk, "one")
    await run_until_stored(broker, journal, desk, "two")
    losses = [body for body in bodies(desk) if body.get("category") == "bridge"]
    assert [(loss["device_id"], loss["details"]["cause"]) for loss in losses] == [("homeguard", "session_lost")]
    assert losses[0]["details"]["from"] < losses[0]["details"]["to"]


async def test_session_lost_under_a_running_bridge_is_told(own_broker, journal, desk):
    broker = own_broker()
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
        await until(lambda: remembered(journal))
        kill_and_forget(broker)
        await until(lambda: desk.committed, timeout=30)
    assert bodies(desk)[0]["category"] == "bridge"


async def test_restart_of_the_broker_that_keeps_the_session_is_no_loss(own_broker, journal, desk):
    first = own_broker()
    async with running_bridge(first, journal) as health:
        await until(lambda: health.state.is_ready)
        await until(lambda: remembered(journal))
        noted = await remembered(journal)
    first.stop()
    again = own_broker(port=first.port)
    async with running_bridge(again, journal) as health:
        await until(lambda: health.state.is_ready)
        await publish(again, "alerts", ALERT)
        await until(lambda: desk.committed)
    assert [body["reason"] for body in bodies(desk)] == ["Port scan"]
    assert (await remembered(journal))["id"] == noted["id"]


async def test_time_until_which_all_was_heard_moves_on(own_broker, journal, monkeypatch):
    monkeypatch.setattr(continuity, "ECHO_SECONDS", 0.01)
    async with running_bridge(own_broker(), journal):
        first = await until(lambda: remembered(journal))

        async def moved():
            return (await remembered(journal))["heard_at"] > first["heard_at"]

        await until(moved)


async def test_word_that_the_broker_dropped_is_said_again(own_broker, journal, monkeypatch):
    monkeypatch.setattr(continuity, "ECHO_SECONDS", 0.01)
    monkeypatch.setattr(continuity, "PATIENCE_SECONDS", 0.05)
    hear = Echo.hear
    dropped: list[Message] = []

    def hear_but_the_first(self, message):
        if not dropped and message.topic.endswith("/echo"):
            dropped.append(message)
        else:
            hear(self, message)

    monkeypatch.setattr(Echo, "hear", hear_but_the_first)
    async with running_bridge(own_broker(), journal):
        first = await until(lambda: remembered(journal))

        async def moved():
            return (await remembered(journal))["heard_at"] > first["heard_at"]

        await until(moved)
    assert dropped


async def test_word_is_back_when_the_batch_that_holds_it_is_stored():
    echo, said = Echo(Topics()), []

    class Wire:
        async def publish(self, topic, payload, *, retain=False):
            said.append(Message(topic, payload, 1, retain, False, 1, 0.0))

    going = asyncio.create_task(echo.go_round(Wire()))  # type: ignore[arg-type]  # all that is asked of a link
    await until(lambda: said)
    for other in (said[0]._replace(payload=b"an older word"), said[0]._replace(topic="homeguard/replies/x")):
        echo.hear(other)
    echo.batch_stored()
    echo.hear(said[0])
    await asyncio.sleep(0)
    assert not going.done()
    echo.batch_stored()
    await asyncio.wait_for(going, 10)


async def test_link_stays_while_storage_is_away_from_the_start(own_broker, tmp_path, monkeypatch):
    monkeypatch.setattr("homeguard.journal.sqlite_file.BUSY_TIMEOUT_SECONDS", 0.05)
    broker, journal, health = own_broker(), Journal.open(str(tmp_path / "journal.db")), Health()
    desk = Desk(journal)
    states: list[HealthState] = []
    journal.on_health(lambda fault: health.update(storage=OFFLINE if fault else ONLINE, reason=fault))
    health.on_change(states.append)
    somebody = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE")
    async with running_bridge(broker, journal, health):
        await until(lambda: health.state.storage == OFFLINE)
        assert (health.state.broker, health.state.reason) == (ONLINE, "database is locked")
        await publish(broker, "alerts", ALERT)
        somebody.execute("ROLLBACK")
        somebody.close()
        await until(lambda: desk.committed)
        online = [state.broker for state in states]
        assert online[online.index(ONLINE) :] == [ONLINE] * (len(online) - online.index(ONLINE))
    journal.close()
