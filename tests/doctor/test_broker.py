"""What a broker keeps: read from its configuration, tried at the broker, and mended by the line to paste."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from bridge.mqtt_link import MqttLink
from cli.doctor import broker as checks
from cli.doctor.finding import Check, Finding, State
from cli.running import Running
from tests.broker.mqtt import Client
from tests.brokers import RunningBroker
from tests.conftest import OwnBroker
from tests.doctor.conftest import Look, YourBroker, Yours
from tests.doctor.findings import found, only, states
from tests.ports import free_port
from tests.waiting import wait_until

ALL_KEPT = ["persistence true", "persistence_location {data}", "autosave_interval 1", "max_queued_messages 100000"]


def paste(finding: Finding) -> None:
    """Do what `mend` says, but for the rights of root and the restart, which is the test's."""
    assert finding.mend is not None
    line = finding.mend.removesuffix(" && sudo systemctl restart mosquitto")
    assert line != finding.mend
    subprocess.run(["/bin/sh", "-c", line.replace("sudo tee", "tee")], check=True, stdout=subprocess.DEVNULL)


def test_our_broker_keeps_everything(broker: RunningBroker, look: Look) -> None:
    home = look(data_dir=broker.settings.data_dir)
    for check in (checks.answers, checks.queue, checks.persistence, checks.expiry, checks.sessions):
        assert states(check, home) == [State.FINE], check.__name__
    assert states(checks.system_topics, home) == []


@pytest.mark.parametrize(
    ("check", "lines", "state", "words"),
    [
        (checks.queue, [], State.LOSS, "at most 1,000 messages wait"),
        (checks.queue, ["max_queued_messages 100000"], State.WARNING, "QoS 0"),
        (checks.queue, ["max_queued_messages 0", "queue_qos0_messages true"], State.WARNING, "no limit"),
        (checks.persistence, [], State.LOSS, "in memory only"),
        (checks.persistence, ["persistence true"], State.LOSS, "the last 1,801 s"),
        (checks.persistence, ["persistence true", "autosave_interval 30"], State.WARNING, "the last 31 s"),
        (checks.persistence, ["persistence true", "autosave_interval 0"], State.LOSS, "only when it is stopped"),
        (checks.persistence, ["persistence true", "autosave_on_changes true"], State.LOSS, "1,800 changes"),
        (
            checks.persistence,
            ["persistence true", "autosave_on_changes true", "autosave_interval 1"],
            State.WARNING,
            "for every message",
        ),
        (checks.expiry, ["persistent_client_expiration 1h"], State.LOSS, "away for 1h"),
    ],
)
def test_weakness_is_found_and_mended_by_the_line_to_paste(
    yours: YourBroker, look: Look, check: Check, lines: list[str], state: State, words: str
) -> None:
    broker = yours("persistence_location {data}", *lines)
    finding = only(check, look(broker.conf, mqtt_url=broker.url), state)
    assert words in finding.what
    broker.stop()
    paste(finding)
    broker.start()  # a broker does not start on what it does not understand
    assert finding.what not in [after.what for after in found(check, look(broker.conf, mqtt_url=broker.url))]


def test_memory_alone_is_mended_also_where_no_place_was_named(look: Look, yours: YourBroker) -> None:
    broker = yours()
    finding = only(checks.persistence, look(broker.conf, mqtt_url=broker.url), State.LOSS)
    assert "persistence_location" in (finding.mend or "")


def test_sqlite_plugin_of_2_1_is_as_good_as_its_flush_period(look: Look, tmp_path: Path) -> None:
    conf = tmp_path / "mosquitto.conf"
    plugin = "listener 1883 127.0.0.1\nglobal_plugin /usr/lib/mosquitto_persist_sqlite.so\n"
    for line, state in (("", State.FINE), ("plugin_opt_flush_period 60\n", State.WARNING)):
        conf.write_text(plugin + line)
        assert states(checks.persistence, look(conf, mqtt_url="mqtt://127.0.0.1:1")) == [state]


def test_what_only_the_file_tells_cannot_be_seen_without_it(yours: YourBroker, look: Look) -> None:
    home = look(mqtt_url=yours("allow_anonymous true").url)
    for check in (checks.queue, checks.persistence):
        assert "--config" in (only(check, home, State.UNSEEN).mend or "")


