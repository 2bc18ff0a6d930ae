"""The home that screenshots show: the same devices, the same hour, each time."""

import json
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

import httpx

from homeguard.clock import to_rfc3339
from tests.browser.enforcer import run
from tests.integration.home import PASSWORD, Home

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
WITH_ACCOUNT: Final = ("cam-1", "cam-2", "lock-1", "motion-1")
BLOCKED, PENDING = "laptop-7", "tv-1"
PEOPLE: Final[list[dict[str, Any]]] = [
    {"username": "ada", "role": "operator"},
    {"username": "grandma", "role": "viewer", "channels": ["alerts"]},
]


def tell(home: Home) -> None:
    """Let an hour pass in a home that runs: what is published is spread over the last hour. Restarts it."""
    accounts = add_accounts(home)
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
                raise_alert(home, alert, accounts.get(alert["device_id"]))
    home.publish_many([{"id": "phone-1", "status": "offline"}], topic="devices")
    home.publish("battery low!")  # what could not be read
    home.publish({"device_id": "cam-1", "reason": "", "severity": "high"})
    home.stop()
    spread(home)
    home.up()


def add_accounts(home: Home) -> dict[str, str]:
    """Give those an account that raise alerts of themselves; returns their passwords."""
    with httpx.Client(base_url=home.running["url"], timeout=10) as client:
        answer = client.post("/api/auth/login", json={"username": "admin", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        made = {id: client.post("/api/devices", json={"id": id}) for id in WITH_ACCOUNT}
        client.post("/api/auth/logout")
        return {id: answer.raise_for_status().json()["mqtt"]["password"] for id, answer in made.items()}


def raise_alert(home: Home, alert: dict[str, Any], password: str | None) -> None:
    """Publish it as the device itself, or without an account on the flat topic, as somebody who tells of the device."""
    if password is None:
        home.publish(alert)
        return
    id, said = alert["device_id"], json.dumps(alert)
    run(home, "mosquitto_pub", id, password, ["-i", id, "-q", "1", "-t", f"homeguard/alerts/{id}", "-m", said])


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
