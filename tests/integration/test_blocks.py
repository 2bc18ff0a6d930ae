"""Blocks as a home lives them: real processes, killed and started again, and an enforcer of another process beside."""

import asyncio
import os
import signal
import sqlite3
import subprocess
from contextlib import closing

import aiomqtt
import pytest

from tests.bridge.running import connected
from tests.integration.home import HOMEGUARD, PASSWORD, hear
from tests.waiting import until, wait_until

DEVICE = "cam-1"


def update_of(state, *, device_id=DEVICE):
    def fits(frame):
        data = frame.get("data") or {}
        return frame["type"] == "device_update" and data["id"] == device_id and data["block"]["state"] == state

    return fits


def lets_in(home, device_id=DEVICE):
    """Say whether the broker lets a device in with its own account."""
    password = (home.data_dir / "secrets" / "devices" / device_id).read_text().strip()
    where = ["-h", "127.0.0.1", "-p", str(home.mqtt_port), "-u", device_id, "-P", password, "-i", device_id]
    tried = subprocess.run(
        ["mosquitto_pub", *where, "-q", "1", "-t", f"homeguard/alerts/{device_id}", "-m", '{"reason":"here"}'],
        capture_output=True,
        text=True,
        timeout=10,
    )
    return tried.returncode == 0


async def block_of(client, device_id=DEVICE):
    return (await client.get(f"/api/devices/{device_id}")).json()["block"]


async def until_state(client, state):
    async def is_so():
        return (await block_of(client))["state"] == state

    await until(is_so, timeout=45)
    return await block_of(client)


async def until_known(client):
    async def is_so():
        return (await client.get(f"/api/devices/{DEVICE}")).status_code == 200

    await until(is_so, timeout=20)


async def test_block_stands_after_everything_was_killed(home):
    home.up("--sim", "1")
    async with home.client() as client:
        await until_known(client)
        await client.post(f"/api/devices/{DEVICE}/block", json={"reason": "Port scan"})
        command_id = (await until_state(client, "enforced"))["command_id"]
    port, broker_pid = home.mqtt_port, home.broker_pid
    os.kill(broker_pid, signal.SIGKILL)
    home.kill()
    home.up("--sim", "1", "--mqtt-port", str(port))
    assert not lets_in(home)
    async with home.client() as client:
        standing = await until_state(client, "enforced")
        assert standing["command_id"] == command_id
        device = (await client.get(f"/api/devices/{DEVICE}")).json()
        assert device["status"] == "offline"
        await client.post(f"/api/devices/{DEVICE}/unblock")
        await until_state(client, "none")
    wait_until(lambda: lets_in(home))


async def test_two_operators_at_once_and_a_change_of_mind_end_in_one_order_that_both_see(home):
    home.up("--sim", "1")
    async with (
        home.client() as client,
        home.listen("/ws/devices", client) as one,
        home.listen("/ws/devices", client) as two,
    ):
        await until_known(client)
        answers = await asyncio.gather(*[client.post(f"/api/devices/{DEVICE}/block") for _ in range(2)])
        assert sorted(answer.status_code for answer in answers) == [200, 202]
        assert len({answer.json()["block"]["command_id"] for answer in answers}) == 1
        await client.post(f"/api/devices/{DEVICE}/unblock")
        last = (await client.post(f"/api/devices/{DEVICE}/block")).json()["block"]["command_id"]
        shown = [
            await hear(screen, lambda f: update_of("enforced")(f) and f["data"]["block"]["command_id"] == last)
            for screen in (one, two)
        ]
        assert shown[0] == shown[1]
    assert not lets_in(home)


async def test_enforcer_of_another_process_is_waited_for_and_removed(home):
    home.up("--sim", "1")
    async with home.client() as client:
        await until_known(client)
        with home.beside("enforce", "--dry-run"):

            async def is_there():
                block = (await client.post(f"/api/devices/{DEVICE}/block")).json()["block"]
                return "dry-run" in block["reports"]

            await until(is_there, timeout=20)
            enforced = await until_state(client, "enforced")
            assert "dry run" in enforced["reports"]["dry-run"]["detail"]
        away = await until_state(client, "partial")
        assert away["reports"]["dry-run"]["state"] == "unavailable"
        assert home.run("enforcer", "list").stdout.split() == ["broker", "dry-run"]
        removed = home.run("enforcer", "remove", "dry-run")
        assert removed.returncode == 0, removed.stderr
        standing = await until_state(client, "enforced")
        assert list(standing["reports"]) == ["broker"]
        again = home.run("enforcer", "remove", "dry-run")
        assert (again.returncode, "there is no enforcer 'dry-run'" in again.stderr) == (1, True)


