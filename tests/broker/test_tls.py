"""The broker over TLS, and devices whose certificate is their account: a real Mosquitto, from the attacker's side."""

import hashlib
import json
import os
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.broker import Account, known_tls_address
from bridge.broker.ports import EVERYWHERE
from bridge.broker.tls_listeners import choose_listeners
from homeguard.certificates.files import Pair
from homeguard.certificates.names import LOOPBACK_NAMES
from homeguard.certificates.store import Certificates
from homeguard.certificates.tls import client_context
from homeguard.client import Device, tls_context
from homeguard.clock import utc_now
from homeguard.errors import Misconfigured
from homeguard.settings import load_settings
from tests.broker.mqtt import ACCEPTED, GRANTED_QOS_1, NOT_AUTHORISED, Client
from tests.brokers import RunningBroker
from tests.client.kinds import Threaded
from tests.clock import ManualClock
from tests.conftest import OwnBroker
from tests.ports import free_port
from tests.waiting import until, wait_until

CONTROL = "$CONTROL/dynamic-security/v1"
ROLE = "homeguard-device-cam-1"


def make(directory: Path, *device_ids: str) -> Certificates:
    """Make an authority, a certificate for loopback, and those of devices."""
    made = Certificates(directory)
    made.make_authority(LOOPBACK_NAMES)
    made.ensure_server(LOOPBACK_NAMES)
    for device_id in device_ids:
        made.issue_device(device_id)
    return made


