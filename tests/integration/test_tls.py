"""HomeGuard with certificates, as people run it: a real server, a real Mosquitto, and Mosquitto's own client."""

import asyncio
import gc
import hashlib
import ssl
import subprocess
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from homeguard.certificates.files import CertificateFiles
from homeguard.certificates.names import LOOPBACK_NAMES
from homeguard.certificates.store import Certificates
from homeguard.certificates.tls import client_context
from homeguard.client import SignIn, subscribe, tls_context
from homeguard.clock import utc_now
from tests.broker.mqtt import ACCEPTED, NOT_AUTHORISED, Client
from tests.certificates.test_tls import openssl
from tests.clock import ManualClock
from tests.doctor.conftest import Yours
from tests.integration.home import HOMEGUARD, PASSWORD, hear
from tests.ports import free_port
from tests.waiting import until, wait_until

ALERT = {"device_id": "cam-1", "reason": "Port scan"}
FREE = {"HOMEGUARD_MQTTS_PORT": "0"}


@dataclass
class Where:
    """A door of the broker's."""

    host: str
    port: int


@pytest.fixture
def secure(home):
    """A home whose owner has typed `homeguard certs`."""
    assert home.run("certs").returncode == 0
    return home


def is_alert(frame):
    return frame["type"] == "new_alert"


async def test_pasted_line_goes_over_tls_and_appears_on_an_open_socket(secure):
    secure.up(**FREE)
    assert secure.running["url"].startswith("https://127.0.0.1:")
    assert "--cafile" in secure.publish_line()
    async with secure.client() as client, secure.listen("/ws/alerts", client) as alerts:
        line = await asyncio.create_subprocess_shell(secure.publish_line())
        frame = await hear(alerts, is_alert)
        assert await line.wait() == 0
        assert frame["data"]["reason"] == "Port scan"


async def test_lan_makes_certificates_and_its_line_works_as_pasted(home):
    home.up("--lan", **FREE)
    assert "made certificates" in home.said
    assert home.running["url"].startswith("https://")
    line = await asyncio.create_subprocess_shell(home.publish_line())
    assert await line.wait() == 0
    conf = (home.data_dir / "broker" / "mosquitto.conf").read_text()
    assert f"listener {home.mqtt_port} 127.0.0.1\n" in conf


async def test_tail_doctor_subscribe_and_sign_in_find_the_authority_by_themselves(secure, monkeypatch):
    secure.up(**FREE)
    secure.publish(ALERT)
    with secure.beside("tail", "alerts", "--tail", "5") as tail:
        assert "Port scan" in tail.stdout.readline()
    said = secure.run("doctor", "--json").stdout
    assert "HomeGuard is connected and stores" in said
    assert "2 certificates looked at: good for 30 days and more" in said
    url = secure.running["url"]
    monkeypatch.setenv("HOMEGUARD_DATA_DIR", str(secure.data_dir))
    async with aclosing(subscribe(url, "alerts", token=SignIn(url, "admin", PASSWORD), tail=5)) as frames:
        while (frame := await anext(frames)).type != "new_alert":
            pass
    assert frame.data["reason"] == "Port scan"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # asyncio, after a failed handshake
async def test_subscriber_elsewhere_is_told_what_helps_and_takes_the_ca_file(secure):
    secure.up(**FREE)
    url, token = secure.running["url"], secure.run("token").stdout.strip()
    told = asyncio.get_running_loop().create_future()
    frames = subscribe(url, "alerts", token=token, on_retry=lambda why, _seconds: told.set_result(why))
    waiting = asyncio.create_task(anext(frames))
    assert "HOMEGUARD_CA_FILE names the authority" in await asyncio.wait_for(told, 10)
    waiting.cancel()
    await asyncio.wait({waiting})
    tls = tls_context(secure.data_dir / "certs" / "ca.crt")
    async with aclosing(subscribe(url, "alerts", token=token, tls=tls)) as frames:
        assert (await anext(frames)).type == "status"
    gc.collect()  # here, where the warning is expected


