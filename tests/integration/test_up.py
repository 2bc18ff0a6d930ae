"""The whole circle, as a newcomer meets it: real processes, a real Mosquitto, real sockets."""

import asyncio
import os
import re
import signal
import socket
import sqlite3
import time
from pathlib import Path

import pytest

from bridge.broker.config import find_mosquitto
from bridge.broker.versions import ask_version
from tests.integration.home import PASSWORD, hear
from tests.ports import free_port
from tests.waiting import until, wait_until

ALERT = {"device_id": "cam-1", "reason": "Port scan"}


def is_update_of(device_id, frame):
    return frame["type"] == "device_update" and frame["data"]["id"] == device_id


def is_block_of(device_id, state, frame):
    return is_update_of(device_id, frame) and frame["data"]["block"]["state"] == state


def is_online(device_id, frame):
    return is_update_of(device_id, frame) and frame["data"]["status"] == "online"


def is_blocked_and_silent(frame):
    """The enforcer's report and the device's end may be shown in either order."""
    device = frame["data"] if frame["type"] == "device_update" else None
    return device is not None and device["block"]["state"] == "enforced" and device["status"] == "offline"


def is_alert(frame):
    return frame["type"] == "new_alert"


async def test_pasted_line_appears_on_an_open_socket(home):
    home.up()
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        await hear(alerts, lambda frame: frame["type"] == "hello")
        line = await asyncio.create_subprocess_shell(home.publish_line())
        frame = await hear(alerts, is_alert, seconds=5)
        assert await line.wait() == 0
    assert frame["data"] == {"device_id": "cam-1", "severity": "medium", "reason": "Port scan", "verified": False}


async def test_first_password_is_printed_once_and_signs_in(home):
    home.up(password=None)
    (password,) = re.findall(r"with the password (\S+) \(shown this once\)", home.said)
    async with home.client(password) as client:
        assert (await client.get("/api/about")).json()["broker"] == f"Mosquitto {ask_version(find_mosquitto())}"
        assert (await client.get("/api/auth/welcome")).json() == {"first_start": False, "password": None}
        assert home.stop() == 0
    home.up(password=None)
    assert home.said.count(password) == 1


async def test_block_is_seen_on_every_screen_and_the_simulated_device_goes_silent(home):
    home.up()
    async with (
        home.client() as client,
        home.listen("/ws/devices", client) as one,
        home.listen("/ws/devices", client) as two,
    ):
        with home.beside("sim", "--devices", "6", "--rate", "30", "--seed", "1"):
            await hear(one, lambda frame: is_update_of("thermostat-1", frame))
            answer = await client.post("/api/devices/thermostat-1/block", json={"reason": "Too warm"})
            assert (answer.status_code, answer.json()["block"]["state"]) == (202, "pending")
            shown = [await hear(screen, is_blocked_and_silent) for screen in (one, two)]
            assert shown[0] == shown[1]
            assert shown[0]["data"]["block"]["reports"]["broker"]["took_ms"] > 0
            assert (shown[0]["data"]["id"], shown[0]["data"]["block"]["reason"]) == ("thermostat-1", "Too warm")

            await hear(one, lambda frame: is_update_of("cam-1", frame))  # two updates of one moment may still follow
            others = [await hear(one, lambda frame: frame["type"] == "device_update") for _ in range(60)]
            assert "thermostat-1" not in {frame["data"]["id"] for frame in others}

            assert (await client.post("/api/devices/thermostat-1/unblock")).status_code == 202
            released = await hear(one, lambda frame: is_block_of("thermostat-1", "none", frame))
            assert released["data"]["block"]["reports"]["broker"]["state"] == "released"
            # It was refused meanwhile, and waits before it asks again.
            await hear(one, lambda frame: is_online("thermostat-1", frame), seconds=45)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_stop_ends_everything_in_time_also_with_a_client_that_does_not_read(home, number):
    home.up("--sim", "3")
    broker_pid = home.broker_pid
    async with home.client() as client, home.listen("/ws/alerts", client) as calm:
        async with home.listen("/ws/devices", client) as stalled:
            stalled.transport.pause_reading()
            for _ in range(3):
                home.publish({"id": "big", "note": "x" * 60_000}, topic="devices")
            began = time.monotonic()
            assert home.stop(number) == 0
            took = time.monotonic() - began
            stalled.transport.abort()
        await calm.wait_closed()
        assert calm.close_code == 1012
    assert took < 5
    wait_until(lambda: not _is_alive(broker_pid))


async def test_killed_homeguard_starts_again_where_it_was(home):
    home.up()
    home.publish(ALERT)
    async with home.client() as client:
        await until(lambda: _alerts(client))
    port = home.mqtt_port
    home.kill()
    home.up("--mqtt-port", str(port))
    async with home.client() as client, home.listen("/ws/alerts?since=0", client) as alerts:
        home.publish(ALERT | {"reason": "Later"})
        frames = [await hear(alerts, is_alert) for _ in range(2)]
    assert [frame["data"]["reason"] for frame in frames] == ["Port scan", "Later"]


