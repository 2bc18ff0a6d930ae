"""The accounts file, made and amended offline, and accounts added to a running broker."""

import json
import logging
import stat
from pathlib import Path
from typing import Any

import pytest

from bridge.broker.accounts import RESERVED, Account, BrokerSecrets
from bridge.broker.control import (
    CONTROL_RESPONSE_TOPIC,
    CONTROL_TOPIC,
    answers,
    create_device,
    failures,
    remove_device,
    request,
)
from homeguard.errors import BadInput, Misconfigured
from tests.broker.mqtt import ACCEPTED, NOT_AUTHORISED, Client
from tests.brokers import RunningBroker
from tests.conftest import OwnBroker
from tests.waiting import wait_until


def control(broker: RunningBroker, commands: list[dict[str, Any]]) -> list[str]:
    """Send a request as the admin and return what failed."""
    with Client(broker, broker.admin) as admin:
        admin.subscribe(CONTROL_RESPONSE_TOPIC)
        admin.publish(CONTROL_TOPIC, request(commands, "c"))
        _, response = wait_until(lambda: admin.received)[0]
        return failures(answers(response, "c") or [])


def command(broker: RunningBroker, **fields: Any) -> None:
    assert control(broker, [fields]) == []


def accounts_file(broker: RunningBroker) -> Path:
    return broker.settings.data_dir / "broker" / "dynamic-security.json"


def connects(broker: RunningBroker, account: Account) -> bool:
    with Client(broker, account) as client:
        return client.is_connected


def test_no_secret_is_open_to_others(own_broker: OwnBroker) -> None:
    broker = own_broker()
    broker.kill_and_wait()
    command(broker, command="createClient", username="by-hand", password="x" * 12)  # the broker rewrites the file
    paths = [path for name in ("broker", "secrets") for path in (broker.settings.data_dir / name).rglob("*")]
    assert len(paths) > 10
    assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_passwords_stay_the_same_over_restarts(tmp_path: Path) -> None:
    first, again, elsewhere = BrokerSecrets(tmp_path), BrokerSecrets(tmp_path), BrokerSecrets(tmp_path / "other")
    assert (first.service, first.device("cam-1")) == (again.service, again.device("cam-1"))
    assert first.ensure_device_accounts(["cam-1"]) == {"cam-1": again.device("cam-1").password}
    assert first.operator.password != elsewhere.operator.password


def test_passwords_stay_out_of_logs(tmp_path: Path) -> None:
    account = BrokerSecrets(tmp_path).operator
    assert account.password not in f"{account} {account!r}"


@pytest.mark.parametrize("device_id", [*RESERVED, "Cam-1", "a/b", "+", ""])
def test_device_cannot_have_the_name_of_an_account_of_ours(tmp_path: Path, device_id: str) -> None:
    with pytest.raises(BadInput, match=r"device id|another id"):
        BrokerSecrets(tmp_path).ensure_device_accounts([device_id])


def test_accounts_of_others_survive_the_next_start(own_broker: OwnBroker) -> None:
    broker = own_broker()
    role = {"rolename": "garage", "acls": [{"acltype": "publishClientSend", "topic": "garage", "allow": True}]}
    command(broker, command="createRole", **role)
    command(broker, command="createClient", username="opener", password="sesame", roles=[{"rolename": "garage"}])
    broker.stop()
    with Client(own_broker(), Account("opener", "sesame")) as opener:
        assert opener.publish("garage") in ACCEPTED


def test_disabled_device_stays_disabled_over_the_next_start(own_broker: OwnBroker) -> None:
    broker = own_broker()
    command(broker, command="disableClient", username="cam-1")
    broker.stop()
    again = own_broker()
    assert not connects(again, again.device("cam-1"))
    assert connects(again, again.device("lock-1"))


def test_password_changed_at_the_broker_is_kept_and_said(
    own_broker: OwnBroker, caplog: pytest.LogCaptureFixture
) -> None:
    broker = own_broker()
    command(broker, command="setClientPassword", username="operator", password="my own words")
    broker.stop()
    again = own_broker()
    assert connects(again, Account("operator", "my own words"))
    assert not connects(again, again.operator)
    assert "the password of operator was changed" in caplog.text


def test_operator_whose_password_was_removed_has_another_at_the_next_start(own_broker: OwnBroker) -> None:
    broker = own_broker()
    stolen = broker.operator
    broker.stop()
    (broker.settings.data_dir / "secrets" / "broker-operator-password").unlink()
    again = own_broker()
    assert not connects(again, stolen)
    assert connects(again, again.operator)


def test_service_is_never_locked_out(own_broker: OwnBroker) -> None:
    broker = own_broker()
    command(broker, command="setClientPassword", username="homeguard-bridge", password="something else")
    command(broker, command="modifyRole", rolename="homeguard-bridge", acls=[])
    broker.stop()
    again = own_broker()
    with Client(again, again.service) as bridge:
        assert bridge.publish("homeguard/bridge/state") in ACCEPTED


def test_device_roles_follow_a_changed_prefix(own_broker: OwnBroker) -> None:
    own_broker().stop()
    again = own_broker(topic_prefix="cottage", device_ids=())
    with Client(again, again.device("cam-1")) as device:
        assert device.publish("cottage/alerts/cam-1") in ACCEPTED
        assert device.publish("homeguard/alerts/cam-1") == NOT_AUTHORISED


def test_accounts_file_is_left_alone_where_nothing_changes(own_broker: OwnBroker) -> None:
    broker = own_broker()
    before = accounts_file(broker).stat().st_ino
    broker.stop()
    assert accounts_file(own_broker()).stat().st_ino == before


@pytest.mark.parametrize("text", ["{", "[]", '{"clients": {}}', '{"clients": [1]}'])
def test_damaged_accounts_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broker" / "dynamic-security.json"
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Misconfigured, match=f"{path} is not"):
        RunningBroker(tmp_path)


def test_device_is_added_to_a_running_broker(own_broker: OwnBroker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    broker = own_broker(device_ids=())
    account = broker.device("late-1")
    assert not connects(broker, account)
    for _ in range(2):  # asked again, it is as it should be
        assert control(broker, create_device(account, broker.topics)) == []
    with Client(broker, account) as device:
        assert device.publish("homeguard/alerts/late-1") in ACCEPTED
        assert device.publish("homeguard/alerts/cam-1") == NOT_AUTHORISED
        for _ in range(2):
            assert control(broker, remove_device("late-1")) == []
        wait_until(lambda: not device.is_connected)
    assert not connects(broker, account)


def test_control_error_is_told_and_other_answers_are_not_ours() -> None:
    response = json.dumps({"responses": [{"command": "createRole", "error": "Internal error", "correlationData": "c"}]})
    assert failures(answers(response.encode(), "c") or []) == ["createRole: Internal error"]
    assert answers(response.encode(), "d") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"responses": [1]}', '{"responses": 7}'])
def test_what_is_no_answer_of_dynamic_security_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an answer|Expecting"):
        answers(text.encode(), "c")


def test_log_does_not_tell_the_client_id_of_the_bridge(own_broker: OwnBroker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    broker = own_broker()
    assert connects(broker, broker.service)
    wait_until(lambda: "as (hidden)" in caplog.text)
    assert str(broker.service.client_id) not in caplog.text