async def test_sign_in_gives_a_secure_cookie_and_answers_ask_for_tls(secure):
    secure.up(**FREE)
    async with httpx.AsyncClient(base_url=secure.running["url"], verify=secure.tls) as client:
        answer = await client.post("/api/auth/login", json={"username": "admin", "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


def test_renewed_certificate_is_taken_up_by_both_doors_while_homeguard_runs(secure):
    secure.up(**FREE)
    before = fingerprint_of(secure)
    assert secure.run("certs", "renew", "--name", "box.lan").returncode == 0
    wait_until(lambda: "they have changed, and are taken up" in secure.said, timeout=20)
    fingerprint = fingerprint_of(secure)
    assert fingerprint != before
    port = (secure.data_dir / "broker" / "tls-address").read_text().strip().rpartition(":")[2]
    wait_until(lambda: shown_at(secure.port) == shown_at(int(port)) == fingerprint)


def shown_at(port):
    shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))
    return hashlib.sha256(shown).digest().hex(":").upper()


def fingerprint_of(home):
    server = Certificates(home.data_dir).server()
    assert server is not None
    return server.fingerprint


def test_certificate_that_ends_soon_is_renewed_at_the_start_and_said(secure):
    a_year_ago = ManualClock()
    a_year_ago.now = utc_now() - timedelta(days=390)
    Certificates(secure.data_dir, a_year_ago).renew_server(LOOPBACK_NAMES)
    assert "the server's certificate ends on" in secure.run("doctor", "--json").stdout
    secure.up(**FREE)
    assert "renewed the certificate, for it would have ended on" in secure.said
    assert "good for 30 days and more" in secure.run("doctor", "--json").stdout


async def test_your_own_certificate_is_shown_at_both_doors(home, tmp_path):
    certificate, key = tmp_path / "own.crt", tmp_path / "own.key"
    new = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=own", "-addext", "subjectAltName=DNS:localhost"]
    openssl("req", "-x509", *new, "-days", "60", "-keyout", key, "-out", certificate)
    own = {
        "HOMEGUARD_TLS_CERT": str(certificate),
        "HOMEGUARD_TLS_KEY": str(key),
        "HOMEGUARD_CA_FILE": str(certificate),
    }
    home.up(**FREE, **own)
    assert home.running["url"] == f"https://localhost:{home.port}"
    async with home.client() as client:
        assert (await client.get("/readyz")).status_code == 200
    line = await asyncio.create_subprocess_shell(home.publish_line())
    assert await line.wait() == 0
    assert home.stop() == 0
    key.chmod(0o644)
    ended = failed_start(home, **own)
    assert f"chmod 600 {key}" in ended


def test_key_that_others_can_read_refuses_the_start_and_is_named(secure):
    for name in ("server.key", "ca.key"):
        key = secure.data_dir / "certs" / name
        key.chmod(0o644)
        assert f"chmod 600 {key}" in failed_start(secure)
        key.chmod(0o600)


def failed_start(home, **variables):
    """Start it, which must fail; returns what it said."""
    begins = len(home.said)
    home.start("--port", "0", "--mqtt-port", "0", **FREE, **variables)
    assert home.process.wait(20) == 1
    return home.said[begins:]


