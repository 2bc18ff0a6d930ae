"""The life of the broker: ports, deaths, leftovers, the stop."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.broker.broker import DEFAULT_PORT, Broker
from bridge.broker.config import find_mosquitto
from homeguard.errors import Misconfigured
from homeguard.settings import load_settings
from tests.broker.mqtt import Client
from tests.brokers import RunningBroker
from tests.conftest import OwnBroker
from tests.ports import listens
from tests.waiting import wait_until


@pytest.fixture
def children() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that a test starts beside the broker; none outlives it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for child in started:
        child.kill()
        child.communicate()


def own_address() -> str | None:
    """An address of this machine besides loopback, None where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        return str(probe.getsockname()[0])


def test_stops_when_told_and_frees_the_port(own_broker: OwnBroker) -> None:
    broker = own_broker()
    broker.stop()
    assert not listens(broker.port)
    assert broker.pid is None


def test_killed_broker_is_started_again_and_said(own_broker: OwnBroker, caplog: pytest.LogCaptureFixture) -> None:
    broker = own_broker()
    broker.kill_and_wait()
    assert listens(broker.port)
    assert "the broker died: exit status -9; starting it again in 0.5 s" in caplog.text


def test_what_was_queued_for_the_bridge_survives_the_restart_of_the_broker(own_broker: OwnBroker) -> None:
    broker = own_broker()
    with Client(broker, broker.service, session_seconds=3600) as bridge:
        bridge.subscribe("homeguard/#")
    with Client(broker, broker.operator) as person:
        person.publish("homeguard/alerts", b"while you were out")
    broker.stop()
    again = own_broker()
    with Client(again, again.service, session_seconds=3600) as bridge:
        wait_until(lambda: bridge.received == [("homeguard/alerts", b"while you were out")])


def test_what_was_queued_survives_a_killed_broker_once_it_is_saved(own_broker: OwnBroker) -> None:
    broker = own_broker()
    with Client(broker, broker.service, session_seconds=3600) as bridge:
        bridge.subscribe("homeguard/#")
    with Client(broker, broker.operator) as person:
        person.publish("homeguard/alerts", b"while you were out")
    saved = broker.settings.data_dir / "broker" / "mosquitto.db"
    wait_until(lambda: saved.exists() and b"while you were out" in saved.read_bytes(), timeout=5)
    broker.kill_and_wait()
    with Client(broker, broker.service, session_seconds=3600) as bridge:
        wait_until(lambda: bridge.received == [("homeguard/alerts", b"while you were out")])


async def test_cancelled_supervisor_leaves_no_broker(tmp_path: Path) -> None:
    broker = Broker.prepare(load_settings(data_dir=tmp_path), port=0)
    ready = asyncio.Event()
    task = asyncio.create_task(broker.run(ready, asyncio.Event()))
    await asyncio.wait_for(ready.wait(), 10)
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()
    assert not listens(broker.port)
    assert not ready.is_set()


def test_port_stays_the_same_while_it_is_free(own_broker: OwnBroker) -> None:
    broker = own_broker()
    broker.stop()
    prepared = Broker.prepare(broker.settings)
    prepared.release()
    assert prepared.port == broker.port


def test_taken_port_that_was_asked_for_by_variable_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"port {taken} .*--mqtt-port"):
            Broker.prepare(load_settings(data_dir=tmp_path, mqtt_port=taken))


def test_default_port_is_that_of_mqtt_or_said(tmp_path: Path) -> None:
    prepared = Broker.prepare(load_settings(data_dir=tmp_path))
    prepared.release()
    said = f"port {DEFAULT_PORT} is taken, so the broker uses {prepared.port} (--mqtt-port chooses another one)"
    assert prepared.notes == (() if prepared.port == DEFAULT_PORT else (said,))


def test_second_start_with_the_same_data_is_told_of_the_first(own_broker: OwnBroker) -> None:
    broker = own_broker()
    with pytest.raises(Misconfigured, match=rf"another `homeguard up` \(process {os.getpid()}\)"):
        Broker.prepare(broker.settings)
    assert listens(broker.port)


def test_broker_left_behind_is_replaced_and_said(
    own_broker: OwnBroker, children: list[subprocess.Popen[bytes]]
) -> None:
    first = own_broker()
    first.stop()
    config = first.settings.data_dir / "broker" / "mosquitto.conf"
    left = subprocess.Popen([find_mosquitto(), "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children.append(left)
    wait_until(lambda: listens(first.port) and (config.parent / "mosquitto.pid").exists())
    again = own_broker(port=first.port)
    assert left.wait(5) == 0
    assert again.broker.notes == (
        f"stopped the broker (process {left.pid}) that a killed `homeguard up` had left behind",
    )


def test_other_process_with_the_number_in_the_pid_file_is_left_alone(
    tmp_path: Path, children: list[subprocess.Popen[bytes]]
) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()", "mosquitto"], stdin=subprocess.PIPE)
    children.append(other)
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "mosquitto.pid").write_text(f"{other.pid}\n")
    with RunningBroker(tmp_path) as running:
        assert running.broker.notes == ()
    assert other.poll() is None


def test_broker_of_another_data_directory_is_left_alone(own_broker: OwnBroker, tmp_path: Path) -> None:
    other = own_broker(tmp_path / "other")
    (tmp_path / "mine" / "broker").mkdir(parents=True)
    (tmp_path / "mine" / "broker" / "mosquitto.pid").write_text(f"{other.pid}\n")
    assert own_broker(tmp_path / "mine").broker.notes == ()
    assert listens(other.port)


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_broker_does_not_outlive_a_killed_parent(tmp_path: Path, children: list[subprocess.Popen[bytes]]) -> None:
    script = f"""
import asyncio, pathlib
from bridge.broker import Broker
from homeguard.settings import load_settings
broker = Broker.prepare(load_settings(data_dir=pathlib.Path({str(tmp_path)!r})), port=0)
async def main():
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(broker.run(ready, asyncio.Event()))
        await ready.wait()
        print(broker.port, flush=True)
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    children.append(parent)
    assert parent.stdout is not None
    port = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not listens(port))


def test_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    running = RunningBroker(tmp_path)
    config = tmp_path / "broker" / "mosquitto.conf"
    config.write_text(config.read_text() + "\nnonsense true\n")
    with pytest.raises(Misconfigured, match=r"Mosquitto did not start: .*nonsense"):
        running.start()


def test_missing_mosquitto_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.broker.config.SBIN", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Misconfigured, match="type `sudo apt-get install mosquitto mosquitto-clients`"):
        Broker.prepare(load_settings(data_dir=tmp_path))


def test_data_directory_may_have_a_space_in_its_name(own_broker: OwnBroker, tmp_path: Path) -> None:
    broker = own_broker(tmp_path / "my home")
    with Client(broker, broker.operator) as person:
        assert person.is_connected


def test_listens_on_loopback_only_unless_told(own_broker: OwnBroker, tmp_path: Path) -> None:
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    assert not listens(own_broker(tmp_path / "closed", lan=True).port, address)  # which opens TLS, and nothing else
    assert listens(own_broker(tmp_path / "open", insecure_lan=True).port, address)


def test_lines_of_clients_stay_out_of_an_ordinary_log(own_broker: OwnBroker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    broker = own_broker()
    with Client(broker, broker.operator):
        wait_until(lambda: "New client connected" in caplog.text)
    assert {record.levelname for record in caplog.records if "New client" in record.message} == {"DEBUG"}
