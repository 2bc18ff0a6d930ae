"""`homeguard up` on storage that is full, locked, gone, damaged or another by now, and what its people see of it."""

import asyncio
import os
import sqlite3
import subprocess

import pytest
from websockets.exceptions import ConnectionClosed

from homeguard.journal.backup import contents_of
from tests.integration.home import PASSWORD, Home, hear
from tests.journal.damage import is_whole, overwrite_pages
from tests.postgres import PostgresServer, require_programs
from tests.waiting import until, wait_until

ALERT = {"device_id": "cam-1", "reason": "Port scan"}


def is_alert(frame):
    return frame["type"] == "new_alert"


def is_status(storage):
    return lambda frame: frame["type"] == "status" and frame["data"]["storage"] == storage


@pytest.fixture
def small_home(tmp_path):
    """A home on a disk of its own, of 16 MiB."""
    data_dir = tmp_path / "small"
    data_dir.mkdir(mode=0o700)
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "homeguard-test", data_dir], check=True)
    home = Home(data_dir)
    yield home
    if home.process is not None and home.process.poll() is None:
        home.kill()
    wait_until(lambda: subprocess.run(["umount", data_dir], check=False, capture_output=True).returncode == 0)


async def known_device(home, client):
    home.publish({"id": "cam-1", "kind": "camera"}, topic="devices")
    await until(lambda: _is_there(client))


async def _is_there(client):
    return (await client.get("/api/devices/cam-1")).status_code == 200


async def check_outage(home, client, alerts, says):
    """Publish while storage is away: it is said at every door, nothing is pretended, the connection lives."""
    home.publish(ALERT | {"reason": "meanwhile-1"})
    said = await hear(alerts, is_status("offline"), seconds=30)
    home.publish(ALERT | {"reason": "meanwhile-2"})
    ready = await client.get("/readyz")
    assert ready.status_code == 503
    for reason in (said["data"]["reason"], ready.json()["reason"], home.said):
        assert says in reason
    refused = await client.post("/api/devices/cam-1/block", json={"reason": "Port scan"})
    assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
    assert home.said.count("cannot store") == 1


async def check_recovery(client, alerts):
    """Every alert that was published meanwhile is there, once; and it is said that all is well."""
    frames = [await hear(alerts, is_alert, seconds=30) for _ in range(2)]
    assert [frame["data"]["reason"] for frame in frames] == ["meanwhile-1", "meanwhile-2"]
    await until(lambda: _is_ready(client))
    assert (await client.post("/api/devices/cam-1/block")).status_code == 202
    stored = [item["data"]["reason"] for item in (await client.get("/api/alerts")).json()["items"]]
    assert stored == ["meanwhile-2", "meanwhile-1"]


async def _is_ready(client):
    return (await client.get("/readyz")).status_code == 200


async def test_full_disk_is_said_and_when_there_is_room_it_goes_on(small_home):
    home = small_home.up()
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        await known_device(home, client)
        filler = home.data_dir / "filler"
        with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as filling:
            while True:
                filling.write(b"x" * 4096)
        home.publish({"id": "big", "note": "x" * 60_000}, topic="devices")  # more than the log has room for
        for _ in range(80):
            home.publish({"id": "big", "note": os.urandom(25_000).hex()}, topic="devices")
            if "cannot store" in home.said:
                break
        await check_outage(home, client, alerts, "the disk is full")
        filler.unlink()
        await check_recovery(client, alerts)
    assert home.stop() == 0
    assert is_whole(home.data_dir / "homeguard.db")


async def test_lock_of_another_process_is_said_and_when_it_goes_nothing_is_lost(home):
    home.up()
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        await known_device(home, client)
        somebody = sqlite3.connect(home.data_dir / "homeguard.db", isolation_level=None)
        somebody.execute("BEGIN EXCLUSIVE")
        await check_outage(home, client, alerts, "locked")
        somebody.execute("ROLLBACK")
        somebody.close()
        await check_recovery(client, alerts)


