"""The files for a broker that somebody else starts, tried with a Mosquitto started by hand as a container does."""

import re
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from bridge.address import Address
from bridge.broker import BrokerSecrets, known_address
from bridge.broker.config import find_mosquitto, find_plugin
from cli.broker import app
from cli.doctor.probe import Door, knock, without_account
from homeguard.certificates.names import LOOPBACK_NAMES, named
from homeguard.certificates.store import Certificates
from homeguard.settings import load_settings
from tests.ports import free_port, listens
from tests.waiting import wait_until


def init(directory: Path, port: int) -> list[str]:
    return [
        "init",
        f"--directory={directory / 'config'}",
        f"--data={directory}",
        f"--plugin={find_plugin(find_mosquitto())}",
        f"--address=localhost:{port}",
        "--sim=2",
        f"--postgres={directory / 'postgres'}",
    ]


def test_broker_made_for_a_container_is_closed_and_lets_the_bridge_in(tmp_path: Path) -> None:
    port = free_port()
    result = CliRunner().invoke(app, init(tmp_path, port), env={"HOMEGUARD_DATA_DIR": str(tmp_path / "data")})
    assert result.exit_code == 0, result.output
    config = tmp_path / "config" / "mosquitto.conf"
    config.write_text(  # as the container: this test must not listen on every address, nor change its user
        re.sub(r"(?m)^user .*$", "user root", config.read_text()).replace(
            f"listener {port}", f"listener {port} 127.0.0.1"
        )
    )
    secrets = BrokerSecrets(tmp_path / "data")
    client_id = (tmp_path / "data" / "secrets" / "mqtt-client-id").read_text().strip()
    url = (tmp_path / "data" / "secrets" / "mqtt-url").read_text().strip()
    publish = ["mosquitto_pub", "-L", f"{url}/homeguard/alerts", "-m", "{}", "-q", "1", "-V", "mqttv5"]
    process = subprocess.Popen([find_mosquitto(), "-c", config], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: listens(port))
        assert subprocess.run([*publish, "-i", client_id], check=False).returncode == 0
        assert (
            subprocess.run([*publish, "-i", "homeguard-bridge"], check=False, stderr=subprocess.DEVNULL).returncode != 0
        )
    finally:
        process.terminate()
        process.wait()
    assert client_id == secrets.service.client_id
    assert known_address(load_settings(data_dir=tmp_path / "data")) == ("localhost", port)


def test_broker_made_for_a_container_lets_the_bridge_in_over_tls(tmp_path: Path) -> None:
    port, tls_port = free_port(), free_port()
    words = [*init(tmp_path, port), f"--tls-port={tls_port}", "--tls-name=box.lan", "--tls-address=192.168.1.10"]
    environment = {"HOMEGUARD_DATA_DIR": str(tmp_path / "data")}
    for _ in range(2):  # `docker compose up` does it each time
        result = CliRunner().invoke(app, words, env=environment)
        assert result.exit_code == 0, result.output
    server = Certificates(tmp_path / "data").server()
    assert server is not None
    assert server.names == LOOPBACK_NAMES | named(["box.lan"], ["192.168.1.10"])
    config = tmp_path / "config" / "mosquitto.conf"
    text = re.sub(r"(?m)^user .*$", "user root", config.read_text())
    config.write_text(re.sub(r"(?m)^(listener \d+)$", r"\1 127.0.0.1", text))  # as above
    secrets = tmp_path / "data" / "secrets"
    process = subprocess.Popen([find_mosquitto(), "-c", config], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: listens(tls_port))
        settings = load_settings(
            data_dir=tmp_path / "data",
            mqtt_url=(secrets / "mqtt-url").read_text().strip(),
            mqtt_client_id=(secrets / "mqtt-client-id").read_text().strip(),
            mqtt_ca_file=tmp_path / "data" / "certs" / "ca.crt",
        )
        address = Address.of(settings)
        assert (address.is_tls, address.port) == (True, tls_port)
        assert knock(address) is Door.OPEN
        assert knock(without_account(address)) is Door.REFUSED
    finally:
        process.terminate()
        process.wait()


def test_postgres_url_holds_the_password_that_the_image_reads(tmp_path: Path) -> None:
    environment = {"HOMEGUARD_DATA_DIR": str(tmp_path / "data")}
    for _ in range(2):
        assert CliRunner().invoke(app, init(tmp_path, 1883), env=environment).exit_code == 0
    password = (tmp_path / "postgres" / "password").read_text().strip()
    assert (tmp_path / "postgres" / "url").read_text() == f"postgresql://homeguard:{password}@postgres:5432/homeguard\n"
