"""What the README says to paste, as it stands there, run beside a real HomeGuard."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.home import PASSWORD, Home
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


def in_the_shell(home):
    """Return the words of a shell that has pasted every block of "Try it" up to Python; one line an answer."""
    section = README[README.index("## Try it") : README.index("### Follow alerts in Python")]
    pasted = "".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL))
    pasted, count = re.subn(r"^printf 'Password of admin.*$", f"PASSWORD='{PASSWORD}'", pasted, flags=re.MULTILINE)
    assert count == 1  # the one line that asks somebody at a keyboard
    pasted = pasted.replace("http://127.0.0.1:8000", home.running["url"].rstrip("/"))
    return subprocess.run(
        ["sh", "-eu", "-c", pasted],
        env={**home.environment(), "HOME": str(home.data_dir.parents[2])},
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    ).stdout


def node_with_sockets():
    """Return how to start a Node that has WebSocket: 22 and later, or 20 when it is asked to."""
    for words in ["node"], ["node", "--experimental-websocket"]:
        has = [*words, "-e", "process.exit(typeof WebSocket === 'function' ? 0 : 1)"]
        if shutil.which("node") and subprocess.run(has, capture_output=True, timeout=30).returncode == 0:
            return words
    return pytest.skip("no Node with WebSocket on the PATH")


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


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on the PATH")
async def test_what_is_pasted_into_a_shell(tmp_path):
    home = Home(tmp_path / ".local" / "share" / "homeguard")
    home.data_dir.mkdir(parents=True)
    home.up("--sim", "6")  # `make run`
    try:
        async with home.client() as client:
            await until(lambda: known(client, "tv-1"), timeout=20)
        lines = in_the_shell(home).splitlines()
        proof, devices, blocked, shown, unblocked, alerts, events, rejects = (
            json.loads(line) for line in lines if line
        )
    finally:
        assert home.stop() == 0
    assert (proof["status"], proof["id"]) == ("stored", "scan-2")
    assert {"door-1", "tv-1"} <= {device["id"] for device in devices["items"]}
    assert (blocked["block"]["desired"], blocked["block"]["reason"]) == (True, "Too loud")
    assert shown["block"]["state"] in {"pending", "enforced"}
    assert unblocked["block"]["desired"] is False
    assert "Port scan" in {alert["data"]["reason"] for alert in alerts["items"]}
    assert [event["seq"] for event in events["items"]] == [1, 2, 3, 4, 5]
    assert rejects["items"] == []


async def known(client, device_id):
    """Say whether a device was heard of."""
    return (await client.get(f"/api/devices/{device_id}")).status_code == 200


def test_an_alert_in_javascript(home, tmp_path):
    (example,) = re.findall(r"^```js\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    server = home.running["url"].replace("http", "ws", 1).rstrip("/")
    token = home.run("token").stdout.strip()
    hello = 'console.log("hello"); epoch = frame.epoch;'
    assert example.count("epoch = frame.epoch;") == 1
    script = tmp_path / "alerts.mjs"
    script.write_text(
        f'const server = "{server}", token = process.env.TOKEN;\n{example.replace("epoch = frame.epoch;", hello)}'
    )
    reader = subprocess.Popen(
        [*node_with_sockets(), script],
        env={**os.environ, "TOKEN": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert reader.stdout is not None
    try:
        assert reader.stdout.readline() == "hello\n"
        home.publish({"device_id": "cam-1", "reason": "Port scan"})
        assert reader.stdout.readline() == "medium cam-1 Port scan\n"
    finally:
        reader.kill()
        reader.communicate(timeout=10)