async def test_file_that_vanished_is_said_and_when_it_is_back_it_goes_on(home, tmp_path):
    home.up()
    path, away = home.data_dir / "homeguard.db", tmp_path / "away.db"
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        await known_device(home, client)
        path.rename(away)
        await check_outage(home, client, alerts, "is gone")
        assert not path.exists()
        away.rename(path)
        await check_recovery(client, alerts)


@pytest.mark.postgres
async def test_postgresql_that_stops_is_said_and_when_it_is_back_nothing_is_lost(home):
    server = PostgresServer(require_programs())
    try:
        url = server.create_database()
        given = {"HOMEGUARD_DATABASE_URL": url, "HOMEGUARD_ADMIN_PASSWORD": PASSWORD}
        home.start("--port", "0", "--mqtt-port", "0", **given)
        wait_until(lambda: "HomeGuard is running" in home.said, timeout=30)
        async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
            await known_device(home, client)
            server.pause()
            await check_outage(home, client, alerts, "connection")
            server.start()
            await check_recovery(client, alerts)
        assert home.stop() == 0
    finally:
        server.stop()


async def test_quiet_home_says_that_storage_is_away_and_back_though_nobody_writes(home, tmp_path):
    home.up()
    path, away = home.data_dir / "homeguard.db", tmp_path / "away.db"
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        await hear(alerts, is_status("online"))
        path.rename(away)
        await hear(alerts, is_status("offline"), seconds=5)
        away.rename(path)
        await hear(alerts, is_status("online"), seconds=5)
        assert (await client.get("/readyz")).status_code == 200


async def test_damage_while_running_stops_the_taking_in_and_a_backup_brings_the_home_back(home, tmp_path):
    home.up()
    path, backup = home.data_dir / "homeguard.db", tmp_path / "backup.db"
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        home.publish(ALERT | {"reason": "before"})
        await hear(alerts, is_alert)
        await known_device(home, client)
        assert home.run("backup", str(backup)).returncode == 0
        with sqlite3.connect(path) as emptying:
            emptying.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        emptying.close()
        overwrite_pages(path)
        shown = sqlite3.connect(path, isolation_level=None)
        shown.execute("PRAGMA user_version = 1")  # a commit of another process: nobody trusts what is in memory
        shown.close()
        await check_outage(home, client, alerts, "damaged")
    assert home.stop() == 0
    again = home.run("up", "--port", "0", "--mqtt-port", "0")
    assert (again.returncode, "Traceback" in again.stderr) == (1, False)
    assert f"homeguard restore FILE --data-dir {home.data_dir}" in again.stderr
    assert home.run("user", "list").returncode == 1
    assert not path.exists()
    (aside,) = home.data_dir.glob("homeguard.damaged-*.db")
    assert str(aside) in again.stderr
    assert home.run("restore", str(backup)).returncode == 0
    home.up()
    async with home.client() as client, home.listen("/ws/alerts?since=0", client) as alerts:
        frames = [await hear(alerts, is_alert) for _ in range(3)]
    assert [frame["data"]["reason"] for frame in frames] == ["before", "meanwhile-1", "meanwhile-2"]
    assert aside.exists()


async def test_new_journal_begins_only_where_it_is_asked_for(home):
    home.data_dir.mkdir(mode=0o700)
    (home.data_dir / "homeguard.db").write_bytes(b"something else entirely" * 500)
    assert home.run("up", "--port", "0", "--mqtt-port", "0").returncode == 1
    home.up("--new-journal")
    home.publish(ALERT)
    async with home.client() as client:
        await until(lambda: _alerts(client))
    assert home.stop() == 0
    home.up()
    async with home.client() as client:
        assert len(await _alerts(client)) == 1


async def _alerts(client):
    return (await client.get("/api/alerts")).json()["items"]