@pytest.mark.parametrize(
    ("words", "variables", "says"),
    [
        (["up", "--lan"], {"HOMEGUARD_TLS": "false"}, "--insecure-lan"),
        (["serve"], {"HOMEGUARD_MQTT_URL": "mqtt://u:secret@broker.example"}, "use mqtts://, or say --insecure-lan"),
        (["up", "--mqtt-url", "mqtt://u:secret@192.0.2.9"], {}, "use mqtts://, or say --insecure-lan"),
        (
            ["serve"],
            {"HOMEGUARD_MQTT_URL": "mqtts://h", "HOMEGUARD_MQTT_CA_FILE": "/nowhere/ca.crt"},
            "/nowhere/ca.crt",
        ),
        (["serve"], {"HOMEGUARD_MQTT_URL": "mqtts://h", "HOMEGUARD_MQTT_CERT": "/c"}, "HOMEGUARD_MQTT_KEY go together"),
        (["up"], {"HOMEGUARD_MQTTS_DEVICE_PORT": "0"}, "`homeguard certs` makes them"),
    ],
)
def test_what_would_be_overheard_or_cannot_work_is_refused_with_what_to_do(home, words, variables, says):
    ended = subprocess.run(
        [HOMEGUARD, *words, "--port", "0"],
        env=home.environment(**variables),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "secret" not in ended.stderr


async def test_bridge_speaks_to_a_broker_of_ones_own_over_tls_with_a_certificate(home, own_broker, tmp_path):
    """The other broker asks the bridge for a certificate, whose name must then be its account."""
    theirs = Certificates(tmp_path / "broker-data")
    theirs.make_authority(LOOPBACK_NAMES)
    theirs.ensure_server(LOOPBACK_NAMES)
    theirs.issue_device("homeguard-bridge")
    broker = own_broker(pair=theirs.files.server, mqtts_port=0, mqtts_device_port=0)
    pair = theirs.files.device("homeguard-bridge")
    home.start(
        "--port",
        "0",
        command="serve",
        HOMEGUARD_MQTT_URL=f"mqtts://localhost:{broker.broker.tls.device_port}",
        HOMEGUARD_MQTT_CA_FILE=str(theirs.files.authority.certificate),
        HOMEGUARD_MQTT_CERT=str(pair.certificate),
        HOMEGUARD_MQTT_KEY=str(pair.key),
        HOMEGUARD_ADMIN_PASSWORD=PASSWORD,
    )
    wait_until(lambda: "HomeGuard is running" in home.said, timeout=30)
    async with home.client() as client:
        assert (await client.get("/readyz")).json()["bridge"] == "online"


async def test_bridge_does_not_believe_a_broker_that_nobody_vouches_for(home, own_broker, tmp_path):
    theirs = Certificates(tmp_path / "broker-data")
    theirs.make_authority(LOOPBACK_NAMES)
    theirs.ensure_server(LOOPBACK_NAMES)
    broker = own_broker(pair=theirs.files.server, mqtts_port=0)
    url = f"mqtts://homeguard-bridge:{broker.service.password}@localhost:{broker.broker.tls.port}"
    home.start("--port", "0", command="serve", HOMEGUARD_MQTT_URL=url)
    wait_until(lambda: "HOMEGUARD_MQTT_CA_FILE names the authority" in home.said, timeout=30)
    assert broker.service.password not in home.said


def test_simulated_home_comes_over_tls(secure, tmp_path):
    files, directory = CertificateFiles.of(secure.data_dir), tmp_path / "theirs"
    directory.mkdir()
    lines = ["allow_anonymous true", f"certfile {files.server.certificate}", f"keyfile {files.server.key}"]
    broker = Yours(directory, *lines).start()
    try:
        with (
            Client(broker, None, tls=client_context(files.authority.certificate)) as listener,
            secure.beside("sim", "--devices", "2", "--mqtt-url", f"mqtts://me:secret@127.0.0.1:{broker.port}"),
        ):
            listener.subscribe("homeguard/devices/#")
            wait_until(lambda: len({topic.split("/")[2] for topic, _ in listener.received}) == 2, timeout=20)
    finally:
        broker.stop()


def test_plain_server_on_the_network_is_warned_about(home):
    home.up("--host", "0.0.0.0")
    assert "HTTP without TLS is open to the network" in home.said


async def test_block_stops_a_device_whose_certificate_is_its_account_and_unblock_lets_it_in(secure):
    """Who signs in with a certificate is not asked whether the account is disabled: the role is what a block takes."""
    port = free_port()
    secure.up(**FREE, HOMEGUARD_MQTTS_DEVICE_PORT=str(port))
    files = CertificateFiles.of(secure.data_dir)
    async with secure.client() as client:
        assert (await client.post("/api/devices", json={"id": "cam-1"})).status_code == 201
        assert secure.run("certs", "device", "cam-1").returncode == 0
        context = client_context(files.authority.certificate, files.device("cam-1"))

        def come():
            return Client(Where("127.0.0.1", port), None, tls=context)

        with come() as device:
            assert device.publish("homeguard/alerts/cam-1", b'{"reason":"Motion"}') in ACCEPTED
            assert (await client.post("/api/devices/cam-1/block", json={})).status_code == 202
            await until(lambda: block_is(client, "enforced"))
            wait_until(lambda: device.was_hung_up_on)
        with come() as device:
            assert device.publish("homeguard/alerts/cam-1", b'{"reason":"Still here"}') == NOT_AUTHORISED
            assert device.subscribe("homeguard/blocks/cam-1") == NOT_AUTHORISED
        await client.post("/api/devices/cam-1/unblock")
        await until(lambda: block_is(client, "none"))
        with come() as device:
            assert device.publish("homeguard/alerts/cam-1", b'{"reason":"Back"}') in ACCEPTED
        alerts = (await client.get("/api/alerts?device_id=cam-1")).json()["items"]
        assert "Still here" not in {alert["data"]["reason"] for alert in alerts}


async def test_removed_device_has_no_certificate_that_counts_and_the_next_of_its_id_is_another(secure):
    port = free_port()
    secure.up(**FREE, HOMEGUARD_MQTTS_DEVICE_PORT=str(port))
    files = CertificateFiles.of(secure.data_dir)
    async with secure.client() as client:
        assert (await client.post("/api/devices", json={"id": "cam-1"})).status_code == 201
        assert secure.run("certs", "device", "cam-1").returncode == 0
        lost = client_context(files.authority.certificate, files.device("cam-1"))
        with Client(Where("127.0.0.1", port), None, tls=lost) as device:
            assert (await client.delete("/api/devices/cam-1")).status_code == 204
            wait_until(lambda: device.was_hung_up_on)
        wait_until(lambda: "they have changed, and are taken up" in secure.said, timeout=20)
        assert (await client.post("/api/devices", json={"id": "cam-1"})).status_code == 201

        def is_refused():
            with Client(Where("127.0.0.1", port), None, tls=lost) as thief:
                return thief.connect_code is None

        wait_until(is_refused)
    assert "cam-1 has no certificate here" in secure.run("certs", "revoke", "cam-1").stderr


async def block_is(client, state):
    return (await client.get("/api/devices/cam-1")).json()["block"]["state"] == state


async def test_devices_come_by_certificate_beside_a_certificate_of_your_own(secure, tmp_path):
    """Who vouches for the server is one thing, who vouches for devices another."""
    certificate, key, port = tmp_path / "own.crt", tmp_path / "own.key", free_port()
    new = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=own", "-addext", "subjectAltName=DNS:localhost"]
    openssl("req", "-x509", *new, "-days", "60", "-keyout", key, "-out", certificate)
    own = {"HOMEGUARD_TLS_CERT": str(certificate), "HOMEGUARD_TLS_KEY": str(key)}
    secure.up("--sim", "1", HOMEGUARD_MQTTS_DEVICE_PORT=str(port), **FREE, **own)
    assert secure.run("certs", "device", "cam-1").returncode == 0
    context = client_context(certificate, CertificateFiles.of(secure.data_dir).device("cam-1"))
    with Client(Where("localhost", port), None, tls=context) as device:
        assert device.publish("homeguard/alerts/cam-1", b'{"reason":"Motion"}') in ACCEPTED
