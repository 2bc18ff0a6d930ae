"""`homeguard device …` beside a running HomeGuard and without one: what it prints works, and only that."""

import asyncio
import json
import re
import subprocess

import pytest

from bridge.broker import Account, known_address
from homeguard.settings import load_settings
from tests.broker.mqtt import ACCEPTED, Client
from tests.doctor.conftest import yours
from tests.integration.home import HOMEGUARD, Home, hear
from tests.waiting import until, wait_until

__all__ = ["yours"]


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "data")
    yield home
    if home.process is not None and home.process.poll() is None:
        home.stop()


class Where:
    """What `Client` wants to know of a broker."""

    def __init__(self, home):
        self.host, self.port = known_address(load_settings(data_dir=home.data_dir))


def added(home, *words):
    done = home.run("device", "add", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def account_of(result):
    mqtt = result["mqtt"]
    return Account(mqtt["username"], mqtt["password"], mqtt["client_id"])


def signs_in(home, account):
    with Client(Where(home), account) as client:
        return client.is_connected


def test_device_that_is_added_while_homeguard_is_off_works_after_its_start(home):
    made = account_of(added(home, "cam-9", "--name", "Front door", "--kind", "camera"))
    renewed = home.run("device", "rotate", "cam-9", "--json")
    second = account_of(json.loads(renewed.stdout))
    gone = added(home, "old-1")
    assert home.run("device", "remove", "old-1").returncode == 0
    home.up()
    assert (signs_in(home, made), signs_in(home, second), signs_in(home, account_of(gone))) == (False, True, False)
    with Client(Where(home), second) as cam:
        assert cam.publish("homeguard/alerts/cam-9", b'{"reason":"here"}') in ACCEPTED
    listed = home.run("device", "list").stdout
    assert re.search(r"^cam-9 +account .*camera +Front door$", listed, re.MULTILINE)
    home.stop()
    kept = [path for path in home.data_dir.rglob("*") if path.is_file()]
    assert [path.name for path in kept if second.password.encode() in path.read_bytes()] == []
    home.up()  # the start leaves alone whom it has no password of
    assert signs_in(home, second)


async def test_device_that_is_added_beside_homeguard_works_at_once_and_is_shown(home):
    home.up()
    async with home.client() as client, home.listen("/ws/devices", client) as live:
        result = await asyncio.to_thread(added, home, "cam-9", "--kind", "camera")
        made = account_of(result)
        await hear(live, lambda frame: frame["type"] == "device_update" and frame["data"]["id"] == "cam-9")
        assert (await client.get("/api/devices/cam-9")).json()["has_account"] is True
        with Client(Where(home), made) as cam:
            again = await asyncio.to_thread(home.run, "device", "rotate", "cam-9", "--json")
            await until(lambda: not cam.is_connected)
        with Client(Where(home), account_of(json.loads(again.stdout))) as cam:
            assert (await asyncio.to_thread(home.run, "device", "remove", "cam-9")).returncode == 0
            await until(lambda: not cam.is_connected)
        assert (await client.get("/api/devices/cam-9")).status_code == 404


def test_what_is_printed_works_as_pasted(home):
    home.up()
    text = home.run("device", "add", "cam-9").stdout
    assert "shown this once" in text
    lines = [line for line in text.splitlines() if line.startswith("mosquitto_pub")]
    assert len(lines) == 3
    for line in lines:
        subprocess.run(line, shell=True, check=True, timeout=20)
    wait_until(lambda: "online" in home.run("device", "list").stdout, timeout=20)


@pytest.mark.parametrize("is_running", [False, True])
def test_what_cannot_be_done_says_why_in_one_line(home, is_running):
    if is_running:
        home.up()
    assert home.run("device", "add", "cam-9").returncode == 0
    for words, says in (
        (("add", "operator"), "account of HomeGuard's own"),
        (("add", "Cam 9"), "not a device id"),
        (("add", "cam-9"), "has an account"),
        (("add", "cam-8", "--name", ""), "name"),
        (("rotate", "nobody-1"), "there is no device"),
        (("remove", "nobody-1"), "there is no device"),
    ):
        done = home.run("device", *words)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), (words, done)
        assert says in done.stderr


def test_broker_of_ones_own_without_an_admin_is_told_what_to_do(home):
    broker = {"HOMEGUARD_MQTT_URL": "mqtt://localhost:1"}
    words = [HOMEGUARD, "device", "add", "cam-9"]
    done = subprocess.run(words, env=home.environment(**broker), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "HOMEGUARD_MQTT_ADMIN_URL" in done.stderr


def test_devices_are_added_at_a_mosquitto_of_ones_own(home, own_broker):
    """HomeGuard beside a broker that it did not start, with the account of the broker's admin."""
    broker = own_broker(device_ids=())
    admin = broker.admin
    urls = {
        "HOMEGUARD_MQTT_URL": broker.mqtt_url,
        "HOMEGUARD_MQTT_CLIENT_ID": broker.service.client_id,
        "HOMEGUARD_MQTT_ADMIN_URL": f"mqtt://{admin.username}:{admin.password}@{broker.host}:{broker.port}",
        "HOMEGUARD_MQTT_DEVICE_URL": "mqtts://broker.lan",
    }
    words = [HOMEGUARD, "device", "add", "cam-8", "--json"]
    while_off = subprocess.run(words, env=home.environment(**urls), capture_output=True, text=True, timeout=30)
    assert while_off.returncode == 0, while_off.stderr
    home.start("--port", "0", command="serve", **urls)
    wait_until(lambda: "HomeGuard is running" in home.said, timeout=30)
    beside = added(home, "cam-9")
    assert (beside["mqtt"]["host"], beside["mqtt"]["port"], beside["mqtt"]["tls"]) == ("broker.lan", 8883, True)
    for result in (json.loads(while_off.stdout), beside):
        with Client(broker, account_of(result)) as cam:
            assert cam.publish(f"homeguard/alerts/{result['device']['id']}") in ACCEPTED


def test_mosquitto_without_dynamic_security_is_told_what_to_do(home, yours):
    plain = yours("allow_anonymous true")
    url = f"mqtt://me:secret@127.0.0.1:{plain.port}"
    words = [HOMEGUARD, "device", "add", "cam-8"]
    environment = home.environment(HOMEGUARD_MQTT_URL=url, HOMEGUARD_MQTT_ADMIN_URL=url)
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert "dynamic-security plugin" in done.stderr