async def test_restore_while_running_is_taken_up_with_another_epoch_and_nothing_acknowledged_is_lost(home, tmp_path):
    home.up()
    backup = tmp_path / "backup.db"
    async with home.client() as client, home.listen("/ws/alerts", client) as alerts:
        before = await hear(alerts, lambda frame: frame["type"] == "hello")
        home.publish(ALERT | {"reason": "kept"})
        kept = await hear(alerts, is_alert)
        assert home.run("backup", str(backup)).returncode == 0
        for number in range(5):
            home.publish(ALERT | {"reason": f"later-{number}"})
            last = await hear(alerts, is_alert)

        hearing = asyncio.create_task(_hear_to_the_end(alerts))
        publishing = asyncio.create_task(_publish_for_a_while(home))
        said = await asyncio.to_thread(home.run, "restore", str(backup))
        assert (said.returncode, said.stderr) == (0, "")
        published = await publishing
        assert await hearing == 1012
    async with home.client() as client:
        resume = f"/ws/alerts?since={last['seq']}&epoch={before['epoch']}"
        async with home.listen(resume, client) as alerts:
            hello = await hear(alerts, lambda frame: frame["type"] == "hello")
            gap = await hear(alerts, lambda frame: frame["type"] == "gap")
        assert (hello["epoch"] != before["epoch"], hello["resumed"], gap["reason"]) == (True, False, "epoch")
        home.publish(ALERT | {"reason": "last"})
        await until(lambda: _newest_is(client, "last"))
        after = [item["data"]["reason"] for item in (await client.get("/api/alerts?limit=500")).json()["items"]][::-1]
    (aside,) = home.data_dir.glob("homeguard.replaced-*.db")
    assert contents_of(aside).epoch == before["epoch"]
    assert kept["data"]["reason"] == after[0] == "kept"
    in_between = [reason for reason in after[1:-1] if reason.startswith("during")]
    assert sorted(_reasons(aside) + in_between) == sorted(
        ["kept", *(f"later-{number}" for number in range(5)), *published]
    )
    assert "Traceback" not in home.said


async def _hear_to_the_end(websocket):
    """Receive until the server closes; returns its close code."""
    with pytest.raises(ConnectionClosed):
        async with asyncio.timeout(30):
            while True:
                await websocket.recv()
    return websocket.close_code


async def _publish_for_a_while(home):
    """Publish one alert after the other, through the restore and behind it; returns their reasons."""
    reasons: list[str] = []
    while len(reasons) < 10 or "is opened again" not in home.said:
        reasons.append(f"during-{len(reasons)}")
        await asyncio.to_thread(home.publish, ALERT | {"reason": reasons[-1]})
    return reasons


def _reasons(path):
    with sqlite3.connect(path) as reading:
        found = reading.execute("SELECT json_extract(body, '$.reason') FROM events WHERE type = 'new_alert'").fetchall()
    reading.close()
    return [reason for (reason,) in found]


async def _newest_is(client, reason):
    items = await _alerts(client)
    return bool(items) and items[0]["data"]["reason"] == reason


def test_backup_and_restore_say_what_they_did(home, tmp_path):
    home.up()
    home.publish({"id": "cam-1", "kind": "camera"}, topic="devices")
    backup = tmp_path / "backup.db"
    wait_until(lambda: "1 device" in home.run("backup", "--force", str(backup)).stdout)
    refused = home.run("backup", str(backup))
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)
    assert home.stop() == 0
    told = home.run("backup", "--force", str(backup)).stdout
    assert "1 event, the newest of 20" in told
    assert "1 user (epoch " in told
    told = home.run("restore", str(backup)).stdout
    assert "The one before is kept as" in told
    assert "Every sign-in and every token has ended" in told
    assert is_whole(home.data_dir / "homeguard.db")


@pytest.mark.postgres
def test_journal_in_postgresql_is_for_its_own_tools(home, postgres_url, monkeypatch):
    monkeypatch.setattr(home, "environment", lambda: os.environ | {"HOMEGUARD_DATABASE_URL": postgres_url})
    for command, tool in (("backup", "pg_dump"), ("restore", "pg_restore")):
        refused = home.run(command, "journal.db")
        assert (refused.returncode, tool in refused.stderr) == (1, True)
