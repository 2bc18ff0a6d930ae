"""Who gets in: tried at real brokers, open ones and closed ones."""

import json
from pathlib import Path

import pytest

from cli.doctor import access
from cli.doctor.finding import State
from tests.broker.mqtt import Client
from tests.brokers import RunningBroker
from tests.conftest import OwnBroker
from tests.doctor.conftest import Look, YourBroker
from tests.doctor.findings import found, only, states
from tests.ports import free_port

CONTROL = "$CONTROL/dynamic-security/v1"


def test_our_broker_is_closed_in_every_way(broker: RunningBroker, look: Look) -> None:
    home = look(data_dir=broker.settings.data_dir)
    for check in access.CHECKS:
        assert states(check, home) == [State.FINE], check.__name__


def test_broker_open_to_everybody_is_found_by_getting_in(yours: YourBroker, look: Look) -> None:
    broker = yours("allow_anonymous true")
    finding = only(access.anonymous_access, look(mqtt_url=broker.url), State.LOSS)
    assert f"127.0.0.1:{broker.port} without an account" in finding.what
    assert "mosquitto_passwd" in (finding.mend or "")


def test_broker_of_yours_with_accounts_is_closed(yours: YourBroker, look: Look) -> None:
    assert states(access.anonymous_access, look(mqtt_url=yours("allow_anonymous false").url)) == [State.FINE]


def test_second_listener_that_is_open_is_named(yours: YourBroker, look: Look) -> None:
    second = free_port()
    broker = yours("per_listener_settings true", f"listener {second} 127.0.0.1", "allow_anonymous true")
    finding = only(access.anonymous_access, look(broker.conf, mqtt_url=broker.url), State.LOSS)
    assert f"port {second} at 127.0.0.1" in finding.what
    assert finding.mend == f"sudoedit {broker.conf}  # allow_anonymous false and a password_file below each listener"


def test_broker_with_a_password_file_is_given_no_second_one(yours: YourBroker, look: Look, tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    passwords.touch()
    broker = yours("allow_anonymous true", f"password_file {passwords}")
    mend = only(access.anonymous_access, look(broker.conf, mqtt_url=broker.url), State.LOSS).mend or ""
    assert f"sudo mosquitto_passwd {passwords} homeguard && printf 'allow_anonymous false\\n' | " in mend


def test_broker_that_is_not_there_cannot_be_seen(look: Look) -> None:
    home = look(mqtt_url=f"mqtt://127.0.0.1:{free_port()}")
    assert "does not answer" in only(access.anonymous_access, home, State.UNSEEN).what
    assert states(access.websockets, home) == []


@pytest.mark.parametrize(
    ("lines", "state", "words"),
    [
        ("listener 1883 127.0.0.1", State.FINE, "for this machine alone"),
        ("listener 8883\ncertfile /c\nkeyfile /k", State.FINE, "with TLS"),
        ("listener 1883", State.WARNING, "open to the network: port 1883 at every address"),
        ("listener 9001 127.0.0.1\nprotocol websockets", State.LOSS, "Mosquitto 2.0 ignores the one it names"),
        ("listener 9001\nprotocol websockets", State.WARNING, "a websockets listener without TLS"),
    ],
)
def test_listener_is_judged_by_who_reaches_it(look: Look, tmp_path: Path, lines: str, state: State, words: str) -> None:
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(lines)
    assert words in only(access.listeners, look(conf, mqtt_url="mqtt://127.0.0.1:1"), state).what


def test_listeners_of_a_broker_without_its_file_cannot_be_seen(look: Look) -> None:
    finding = only(access.listeners, look(mqtt_url="mqtt://127.0.0.1:1"), State.UNSEEN)
    assert "not visible by MQTT" in finding.what
    assert "--config" in (finding.mend or "")


def test_device_that_may_use_any_client_id_is_named_and_the_line_to_paste_binds_it(
    own_broker: OwnBroker, look: Look
) -> None:
    broker = own_broker()
    home = look(data_dir=broker.settings.data_dir)
    with Client(broker, broker.admin) as admin:
        loosen = {"command": "modifyClient", "username": "cam-1", "clientid": ""}
        admin.publish(CONTROL, json.dumps({"commands": [loosen]}).encode())
        finding = only(access.client_ids, home, State.WARNING)
        assert finding.what.endswith("any client id: cam-1")
        assert finding.mend == f"mosquitto_ctrl -p {broker.port} -u homeguard-admin dynsec setClientId cam-1 cam-1"
        bind = {"command": "setClientId", "username": "cam-1", "clientid": "cam-1"}  # what that command sends
        admin.publish(CONTROL, json.dumps({"commands": [bind]}).encode())
        assert states(access.client_ids, home) == [State.FINE]


def test_bridge_that_may_use_any_client_id_is_found(own_broker: OwnBroker, look: Look) -> None:
    broker = own_broker()
    with Client(broker, broker.admin) as admin:
        loosen = {"command": "modifyClient", "username": "homeguard-bridge", "clientid": ""}
        admin.publish(CONTROL, json.dumps({"commands": [loosen]}).encode())
    finding = only(access.client_ids, look(data_dir=broker.settings.data_dir), State.WARNING)
    assert "bridge's account works with any client id" in finding.what


def test_client_id_that_everybody_knows_is_a_loss_at_a_broker_that_binds_none(yours: YourBroker, look: Look) -> None:
    broker = yours("allow_anonymous true")
    finding = only(access.client_ids, look(mqtt_url=broker.url), State.LOSS)
    assert "homeguard-bridge" in finding.what
    assert states(access.client_ids, look(mqtt_url=broker.url, mqtt_client_id="a-secret")) == [State.FINE]


def test_broker_that_makes_the_user_name_the_client_id_binds_it(yours: YourBroker, look: Look) -> None:
    broker = yours("use_username_as_clientid true", "allow_anonymous true")
    assert states(access.client_ids, look(broker.conf, mqtt_url=broker.url)) == [State.FINE]


def test_no_finding_holds_a_secret(broker: RunningBroker, look: Look) -> None:
    home = look(data_dir=broker.settings.data_dir)
    said = str([found(check, home) for check in access.CHECKS])
    for account in (broker.admin, broker.service, broker.operator):
        assert account.password not in said
    assert str(broker.service.client_id) not in said
