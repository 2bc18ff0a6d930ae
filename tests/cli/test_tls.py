"""Which certificate a run shows, what it says of it, and that it stays fresh while HomeGuard runs."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from api.listener import listen
from cli.tls import Keeper, find_certificate, is_local, url_of
from homeguard.certificates.files import CertificateFiles
from homeguard.certificates.names import LOOPBACK_NAMES, named
from homeguard.certificates.store import Certificates
from homeguard.certificates.tls import client_context, server_context
from homeguard.clock import utc_now
from homeguard.settings import load_settings
from tests.certificates.test_tls import handshake
from tests.clock import ManualClock


def made(data_dir: Path, days_ago: int = 0) -> Certificates:
    """Make certificates so many days ago."""
    clock = ManualClock()
    clock.now = utc_now() - timedelta(days=days_ago)
    certificates = Certificates(data_dir, clock)
    certificates.make_authority(LOOPBACK_NAMES)
    certificates.ensure_server(LOOPBACK_NAMES)
    return certificates


def test_nothing_is_shown_or_made_unless_somebody_wants_it(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    assert find_certificate(settings) is None
    assert not CertificateFiles.of(tmp_path).directory.exists()
    made(tmp_path)
    assert find_certificate(load_settings(data_dir=tmp_path, tls=False), makes_one=True) is None


def test_what_is_made_is_said_once(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    shown = find_certificate(settings, makes_one=True)
    assert shown is not None
    assert [note for note in shown.notes if "ca.crt" in note]
    again = find_certificate(settings)
    assert again is not None
    assert again.notes == ()


def test_certificate_that_cannot_be_renewed_for_its_authority_is_elsewhere_is_said(tmp_path: Path) -> None:
    certificates = made(tmp_path, days_ago=380)
    certificates.files.authority.key.unlink()
    shown = find_certificate(load_settings(data_dir=tmp_path))
    assert shown is not None
    assert re.search(r"server\.crt ends on \d{4}-\d\d-\d\d: renew it", shown.notes[0])


def test_your_own_certificate_gives_the_url_its_name(tmp_path: Path) -> None:
    theirs = Certificates(tmp_path / "own")
    theirs.make_authority(named(["home.example.org"], []))
    theirs.ensure_server(named(["home.example.org"], []))
    pair = theirs.files.server
    settings = load_settings(data_dir=tmp_path / "data", tls_cert=pair.certificate, tls_key=pair.key)
    shown = find_certificate(settings)
    assert shown is not None
    assert (shown.pair, shown.ca_file) == (pair, None)
    with listen("127.0.0.1", 0, 32768) as listener:
        port = listener.getsockname()[1]
        assert url_of(listener, shown) == f"https://home.example.org:{port}"
        assert url_of(listener, None) == f"http://127.0.0.1:{port}"


def test_certificate_is_renewed_before_its_end_while_homeguard_runs(tmp_path: Path) -> None:
    certificates = made(tmp_path, days_ago=360)
    settings = load_settings(data_dir=tmp_path)
    shown = find_certificate(settings)
    assert shown is not None
    context, reloads = server_context(shown.pair), []
    keeper = Keeper(settings, shown, context, lambda: reloads.append(1))
    keeper._renew()
    keeper._take_up()
    assert reloads == []  # it has looked half a day ago at most, and nothing has changed

    certificates._clock.now = utc_now() - timedelta(days=390)  # type: ignore[attr-defined]
    certificates.renew_server(LOOPBACK_NAMES)  # as it is after a month more
    keeper._renews_at = 0.0
    keeper._renew()
    keeper._take_up()
    assert reloads == [1]
    renewed = certificates.server()
    assert renewed is not None
    assert not renewed.ends_soon(utc_now())
    assert handshake(context, client_context(shown.ca_file), "localhost") == "TLSv1.3"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.10", False),
        ("mosquitto", False),
        ("localhost.example.org", False),
    ],
)
def test_only_what_is_this_machine_for_certain_is_local(host: str, expected: bool) -> None:
    assert is_local(host) == expected
