"""Rights at our own broker that somebody changed by hand."""

from cli.doctor import accounts
from cli.doctor.finding import State
from tests.broker.test_accounts import command
from tests.brokers import RunningBroker
from tests.conftest import OwnBroker
from tests.doctor.conftest import Look, YourBroker
from tests.doctor.findings import only, states

EVERYTHING = [{"acltype": "publishClientSend", "topic": "#", "allow": True}]


def test_rights_as_homeguard_gave_them_are_fine(broker: RunningBroker, look: Look) -> None:
    home = look(data_dir=broker.settings.data_dir)
    assert states(accounts.account_rights, home) == [State.FINE]


def test_widened_rights_are_a_loss_and_another_account_is_said(own_broker: OwnBroker, look: Look) -> None:
    broker = own_broker()
    command(broker, command="modifyRole", rolename="operator", acls=EVERYTHING)
    home = look(data_dir=broker.settings.data_dir)
    finding = only(accounts.account_rights, home, State.LOSS)
    assert "operator" in finding.what
    assert "homeguard up" in (finding.mend or "")
    command(broker, command="createClient", username="opener", password="x" * 12)
    assert "opener" in only(accounts.account_rights, home, State.WARNING).what


def test_accounts_of_a_broker_of_ones_own_are_its_owners(yours: YourBroker, look: Look) -> None:
    assert states(accounts.account_rights, look(mqtt_url=yours("allow_anonymous true").url)) == []
