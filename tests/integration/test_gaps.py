"""What a killed broker lost for good reaches a subscriber as an alert."""

import os
import signal

from tests.integration.home import hear
from tests.waiting import wait_until


async def test_subscriber_is_told_that_the_broker_has_lost_what_it_kept(home):
    home.up()
    saved = home.data_dir / "broker" / "mosquitto.db"
    async with home.client() as client, home.listen("/ws/alerts", client) as websocket:
        await hear(websocket, lambda frame: frame["type"] == "hello")
        wait_until(saved.exists)
        os.kill(home.broker_pid, signal.SIGKILL)
        saved.unlink()
        frame = await hear(websocket, lambda frame: frame["type"] == "new_alert", seconds=40)
        listed = (await client.get("/api/alerts", params={"device_id": "homeguard"})).json()["items"]
        devices = (await client.get("/api/devices")).json()["items"]
    alert = frame["data"]
    assert (alert["category"], alert["severity"], alert["raised_by"]) == ("bridge", "high", "homeguard")
    assert alert["reason"].startswith(f"events between {alert['details']['from']} and {alert['details']['to']} may be")
    assert [item["id"] for item in listed] == [frame["id"]]
    assert devices == []