class Home:
    """A broker with TLS, the certificates it shows, and who comes to it."""

    def __init__(self, broker: RunningBroker, certificates: Certificates) -> None:
        self.broker = broker
        self.certificates = certificates
        tls = broker.broker.tls
        assert tls is not None
        assert tls.device_port is not None
        self.port, self.device_port = tls.port, tls.device_port

    def trust(self, pair: Pair | None = None) -> ssl.SSLContext:
        return client_context(self.certificates.files.authority.certificate, pair)

    def device(self, device_id: str, client_id: str = "whatever") -> Client:
        """Come with the certificate of a device."""
        return self.stranger(self.certificates.files.device(device_id), client_id=client_id)

    def stranger(self, pair: Pair | None, account: Account | None = None, client_id: str = "whatever") -> Client:
        return Client(self.broker, account, client_id=client_id, tls=self.trust(pair), port=self.device_port)

    def reload(self) -> None:
        """Let the broker read its files anew, and wait until it has: it answers from one loop."""
        assert self.broker.pid is not None
        os.kill(self.broker.pid, signal.SIGHUP)
        with Client(self.broker, self.broker.operator) as somebody:
            somebody.publish("homeguard/alerts")

    @contextmanager
    def control(self, *commands: dict[str, str]) -> Iterator[None]:
        """Change accounts as the admin, and wait for the answer."""
        with Client(self.broker, self.broker.admin) as admin:
            admin.subscribe(f"{CONTROL}/response")
            admin.publish(CONTROL, json.dumps({"commands": list(commands)}).encode())
            wait_until(lambda: admin.received)
            assert b'"error"' not in admin.received[0][1]
            yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One broker for those who change nothing at it."""
    data_dir = tmp_path_factory.mktemp("tls")
    certificates = make(data_dir, "cam-1", "lock-1")
    with RunningBroker(data_dir, pair=certificates.files.server, mqtts_port=0, mqtts_device_port=0) as broker:
        yield Home(broker, certificates)


@pytest.fixture
def own_home(own_broker: OwnBroker, tmp_path: Path) -> Home:
    """One for a test that changes accounts or certificates."""
    certificates = make(tmp_path / "broker-data", "cam-1", "lock-1")
    return Home(own_broker(pair=certificates.files.server, mqtts_port=0, mqtts_device_port=0), certificates)


def test_account_works_over_tls_as_it_does_without(home: Home) -> None:
    with Client(home.broker, home.broker.operator, tls=home.trust(), port=home.port) as person:
        assert person.publish("homeguard/alerts") in ACCEPTED
        assert person.publish("homeguard/alerts/cam-1") == NOT_AUTHORISED
    with Client(home.broker, None, tls=home.trust(), port=home.port) as nobody:
        assert nobody.connect_code == NOT_AUTHORISED


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("door", ["port", "device_port"])
def test_only_tls_of_today_is_spoken(home: Home, version: ssl.TLSVersion, door: str) -> None:
    def spoken(limit: ssl.TLSVersion) -> str | None:
        context = home.trust(home.certificates.files.device("cam-1"))
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = limit
        where = ("127.0.0.1", getattr(home, door))
        with (
            socket.create_connection(where, 5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            return secure.version()

    assert spoken(version) == version.name.replace("_", ".")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"), pytest.raises((ssl.SSLError, ConnectionError)):
        spoken(ssl.TLSVersion.TLSv1_1)


def test_certificate_is_the_account_whatever_name_and_password_are_said(home: Home) -> None:
    for account in (None, home.broker.admin, home.broker.operator, Account("lock-1", "x")):
        with home.stranger(home.certificates.files.device("cam-1"), account) as device:
            assert device.publish("homeguard/alerts/cam-1") in ACCEPTED
            for foreign in ("homeguard/alerts/lock-1", "homeguard/alerts", CONTROL, "homeguard/bridge/state"):
                assert device.publish(foreign) == NOT_AUTHORISED, foreign
            assert device.subscribe("homeguard/blocks/cam-1") == GRANTED_QOS_1
            for foreign in ("#", "homeguard/#", "homeguard/blocks/lock-1", "$CONTROL/#"):
                assert device.subscribe(foreign) == NOT_AUTHORISED, foreign


def test_client_id_of_the_bridge_or_of_another_device_throws_nobody_off(home: Home) -> None:
    lock = home.broker.device("lock-1")
    with Client(home.broker, home.broker.service) as bridge, Client(home.broker, lock) as other:
        for client_id in (home.broker.service.client_id or "", "lock-1"):
            with home.device("cam-1", client_id=client_id) as device:
                assert device.publish("homeguard/alerts/cam-1") in ACCEPTED
        assert bridge.publish("homeguard/bridge/state") in ACCEPTED
        assert other.publish("homeguard/alerts/lock-1") in ACCEPTED


def test_nobody_without_a_certificate_of_our_authority_gets_in(home: Home, tmp_path: Path) -> None:
    strange = make(tmp_path / "strange", "cam-1")
    ended = Certificates(home.certificates.files.directory.parent, ManualClock())
    ended._clock.now = utc_now() - timedelta(days=10)  # type: ignore[attr-defined]
    ended.issue_device("sim-1", 1)
    pairs = {
        "none": None,
        "another authority's": strange.files.device("cam-1"),
        "the server's own": home.certificates.files.server,
        "the authority's own": home.certificates.files.authority,
        "an expired one": home.certificates.files.device("sim-1"),
    }
    for what, pair in pairs.items():
        with home.stranger(pair, home.broker.operator) as client:
            assert client.was_hung_up_on, what
            assert client.connect_code is None, what


def test_certificate_without_an_account_may_do_nothing(home: Home) -> None:
    home.certificates.issue_device("nobody-1")
    with home.device("nobody-1") as client:
        assert client.publish("homeguard/alerts/nobody-1") == NOT_AUTHORISED
        assert client.subscribe("homeguard/blocks/nobody-1") == NOT_AUTHORISED


def test_certificate_opens_nothing_on_the_port_for_passwords(home: Home) -> None:
    context = home.trust(home.certificates.files.device("cam-1"))
    with Client(home.broker, None, client_id="cam-1", tls=context, port=home.port) as client:
        assert client.connect_code == NOT_AUTHORISED


@pytest.mark.parametrize("kind", [Device, Threaded])
async def test_device_of_either_kind_connects_with_its_certificate_and_no_password(
    home: Home, kind: type[Device]
) -> None:
    pair = home.certificates.files.device("cam-1")
    tls = tls_context(home.certificates.files.authority.certificate, certificate=pair.certificate, key=pair.key)
    with Client(home.broker, home.broker.operator) as person:
        person.subscribe("homeguard/devices/cam-1")
        async with kind("cam-1", "localhost", home.device_port, outbox=":memory:", tls=tls) as device:
            await device.update(name="Front camera")
            await until(lambda: any(b"Front camera" in payload for _, payload in person.received))


def test_disabled_account_comes_back_and_one_without_its_role_may_do_nothing(own_home: Home) -> None:
    """What the plugin of Mosquitto 2.0 does; the broker enforcer rests on it."""
    disable = {"command": "disableClient", "username": "cam-1"}
    with own_home.device("cam-1") as device, own_home.control(disable):
        wait_until(lambda: device.was_hung_up_on)
    with own_home.device("cam-1") as device:
        assert device.publish("homeguard/alerts/cam-1") in ACCEPTED  # it is disabled, and nobody looks
        with own_home.control({"command": "removeClientRole", "username": "cam-1", "rolename": ROLE}):
            wait_until(lambda: device.was_hung_up_on)
    with own_home.device("cam-1") as device:
        assert device.publish("homeguard/alerts/cam-1") == NOT_AUTHORISED
        assert device.subscribe("homeguard/blocks/cam-1") == NOT_AUTHORISED
    give = {"command": "addClientRole", "username": "cam-1", "rolename": ROLE}
    with own_home.control(give, {"command": "enableClient", "username": "cam-1"}), own_home.device("cam-1") as device:
        assert device.publish("homeguard/alerts/cam-1") in ACCEPTED


def test_removed_account_is_thrown_off_and_its_certificate_opens_nothing(own_home: Home) -> None:
    with own_home.device("cam-1") as device, own_home.control({"command": "deleteClient", "username": "cam-1"}):
        wait_until(lambda: device.was_hung_up_on)
    with own_home.device("cam-1") as device:
        assert device.publish("homeguard/alerts/cam-1") == NOT_AUTHORISED


def test_revoked_certificate_is_refused_from_the_next_connection_on_and_others_come_in(own_home: Home) -> None:
    context = own_home.trust(own_home.certificates.files.device("cam-1"))
    with Client(own_home.broker, None, tls=context, port=own_home.device_port) as living:
        own_home.certificates.revoke_device("cam-1")
        own_home.reload()
        assert living.publish("homeguard/alerts/cam-1") in ACCEPTED  # as docs/tls.md says
        with Client(own_home.broker, None, tls=context, port=own_home.device_port) as again:
            assert again.was_hung_up_on
        with own_home.device("lock-1") as other:
            assert other.publish("homeguard/alerts/lock-1") in ACCEPTED
        own_home.certificates.issue_device("cam-1")
        with own_home.device("cam-1") as anew:
            assert anew.publish("homeguard/alerts/cam-1") in ACCEPTED


def test_renewed_certificate_is_shown_after_a_reload_and_the_broker_stays_closed(own_home: Home) -> None:
    def shown() -> str:
        with (
            socket.create_connection(("127.0.0.1", own_home.port), 5) as plain,
            own_home.trust().wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            return hashlib.sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()

    before = shown()
    renewed = own_home.certificates.renew_server(LOOPBACK_NAMES)
    own_home.broker.broker.reload()
    wait_until(lambda: shown() != before)
    assert shown() == renewed.fingerprint.replace(":", "").lower()
    with Client(own_home.broker, None) as nobody:
        assert nobody.connect_code == NOT_AUTHORISED
    with own_home.stranger(None) as nobody:
        assert nobody.was_hung_up_on


def test_lan_opens_tls_alone(own_broker: OwnBroker, tmp_path: Path) -> None:
    certificates = make(tmp_path / "broker-data")
    broker = own_broker(pair=certificates.files.server, lan=True, mqtts_port=0)
    tls = broker.broker.tls
    assert tls is not None
    text = (broker.settings.data_dir / "broker" / "mosquitto.conf").read_text()
    named = [line.split(maxsplit=1)[1] for line in text.splitlines() if line.startswith("listener ")]
    assert named == [f"{broker.port} 127.0.0.1", str(tls.port)]
    assert tls.device_port is None
    assert known_tls_address(broker.settings) == ("127.0.0.1", tls.port)


def test_without_a_certificate_nothing_but_loopback_is_open(own_broker: OwnBroker) -> None:
    broker = own_broker(lan=True)
    assert broker.broker.tls is None
    assert known_tls_address(broker.settings) is None


def test_taken_port_for_tls_that_was_asked_for_is_named(tmp_path: Path) -> None:
    certificates = make(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for name in ("mqtts_port", "mqtts_device_port"):
            settings = load_settings(data_dir=tmp_path, **{"mqtts_port": 0, name: port})
            with pytest.raises(Misconfigured, match=rf"port {port} is taken.*HOMEGUARD_{name.upper()}"):
                choose_listeners(settings, certificates.files.server, "127.0.0.1")


def test_port_for_devices_without_certificates_says_what_to_type(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, mqtts_device_port=free_port())
    with pytest.raises(Misconfigured, match="homeguard certs"):
        choose_listeners(settings, None, EVERYWHERE)
