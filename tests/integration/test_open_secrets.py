"""`homeguard up` and `serve` refuse to start on secrets that others may read, and say what to type."""

import shlex
import subprocess

import pytest

from bridge.broker import BrokerSecrets
from tests.integration.home import HOMEGUARD, Home

SECRETS = [
    "secrets/jwt.key",
    "secrets/jwt-former.json",
    "secrets/broker-admin-password",
    "secrets/broker-bridge-password",
    "secrets/broker-bridge-client-id",
    "secrets/broker-operator-password",
    "secrets/devices/sim-cam",
    "broker/dynamic-security.json",
]


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory):
    """A home that ran once, was given another key, and stopped."""
    home = Home(tmp_path_factory.mktemp("lived-in") / "home").up()
    assert home.stop() == 0
    assert home.run("token", "rotate-key").returncode == 0
    BrokerSecrets(home.data_dir).device("sim-cam")
    return home


def start(home, *words, **variables):
    """Start it; it must refuse with one sentence, which is returned."""
    ended = subprocess.run(
        [HOMEGUARD, *words, "--port", "0"],
        env=home.environment(**variables),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


def mend(said):
    """Do what the sentence says to type."""
    subprocess.run(shlex.split(said.split("`")[1]), check=True)


@pytest.mark.parametrize("mode", [0o644, 0o660])
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_others_may_read_or_change_refuses_the_start(lived_in, name, mode):
    path = lived_in.data_dir / name
    path.chmod(mode)
    said = start(lived_in, "up", "--mqtt-port", "0")
    assert f"`chmod 600 {path}`" in said
    mend(said)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["ca.key", "server.key", "devices/sim-cam.key"])
def test_a_key_of_a_certificate_that_others_may_read_refuses_the_start(lived_in, name):
    path = lived_in.data_dir / "certs" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text("the key")
    path.chmod(0o644)
    said = start(lived_in, "up", "--mqtt-port", "0")
    assert f"`chmod 600 {path}`" in said
    path.unlink()


@pytest.mark.parametrize("name", ["MQTT_URL", "DATABASE_URL", "ADMIN_PASSWORD"])
def test_a_secret_of_a_setting_that_others_may_read_refuses_the_start(lived_in, tmp_path, name):
    path = tmp_path / "secret"
    path.write_text("mqtt://bridge:the-secret@127.0.0.1:1")
    path.chmod(0o644)
    said = start(lived_in, "serve", **{f"HOMEGUARD_{name}_FILE": str(path)})
    assert f"HOMEGUARD_{name}_FILE" in said
    assert f"`chmod 600 {path}`" in said
    assert "the-secret" not in said


@pytest.mark.parametrize("name", ["", "secrets"])
@pytest.mark.parametrize("mode", [0o770, 0o777, 0o1777])
def test_a_directory_that_others_may_change_refuses_the_start(lived_in, name, mode):
    path = lived_in.data_dir / name
    path.chmod(mode)
    said = start(lived_in, "up", "--mqtt-port", "0")
    assert f"`chmod go-w {path}`" in said
    mend(said)
    path.chmod(0o700)


def test_a_journal_that_others_may_read_refuses_the_start(lived_in):
    journal = lived_in.data_dir / "homeguard.db"
    lived_in.data_dir.chmod(0o755)
    journal.chmod(0o644)
    said = start(lived_in, "serve", HOMEGUARD_MQTT_URL="mqtt://127.0.0.1:1")
    assert f"`chmod 600 {journal}`" in said
    mend(said)
    lived_in.data_dir.chmod(0o700)


def test_a_home_that_was_closed_again_starts(lived_in):
    lived_in.up()
    assert lived_in.stop() == 0


def test_every_secret_of_a_home_is_its_owners_alone(lived_in):
    lived_in.up("--sim", "1")
    assert lived_in.stop() == 0

    paths = [path for path in lived_in.data_dir.rglob("*") if not path.is_socket()]
    secret = [path for path in paths if path.is_file() and {"secrets", "broker"} & set(path.parts)]
    assert secret
    assert [path for path in secret if path.stat().st_mode & 0o077] == []
    assert lived_in.data_dir.stat().st_mode & 0o777 == 0o700
    assert (lived_in.data_dir / "homeguard.db").stat().st_mode & 0o777 == 0o600