async def test_enforcer_that_is_killed_is_unavailable_by_its_last_will(home):
    home.up("--sim", "1")
    async with home.client() as client:
        await until_known(client)
        enforcer = await asyncio.create_subprocess_exec(HOMEGUARD, "enforce", "--dry-run", env=home.environment())
        try:

            async def is_there():
                return "dry-run" in [one["name"] for one in (await client.get("/api/enforcers")).json()["items"]]

            await until(is_there, timeout=20)
            await client.post(f"/api/devices/{DEVICE}/block")
            await until_state(client, "enforced")
        finally:
            enforcer.kill()
            await enforcer.wait()
        away = await until_state(client, "partial")
        assert away["reports"]["dry-run"]["state"] == "unavailable"
        await client.post(f"/api/devices/{DEVICE}/unblock")
        await until_state(client, "releasing")
        with home.beside("enforce", "--dry-run"):
            await until_state(client, "none")


def test_account_of_an_enforcer_is_shown_once_and_made_once(home):
    home.up()
    added = home.run("enforcer", "add", "firewall")
    assert added.returncode == 0, added.stderr
    assert "enforcer-firewall" in added.stdout
    assert not list((home.data_dir / "secrets").rglob("*firewall*"))
    again = home.run("enforcer", "add", "firewall")
    assert (again.returncode, "remove firewall` first" in again.stderr) == (1, True)
    for name in ("broker", "../x"):
        refused = home.run("enforcer", "add", name)
        assert (refused.returncode, "cannot be an enforcer" in refused.stderr) == (1, True)


async def test_block_is_real_at_a_broker_of_ones_own_whose_admin_is_known(home, own_broker):
    broker = own_broker(device_ids=[DEVICE])
    where = f"@{broker.host}:{broker.port}"
    admin = f"mqtt://{broker.admin.username}:{broker.admin.password}{where}"
    home.start(
        "--port",
        "0",
        command="serve",
        HOMEGUARD_ADMIN_PASSWORD=PASSWORD,
        HOMEGUARD_MQTT_URL=broker.mqtt_url,
        HOMEGUARD_MQTT_CLIENT_ID=broker.service.client_id,
        HOMEGUARD_MQTT_ADMIN_URL=admin,
    )
    wait_until(lambda: "HomeGuard is running" in home.said, timeout=30)
    async with home.client() as client, connected(broker, broker.device(DEVICE)) as cam:
        await cam.publish(f"homeguard/devices/{DEVICE}", b'{"kind":"camera"}', qos=1)
        await until_known(client)
        await client.post(f"/api/devices/{DEVICE}/block")
        proved = await until_state(client, "enforced")
        assert proved["reports"]["broker"]["state"] == "enforced"
        with pytest.raises(aiomqtt.MqttError):
            async with asyncio.timeout(5):
                await anext(cam.messages)


async def test_every_change_of_a_block_is_in_the_history_and_a_new_name_leaves_it_standing(home):
    home.up("--sim", "1")
    async with home.client() as client:
        await until_known(client)
        await client.post(f"/api/devices/{DEVICE}/block", json={"reason": "Port scan"})
        proved = await until_state(client, "enforced")
        assert proved["reports"]["broker"]["took_ms"] >= 0
        renamed = await client.patch(f"/api/devices/{DEVICE}", json={"name": "Attic"})
        assert (renamed.status_code, renamed.json()["block"]) == (200, proved)
        removed = await client.delete(f"/api/devices/{DEVICE}")
        assert removed.status_code == 409
        assert not lets_in(home)
        await client.post(f"/api/devices/{DEVICE}/unblock")
        await until_state(client, "none")
        lines = (await client.get(f"/api/devices/{DEVICE}/history")).json()["items"]
    states = [line["data"]["block"]["state"] for line in reversed(lines)]
    changes = [state for state, before in zip(states, ["", *states], strict=False) if state != before]
    assert changes == ["none", "pending", "enforced", "releasing", "none"]


async def test_block_that_ended_while_homeguard_was_off_is_released_at_the_start(home):
    home.up("--sim", "1")
    async with home.client() as client:
        await until_known(client)
        await client.post(f"/api/devices/{DEVICE}/block", json={"minutes": 60})
        await until_state(client, "enforced")
    home.stop()
    with closing(sqlite3.connect(home.data_dir / "homeguard.db")) as journal, journal:
        changed = journal.execute("UPDATE blocks SET until = since WHERE device_id = ?", (DEVICE,))
        assert changed.rowcount == 1
    home.up("--sim", "1")
    async with home.client() as client:
        ended = await until_state(client, "none")
    assert (ended["by"], ended["reports"]["broker"]["state"]) == ("timer", "released")
    await until(lambda: lets_in(home))
