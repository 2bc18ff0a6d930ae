"""The README's Python, as it stands there, run beside a real HomeGuard."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.home import Home
from tests.waiting import until

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def home(tmp_path):
    """Return a home where the README expects it."""
    home = Home(tmp_path / ".local" / "share" / "homeguard")
    home.data_dir.mkdir(parents=True)
    yield home.up()
    assert home.stop() == 0


def example(word):
    """Return the one example with a word in it."""
    (found,) = [example for example in EXAMPLES if word in example]
    return found


def run(home, script, **variables):
    """Run a program as somebody who pasted it; only the ports are those of this home."""
    ports = {"1883": str(home.mqtt_port), "http://127.0.0.1:8000": home.running["url"]}
    for theirs, ours in ports.items():
        script = script.replace(theirs, ours)
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=home.data_dir.parent,
        env={**os.environ, "HOME": str(home.data_dir.parents[2]), "PYTHONUNBUFFERED": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def add_account(home, device_id):
    """Add a device as the README says; returns its password as the README finds it."""
    (adds,) = re.findall(r"^\.venv/bin/(homeguard device add door-1.*)$", README, re.MULTILINE)
    (exports,) = re.findall(r"^export DOOR_PASSWORD=\$\(\.venv/bin/(.*)\)$", README, re.MULTILINE)
    said = ""
    for words in adds, exports:
        line = f"{Path(sys.executable).parent}/{words}".replace("door-1", device_id)
        done = subprocess.run(line, shell=True, env=home.environment(), check=True, timeout=30, capture_output=True)
        said = done.stdout.decode().strip()
    return said


async def gone(client):
    """Return door-1 as it is when it has said goodbye, else None."""
    device = (await client.get("/api/devices/door-1")).json()
    return device if device["status"] == "offline" else None


async def test_devices_of_both_kinds_and_a_subscriber(home):
    password = add_account(home, "door-1")
    for name in ("import Device", "import SyncDevice"):
        _, errors = run(home, example(name), DOOR_PASSWORD=password).communicate(timeout=60)
        assert errors == ""
    async with home.client() as client:
        alerts = (await client.get("/api/alerts")).json()["items"]
        device = await until(lambda: gone(client), timeout=10)
        token = client.headers["Authorization"].removeprefix("Bearer ")
    newest, before = (alert["data"] for alert in alerts)
    assert (before["reason"], before["verified"], before["seq"]) == ("Door left open", True, 1)
    assert (newest["boot"], newest["seq"]) == (before["boot"], 2)  # one outbox, so one numbering
    assert (device["name"], device["telemetry"]) == ("Front door", {"battery": 81})

    reader = run(home, example("import subscribe"), HOMEGUARD_TOKEN=token)
    try:
        lines = [reader.stdout.readline().split(maxsplit=1)[1] for _ in range(2)]
        assert lines == ["medium door-1 Door left open\n"] * 2
    finally:
        reader.kill()
        reader.communicate(timeout=10)
