"""What a household notices when somebody new speaks, and what it can make of newcomers by its settings."""

import asyncio
import subprocess

from tests.waiting import until

TOLD = {"HOMEGUARD_TELL_NEW": "true"}


async def new_devices(client):
    listed = (await client.get("/api/alerts", params={"q": "new_device"})).json()["items"]
    return sorted(alert["data"]["device_id"] for alert in listed)


async def test_each_of_six_simulated_devices_is_told_of_once_also_after_a_restart(home):
    home.up("--sim", "6", **TOLD)

    async def six_have_come():
        return len(await new_devices(client)) == 6

    async with home.client() as client:
        await until(six_have_come, timeout=20)
    home.stop()
    home.up("--sim", "6", **TOLD)
    async with home.client() as client:
        devices = (await client.get("/api/devices")).json()["items"]
        ids = {device["id"] for device in devices}

        async def all_are_back():
            return all(device["status"] == "online" for device in (await client.get("/api/devices")).json()["items"])

        await until(all_are_back, timeout=20)
        assert await new_devices(client) == sorted(ids)


async def test_first_words_of_an_account_are_told_and_quarantine_spares_whom_an_admin_made(home):
    home.up(HOMEGUARD_QUARANTINE_NEW="true", **TOLD)
    async with home.client() as client:
        made = (await client.post("/api/devices", json={"id": "door-1", "kind": "lock"})).json()["mqtt"]
        assert await new_devices(client) == []
        where = ["-h", made["host"], "-p", str(made["port"]), "-u", made["username"], "-P", made["password"]]
        words = ["-i", made["client_id"], "-q", "1", "-t", "homeguard/devices/door-1", "-m", '{"status":"online"}']
        await asyncio.to_thread(subprocess.run, ["mosquitto_pub", *where, *words], check=True, timeout=10)
        home.publish({"device_id": "ghost-1", "reason": "Boo"})

        async def both_are_known():
            return await new_devices(client) == ["door-1", "ghost-1"]

        await until(both_are_known)
        blocks = {d["id"]: d["block"] for d in (await client.get("/api/devices")).json()["items"]}
    assert (blocks["door-1"]["desired"], blocks["ghost-1"]["desired"]) == (False, True)
    assert blocks["ghost-1"]["by"] == "homeguard"


async def test_closed_flat_topics_are_said_and_no_line_promises_what_does_not_work(home):
    home.up(HOMEGUARD_FLAT_TOPICS="closed")
    assert "HOMEGUARD_FLAT_TOPICS is closed" in home.said
    assert "mosquitto_pub" not in home.said
    async with home.client() as client:
        assert (await client.get("/api/about")).json()["publish_command"] is None
