"""`homeguard doctor` beside a HomeGuard that runs, one that does not, and one in trouble."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.doctor import service
from cli.doctor.finding import State
from cli.doctor.home import look_at
from cli.running import Running
from homeguard.settings import load_settings
from tests.brokers import RunningBroker
from tests.conftest import OwnBroker
from tests.doctor.conftest import Look
from tests.doctor.findings import only, states
from tests.integration.conftest import home  # noqa: F401 - a fixture
from tests.integration.home import Home
from tests.ports import free_port
from tests.waiting import wait_until

HOMEGUARD = str(Path(sys.executable).with_name("homeguard"))
OF_THIS_MACHINE = {"disk", "filesystem", "clock"}  # may be sick where the tests run

OPEN_BROKER = """
user root
listener 1999 127.0.0.1
allow_anonymous true
listener 9001 127.0.0.1
protocol websockets
"""

# A home open to its network, with a websockets listener beside it that names loopback, as only a namespace may hold.
OPEN_HOME = """
ip link set lo up || exit 77
"$1" up --host 0.0.0.0 --insecure-lan --data-dir "$2" --port 8000 --mqtt-port 1883 >"$2.log" 2>&1 & up=$!
mosquitto -c "$3" 2>/dev/null & other=$!
for _ in $(seq 300); do grep -q "HomeGuard is running" "$2.log" && break; sleep 0.1; done
"$1" doctor --json --data-dir "$2"
"$1" doctor --json --data-dir "$2" --mqtt-url mqtt://127.0.0.1:1999 --config "$3"
kill $other $up; wait
"""


def report(ended: "subprocess.CompletedProcess[str]") -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """Read the JSON: the exit status, and the states and sentences of each check."""
    said: dict[str, list[tuple[str, str]]] = {}
    read = json.loads(ended.stdout)
    assert ended.returncode == read["exit_code"], ended.stderr
    for each in read["findings"]:
        said.setdefault(each["check"], []).append((each["state"], each["what"]))
    return read["exit_code"], said


def tree(directory: Path) -> dict[str, tuple[int, int, float]]:
    return {
        str(path): (path.stat().st_mode, path.stat().st_size, path.stat().st_mtime)
        for path in [directory, *directory.rglob("*")]
    }


def test_home_that_runs_is_well(home: Home) -> None:  # noqa: F811
    home.up("--sim", "2")
    ended = home.run("doctor", "--json")
    code, said = report(ended)
    unwell = {check: found for check, found in said.items() if {state for state, _ in found} != {"fine"}}
    assert not unwell.keys() - OF_THIS_MACHINE, unwell
    assert unwell or code == 0
    assert f"listens on 127.0.0.1:{home.mqtt_port}" in str(said["ports"])
    text = ended.stdout + home.run("doctor").stdout
    for secret in (path for path in (home.data_dir / "secrets").rglob("*") if path.is_file()):
        assert secret.read_text().strip() not in text


def test_home_that_is_off_is_looked_at_as_far_as_it_goes_and_stays_as_it_is(home: Home) -> None:  # noqa: F811
    home.up()
    assert home.stop() == 0
    before = tree(home.data_dir)
    code, said = report(home.run("doctor", "--json"))
    assert tree(home.data_dir) == before
    assert code in {1, 2}  # 1 where the machine itself is sick
    assert said["ready"][0][0] == said["answers"][0][0] == said["client_ids"][0][0] == "unseen"
    assert said["queue"] == [("fine", said["queue"][0][1])]
    assert said["integrity"] == [("fine", "the journal is whole (quick_check)")]


def test_doctor_makes_nothing_where_nothing_is(home: Home) -> None:  # noqa: F811
    code, said = report(home.run("doctor", "--json"))
    assert code in {1, 2}
    assert said["secrets"][0][0] == "unseen"
    assert not home.data_dir.exists()


def test_homeguard_without_its_broker_is_found(home: Home) -> None:  # noqa: F811
    url = f"mqtt://127.0.0.1:{free_port()}"
    home.start("--port", "0", command="serve", HOMEGUARD_MQTT_URL=url, HOMEGUARD_ADMIN_PASSWORD="correct horse battery")
    wait_until(lambda: (home.data_dir / "running.json").exists(), timeout=20)
    code, said = report(home.run("doctor", "--json", "--mqtt-url", url))
    assert code == 1
    assert [(state, what.partition(":")[0]) for state, what in said["ready"]] == [
        ("loss", "HomeGuard is not connected to the broker")
    ]


def test_wrong_setting_is_an_error_of_one_sentence(home: Home) -> None:  # noqa: F811
    ended = home.run("doctor", "--mqtt-url", "http://broker")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("homeguard doctor: HOMEGUARD_MQTT_URL must look like")


def test_homeguard_that_does_not_answer_is_found(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    Running(os.getpid(), f"http://127.0.0.1:{free_port()}", 0).write(settings)
    assert f"process {os.getpid()}) does not answer" in only(service.ready, look_at(settings, None), State.LOSS).what


def test_door_that_the_configuration_does_not_name_is_found(own_broker: OwnBroker, look: Look) -> None:
    broker: RunningBroker = own_broker()
    conf = broker.settings.data_dir / "broker" / "mosquitto.conf"
    assert states(service.ports, look(data_dir=broker.settings.data_dir)) == [State.FINE]
    conf.write_text(conf.read_text().replace(f"listener {broker.port}", "listener 1"))
    finding = only(service.ports, look(data_dir=broker.settings.data_dir), State.LOSS)
    assert f"listens on 127.0.0.1:{broker.port}, which" in finding.what


def test_home_open_to_its_network_is_found(tmp_path: Path) -> None:
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(OPEN_BROKER)
    unshare = [shutil.which("unshare") or "unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*unshare, "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody make namespaces")
    said = subprocess.run(
        [*unshare, "sh", "-c", OPEN_HOME, "sh", HOMEGUARD, tmp_path / "data", conf],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HOMEGUARD_ADMIN_PASSWORD": "correct horse battery"},
        timeout=90,
    ).stdout
    ours, end = json.JSONDecoder().raw_decode(said)
    yours, _ = json.JSONDecoder().raw_decode(said[end:].lstrip())
    warned = [each["what"] for each in ours["findings"] if each["state"] == "warning"]
    assert "a listener without TLS is open to the network: port 1883 at every address" in warned
    assert "the web server is open to the network at 0.0.0.0:8000, without TLS of its own" in warned
    assert "port 9001 of 127.0.0.1 speaks MQTT over WebSockets, past HomeGuard's tokens" in warned
    judged = {(each["check"], each["state"]) for each in yours["findings"]}
    assert {("anonymous_access", "loss"), ("listeners", "loss"), ("websockets", "warning")} <= judged
