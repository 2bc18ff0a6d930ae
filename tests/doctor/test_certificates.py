"""Certificates that end, keys that are open, and a way that can be overheard: each is said before it hurts."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cli.doctor import certificates, permissions
from cli.doctor.finding import State
from cli.running import Running
from homeguard.certificates.names import LOOPBACK_NAMES
from homeguard.certificates.store import Certificates
from homeguard.clock import utc_now
from tests.clock import ManualClock
from tests.doctor.conftest import Look
from tests.doctor.findings import found, only, states


@pytest.fixture
def made(tmp_path: Path) -> Certificates:
    """Certificates of this home, by a clock that a test sets back."""
    clock = ManualClock()
    clock.now = utc_now()
    made = Certificates(tmp_path / "data", clock)
    made.make_authority(LOOPBACK_NAMES)
    made.ensure_server(LOOPBACK_NAMES)
    return made


def back(made: Certificates, days: int) -> None:
    """Make what comes next so many days ago."""
    clock = made._clock
    assert isinstance(clock, ManualClock)
    clock.now -= timedelta(days=days)


def test_home_without_certificates_has_nothing_to_say(look: Look) -> None:
    assert found(certificates.certificates, look()) == []


def test_certificates_that_hold_are_counted(made: Certificates, look: Look) -> None:
    made.issue_device("cam-1")
    assert "3 certificates" in only(certificates.certificates, look(), State.FINE).what


@pytest.mark.parametrize(("days", "state"), [(380, State.WARNING), (400, State.LOSS)])
def test_end_of_the_servers_certificate_is_said_with_what_to_type(
    made: Certificates, look: Look, days: int, state: State
) -> None:
    back(made, days)
    made.renew_server(LOOPBACK_NAMES)
    finding = only(certificates.certificates, look(), state)
    assert "the server's certificate" in finding.what
    assert finding.mend == "homeguard certs renew"


def test_end_of_a_devices_certificate_is_said(made: Certificates, look: Look) -> None:
    back(made, 10)
    made.issue_device("cam-1", 20)
    assert only(certificates.certificates, look(), State.WARNING).mend == "homeguard certs device cam-1"


def test_damaged_certificate_cannot_be_seen(made: Certificates, look: Look) -> None:
    made.files.server.certificate.write_text("no PEM")
    assert "holds no certificate" in only(certificates.certificates, look(), State.UNSEEN).what


def test_key_of_ours_that_others_can_read_is_a_loss(made: Certificates, look: Look, tmp_path: Path) -> None:
    (tmp_path / "data" / "secrets").mkdir(mode=0o700)
    made.files.authority.key.chmod(0o644)
    assert "certs/ca.key" in only(permissions.secrets, look(), State.LOSS).what


def test_your_own_key_that_others_can_read_is_a_loss(made: Certificates, look: Look, tmp_path: Path) -> None:
    key = tmp_path / "own.key"
    key.write_bytes(made.files.server.key.read_bytes())
    home = look(tls_cert=made.files.server.certificate, tls_key=key)
    key.chmod(0o644)
    assert only(certificates.certificates, home, State.LOSS).mend == f"chmod 600 {key}"
    key.chmod(0o640)
    assert State.LOSS not in states(certificates.certificates, home)


@pytest.mark.parametrize(
    ("url", "is_warned"),
    [
        ("mqtt://192.0.2.9", True),
        ("mqtt://mosquitto", True),
        ("mqtt://127.0.0.1:1", False),
        ("mqtt://localhost:1", False),
        ("mqtts://192.0.2.9", False),
    ],
)
def test_way_to_a_broker_that_can_be_overheard_is_said(look: Look, url: str, is_warned: bool) -> None:
    assert (states(certificates.way_to_broker, look(mqtt_url=url)) == [State.WARNING]) == is_warned


def test_line_to_paste_believes_the_authority_of_this_box(made: Certificates, look: Look) -> None:
    home = look()
    ca_file = str(made.files.authority.certificate)
    running = Running(1, "https://127.0.0.1:8000", 0, ca_file)
    assert (
        replace(home, running=running).curl("/readyz") == f"curl -sS --cacert {ca_file} https://127.0.0.1:8000/readyz"
    )
    assert home.curl("/readyz") == "curl -sS http://127.0.0.1:8000/readyz"
