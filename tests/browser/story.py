"""The home that screenshots show: the same devices, the same hour, each time."""

import random
import sqlite3
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from homeguard.clock import to_rfc3339
from tests.browser.enforcer import administer
from tests.integration.home import Home

PARTS: Final = 11
HOUR: Final = timedelta(minutes=56)
LATEST: Final = timedelta(seconds=20)  # ago

DEVICES: Final[list[dict[str, Any]]] = [
    {"id": "cam-1", "name": "Front yard camera", "kind": "camera", "ip": "192.168.1.20", "firmware": "4.2.1"},
    {"id": "cam-2", "name": "Garage camera", "kind": "camera", "ip": "192.168.1.21", "firmware": "4.2.1"},
    {"id": "lock-1", "name": "Front door", "kind": "lock", "ip": "192.168.1.30", "firmware": "1.9.0"},
    {"id": "motion-1", "name": "Garden motion sensor", "kind": "motion", "ip": "192.168.1.41"},
    {"id": "thermostat-1", "name": "Hallway thermostat", "kind": "thermostat", "ip": "192.168.1.50"},
    {"id": "tv-1", "name": "Living room TV", "kind": "tv", "ip": "192.168.1.60", "firmware": "12.0"},
    {"id": "phone-1", "name": "Ada's phone", "kind": "phone", "ip": "192.168.1.71"},
    {"id": "laptop-7", "name": "Unknown laptop", "kind": "laptop", "ip": "192.168.1.187"},
]
# In which part, and what.
ALERTS: Final[list[tuple[int, dict[str, Any]]]] = [
    (0, {"device_id": "thermostat-1", "reason": "Firmware 2.3 is available", "severity": "info", "category": "update"}),
    (2, {"device_id": "motion-1", "reason": "Battery below 20 %", "severity": "low", "category": "battery"}),
    (4, {"device_id": "cam-2", "reason": "Lost the network for 40 s", "severity": "medium", "category": "network"}),
    (6, {"device_id": "lock-1", "reason": "Wrong code entered", "severity": "medium", "category": "access"}),
    (6, {"device_id": "lock-1", "reason": "Wrong code entered", "severity": "medium", "category": "access"}),
    (6, {"device_id": "lock-1", "reason": "Wrong code entered", "severity": "medium", "category": "access"}),
    (8, {"device_id": "cam-1", "reason": "Somebody at the gate", "severity": "high", "category": "motion"}),
    (9, {"device_id": "laptop-7", "reason": "A device that was never here before", "severity": "high",
         "category": "network", "details": {"mac": "02:42:ac:11:00:07", "vendor": "unknown"}}),
    (10, {"device_id": "laptop-7", "reason": "Port scan", "severity": "critical", "category": "network",
          "details": {"ports": [22, 80, 443, 1883], "seconds": 3.2}}),
]  # fmt: skip
BLOCKED, PENDING = "laptop-7", "tv-1"


def tell(home: Home) -> None:
    """Let an hour pass in a home that runs: what is published is spread over the last hour. Restarts it."""
    administer(
        home, ["addRoleACL", "operator", "publishClientSend", "homeguard/alerts/+", "allow"]
    )  # plays the devices
    chance = random.Random(5)  # a story, not a secret
    battery = 24.0
    for part in range(PARTS):
        updates = [device | {"status": "online"} for device in DEVICES if part == 0 or device["id"] == "cam-2"]
        for step in range(chance.randint(8, 30)):
            battery -= 0.05
            updates += [
                {"id": "thermostat-1", "telemetry": {"temperature": round(19 + part / 4 + chance.random(), 1),
                                                     "target": 21}},
                {"id": "cam-1", "telemetry": {"temperature": round(38 + 3 * chance.random(), 1),
                                              "fps": 25 - step % 2, "motion": step % 5 == 0}},
                {"id": "motion-1", "telemetry": {"battery": int(battery)}},
            ]  # fmt: skip
        home.publish_many(updates, topic="devices")
        for when, alert in ALERTS:
            if when == part:
                home.publish(alert, topic="alerts" if alert["severity"] == "info" else f"alerts/{alert['device_id']}")
    home.publish_many([{"id": "phone-1", "status": "offline"}], topic="devices")
    home.publish("battery low!")  # what could not be read
    home.publish({"device_id": "cam-1", "reason": "", "severity": "high"})
    home.stop()
    spread(home)
    home.up()


def spread(home: Home) -> None:
    """Move the events of a journal that nobody has open over the last hour, in their order."""
    chance = random.Random(6)
    journal = sqlite3.connect(home.data_dir / "homeguard.db")
    with journal:
        seqs = [seq for (seq,) in journal.execute("SELECT seq FROM events ORDER BY seq")]
        moments = list(accumulate(chance.paretovariate(3) for _ in seqs))
        begin = datetime.now(UTC) - HOUR
        for seq, moment in zip(seqs, moments, strict=True):
            at = to_rfc3339(begin + (HOUR - LATEST) * (moment / moments[-1]))
            journal.execute("UPDATE events SET at = ? WHERE seq = ?", (at, seq))
    journal.close()