def test_broker_that_does_not_answer_cannot_be_seen(look: Look) -> None:
    home = look(mqtt_url=f"mqtt://127.0.0.1:{free_port()}")
    for check in (checks.answers, checks.sessions, checks.system_topics):
        assert states(check, home) == [State.UNSEEN], check.__name__


def test_broker_with_tls_is_reached_where_its_certificate_is_trusted(
    yours: YourBroker, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = (
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*request.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    broker = yours("allow_anonymous true", f"certfile {certificate}", f"keyfile {key}")
    url = broker.url.replace("mqtt://", "mqtts://")
    assert "by TLS that is trusted here" in only(checks.answers, look(mqtt_url=url), State.UNSEEN).what
    home = look(mqtt_url=url, mqtt_ca_file=certificate)
    assert states(checks.answers, home) == states(checks.sessions, home) == [State.FINE]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # what the system believes
    assert states(checks.answers, look(mqtt_url=url)) == [State.FINE]


def test_changed_password_of_the_operator_is_said(own_broker: OwnBroker, look: Look) -> None:
    broker = own_broker()
    (broker.settings.data_dir / "secrets" / "broker-operator-password").write_text("0" * 32 + "\n")
    assert states(checks.answers, look(data_dir=broker.settings.data_dir)) == [State.WARNING]


def test_doctor_leaves_no_session_behind(yours: YourBroker, look: Look) -> None:
    broker = yours("allow_anonymous true", "sys_interval 1")
    assert State.FINE in states(checks.sessions, look(mqtt_url=broker.url))
    with Watch(broker, "$SYS/broker/clients/total") as watch:
        wait_until(lambda: watch.said[-1:] == ["1"])  # the watch itself


def test_broker_that_forgets_sessions_is_found(yours: YourBroker, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    forgets = partial(MqttLink.connect, keeps_session=False)  # no Mosquitto can be told to refuse sessions
    monkeypatch.setattr(MqttLink, "connect", lambda address, keeps_session=True: forgets(address))
    assert states(checks.sessions, look(mqtt_url=yours("allow_anonymous true").url)) == [State.LOSS]


def test_session_of_the_bridge_is_looked_for_among_what_is_saved(own_broker: OwnBroker, look: Look) -> None:
    broker = own_broker()
    saved = broker.settings.data_dir / "broker" / "mosquitto.db"
    running = Running(os.getpid(), "http://127.0.0.1:1", 0)
    with Client(broker, broker.operator, session_seconds=60, client_id="somebody"):
        wait_until(lambda: saved.exists() and b"somebody" in saved.read_bytes())
        home = replace(look(data_dir=broker.settings.data_dir), running=running)
        assert "no session for the bridge" in only(checks.sessions, home, State.WARNING).what
    with Client(broker, broker.service, session_seconds=60):
        wait_until(lambda: str(broker.service.client_id).encode() in saved.read_bytes())
        assert states(checks.sessions, home) == [State.FINE, State.FINE]


def test_version_and_what_was_dropped_are_read_from_the_broker(yours: YourBroker, look: Look) -> None:
    broker = yours("allow_anonymous true", "sys_interval 1", "max_queued_messages 1", "max_inflight_messages 1")
    home = look(mqtt_url=broker.url)
    assert "Mosquitto 2." in only(checks.system_topics, home, State.FINE).what
    with Watch(broker, "homeguard/#", client_id="away", clean=False):
        pass
    for _ in range(10):
        subprocess.run(
            ["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-t", "homeguard/alerts", "-m", "x"], check=True
        )
    dropped: Callable[[], list[State]] = lambda: states(checks.system_topics, home)  # noqa: E731
    wait_until(lambda: dropped() == [State.FINE, State.LOSS])


class Watch:
    """A subscriber at a broker of one's own, MQTT 3.1.1; `said` are the payloads it has seen."""

    def __init__(self, broker: Yours, topic: str, client_id: str = "watch", *, clean: bool = True) -> None:
        self.said: list[str] = []
        self._is_subscribed = False
        self._paho = paho.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=clean)
        self._paho.on_message = lambda _c, _u, message: self.said.append(message.payload.decode())
        self._paho.on_subscribe = self._subscribed
        self._paho.connect("127.0.0.1", broker.port)
        self._paho.loop_start()
        self._paho.subscribe(topic, qos=1)
        wait_until(lambda: self._is_subscribed)

    def _subscribed(self, *_arguments: object) -> None:
        self._is_subscribed = True

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_error: object) -> None:
        self._paho.disconnect()
        self._paho.loop_stop()