async def test_messages_received_but_not_committed_survive_a_kill(home):
    home.up()
    somebody = sqlite3.connect(home.data_dir / "homeguard.db", isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE")
    for number in range(10):
        home.publish(ALERT | {"reason": str(number)})
    wait_until(lambda: "cannot store" in home.said, timeout=20)
    home.kill()
    somebody.execute("ROLLBACK")
    somebody.close()
    home.up()
    async with home.client() as client, home.listen("/ws/alerts?since=0", client) as alerts:
        frames = [await hear(alerts, is_alert) for _ in range(10)]
    assert [frame["data"]["reason"] for frame in frames] == [str(number) for number in range(10)]


async def test_broker_that_dies_is_restarted_and_said_and_the_next_alert_arrives(home):
    home.up()
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        os.kill(home.broker_pid, signal.SIGKILL)
        await hear(alerts, lambda frame: frame["type"] == "status" and frame["data"]["broker"] == "offline")
        await hear(alerts, lambda frame: frame["type"] == "status" and frame["data"]["broker"] == "online")
        home.publish(ALERT)
        await hear(alerts, is_alert)
    assert "the broker died" in home.said


def test_port_that_was_asked_for_and_is_taken_is_named(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for option in ("--port", "--mqtt-port"):
            ended = home.run("up", option, port)
            assert (ended.returncode, option in ended.stderr, port in ended.stderr) == (1, True, True)


def test_second_homeguard_on_the_same_data_is_refused(home):
    home.up()
    ended = home.run("up", "--port", "0", "--mqtt-port", "0")
    assert ended.returncode == 1
    assert str(home.process.pid) in ended.stderr


def test_no_token_is_ever_logged(home):
    home.start("--port", "0", "--mqtt-port", "0", HOMEGUARD_ADMIN_PASSWORD=PASSWORD, HOMEGUARD_LOG_LEVEL="DEBUG")
    wait_until(lambda: "HomeGuard is running" in home.said, timeout=30)
    token = home.run("token").stdout.strip()

    async def come_in():
        async with home.client() as client:
            ticket = (await client.post("/api/auth/ws-ticket")).json()["ticket"]
            for query in (f"token={token}", f"ticket={ticket}"):
                client.headers["Authorization"] = ""
                async with home.listen(f"/ws/alerts?{query}", client) as alerts:
                    await hear(alerts, lambda frame: frame["type"] == "hello")
            return ticket

    ticket = asyncio.run(come_in())
    assert home.stop() == 0
    assert "/ws/alerts" in home.said
    assert [secret for secret in (token, ticket, PASSWORD) if secret in home.said] == []


def test_tail_follows_a_channel_without_being_told_where(home):
    home.up()
    home.publish(ALERT)
    with home.beside("tail", "alerts", "--tail", "5") as tail:
        assert "Port scan" in tail.stdout.readline()


async def test_simulated_home_joins_a_running_one(home):
    home.up()
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        with home.beside("sim", "--scenario", "alert_storm", "--devices", "3", "--seed", "1"):
            frames = [await hear(alerts, is_alert) for _ in range(50)]
    assert all(frame["data"]["verified"] for frame in frames)


def test_simulated_home_is_refused_where_its_devices_live_already(home):
    home.up("--sim", "2")
    ended = home.run("sim", "--devices", "3")
    assert (ended.returncode, "--sim" in ended.stderr) == (1, True)


def test_serve_without_its_broker_says_so_and_shows_the_password_all_the_same(home, monkeypatch):
    home.start("--port", "0", command="serve", HOMEGUARD_MQTT_URL=f"mqtt://127.0.0.1:{free_port()}")
    wait_until(lambda: "HomeGuard is running" in home.said, timeout=30)
    assert "not ready yet" in home.said
    assert re.search(r"with the password \S+ \(shown this once\)", home.said)
    assert home.stop() == 0


async def test_serve_works_beside_a_broker_of_ones_own(home, own_broker):
    broker = own_broker()
    home.start(
        "--port",
        "0",
        command="serve",
        HOMEGUARD_MQTT_URL=broker.mqtt_url,
        HOMEGUARD_MQTT_CLIENT_ID=broker.service.client_id,
        HOMEGUARD_ADMIN_PASSWORD=PASSWORD,
    )
    wait_until(lambda: "HomeGuard is running" in home.said, timeout=30)
    async with home.client() as client:
        assert (await client.get("/readyz")).status_code == 200
    assert home.stop() == 0


@pytest.mark.postgres
async def test_everything_runs_on_postgresql(home, postgres_url):
    home.start(
        "--port", "0", "--mqtt-port", "0", HOMEGUARD_DATABASE_URL=postgres_url, HOMEGUARD_ADMIN_PASSWORD=PASSWORD
    )
    wait_until(lambda: "HomeGuard is running" in home.said, timeout=30)
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        home.publish(ALERT)
        frame = await hear(alerts, is_alert)
        assert (await _alerts(client))[0]["id"] == frame["id"]
    assert home.stop() == 0
    assert not (home.data_dir / "homeguard.db").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["serve"], "HOMEGUARD_MQTT_URL"),
        (["up", "--mqtt-url", "http://somewhere"], "mqtt://user:password@host:1883"),
        (["up", "--port", "99999"], "HOMEGUARD_PORT"),
        (["sim"], "homeguard up"),
    ],
)
def test_wrong_command_line_is_one_sentence_that_says_what_to_do(home, words, says):
    ended = home.run(*words)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def _is_alive(pid):
    return Path(f"/proc/{pid}").exists()


async def _alerts(client):
    return (await client.get("/api/alerts")).json()["items"]
