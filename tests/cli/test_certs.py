"""`homeguard certs`, typed rightly and wrongly."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.broker.broker import write_accounts
from bridge.broker.files import BrokerFiles
from cli.main import app
from homeguard.secrets_file import make_private_directory
from homeguard.settings import load_settings


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "home"


def certs(data_dir: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["certs", *words], env={"HOMEGUARD_DATA_DIR": str(data_dir)})


def shown(data_dir: Path) -> dict[str, dict[str, str]]:
    return {each["what"]: each for each in json.loads(certs(data_dir, "show", "--json").stdout)}


def make_accounts(data_dir: Path, *device_ids: str) -> None:
    """Make the broker's accounts file, as `homeguard up` does."""
    settings = load_settings(data_dir=data_dir)
    files = BrokerFiles(data_dir / "broker")
    make_private_directory(files.directory)
    write_accounts(files, settings, device_ids)


def test_first_call_makes_everything_and_the_second_changes_nothing(data_dir: Path) -> None:
    first = certs(data_dir)
    assert first.exit_code == 0
    assert "Made an authority for this home" in first.stdout
    before = shown(data_dir)
    assert before["authority"]["sha256"] in first.stdout
    assert {"localhost", "127.0.0.1", "::1"} <= set(before["server"]["names"])
    second = certs(data_dir)
    assert "There is a certificate" in second.stdout
    assert shown(data_dir) == before


def test_another_name_makes_the_certificate_anew_and_keeps_the_authority(data_dir: Path) -> None:
    certs(data_dir)
    before = shown(data_dir)
    assert certs(data_dir, "--name", "Box.LAN", "--address", "192.168.7.7").exit_code == 0
    after = shown(data_dir)
    assert {"box.lan", "192.168.7.7"} <= set(after["server"]["names"])
    assert after["server"]["serial"] != before["server"]["serial"]
    assert after["authority"] == before["authority"]


def test_renewed_certificate_keeps_names_that_were_asked_for_once(data_dir: Path) -> None:
    certs(data_dir, "--name", "home.example.org")
    assert certs(data_dir, "renew").exit_code == 0
    assert "home.example.org" in shown(data_dir)["server"]["names"]


def test_device_is_given_a_certificate_a_new_key_and_none_at_last(data_dir: Path) -> None:
    certs(data_dir)
    make_accounts(data_dir, "cam-1")
    made = certs(data_dir, "device", "cam-1", "--days", "30")
    assert made.exit_code == 0
    for name in ("cam-1.crt", "cam-1.key", "ca.crt"):
        assert name in made.stdout
    key = (data_dir / "certs" / "devices" / "cam-1.key").read_bytes()
    assert "What cam-1 had counts no more" in certs(data_dir, "device", "cam-1", "--new-key").stdout
    assert (data_dir / "certs" / "devices" / "cam-1.key").read_bytes() != key
    assert "device cam-1" in shown(data_dir)
    assert "1 certificate." in certs(data_dir, "revoke", "cam-1").stdout
    assert "device cam-1" not in shown(data_dir)


def test_device_of_a_broker_that_is_not_ours_needs_no_account_that_we_know(data_dir: Path) -> None:
    certs(data_dir)
    assert certs(data_dir, "device", "cam-1").exit_code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["device", "cam-9"], "no device cam-9 has an account"),
        (["device", "Cam 1"], "is not a device id"),
        (["device", "../ca"], "is not a device id"),
        (["device", "homeguard-admin"], "an account of HomeGuard's own"),
        (["device", "operator"], "an account of HomeGuard's own"),
        (["revoke", "cam-1"], "cam-1 has no certificate here"),
        (["--name", "bank.example"], "may not vouch for bank.example"),
        (["renew", "--name", "*.lan"], "is not a host name"),
        (["--address", "box.lan"], "is not an IP address"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_and_changes_nothing(
    data_dir: Path, words: list[str], says: str
) -> None:
    certs(data_dir)
    make_accounts(data_dir, "cam-1")
    before = shown(data_dir)
    refused = certs(data_dir, *words)
    assert refused.exit_code == 1
    assert says in refused.stderr
    assert shown(data_dir) == before


@pytest.mark.parametrize("words", [["renew"], ["device", "cam-1"], ["show"]])
def test_before_the_first_call_it_says_what_to_type(data_dir: Path, words: list[str]) -> None:
    refused = certs(data_dir, *words)
    assert refused.exit_code == 1
    assert "`homeguard certs` makes" in refused.stderr


def test_key_of_the_authority_that_is_kept_elsewhere_is_asked_for(data_dir: Path) -> None:
    certs(data_dir)
    (data_dir / "certs" / "ca.key").rename(data_dir / "drawer")
    for words in (["renew"], ["device", "cam-1"], ["--name", "box.lan"]):
        refused = certs(data_dir, *words)
        assert (refused.exit_code, "key is missing" in refused.stderr) == (1, True)
    assert certs(data_dir, "show").exit_code == 0
