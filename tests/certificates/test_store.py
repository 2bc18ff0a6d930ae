"""What is made, renewed and revoked; that keys are closed, and what a damaged store says."""

import stat
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from homeguard.certificates.names import LOOPBACK_NAMES, named
from homeguard.certificates.read import read_certificate, read_key
from homeguard.certificates.store import Certificates
from homeguard.certificates.withdraw import withdraw_certificates
from homeguard.errors import BadInput, Misconfigured

MORE = LOOPBACK_NAMES | named(["box.local"], ["192.168.1.10"])


def test_everything_is_its_owners_alone_and_no_draft_is_left(certificates):
    certificates.issue_device("cam-1")
    files = [path for path in certificates.files.directory.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {
        "ca.crt",
        "ca.key",
        "ca.crl",
        "server.crt",
        "server.key",
        "cam-1.crt",
        "cam-1.key",
        "cam-1.issued",
    }
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    files_of = certificates.files
    for directory in (files_of.directory.parent, files_of.directory, files_of.devices):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_authority_is_p256_lasts_ten_years_and_vouches_for_no_other_authority(certificates):
    authority = read_certificate(certificates.files.authority.certificate)
    key = authority.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    assert authority.not_valid_after_utc - authority.not_valid_before_utc == timedelta(days=3650)
    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)


def test_server_certificate_is_short_enough_for_browsers_and_carries_every_name(certificates):
    server = certificates.renew_server(MORE)
    assert server.ends_at - server.begins_at <= timedelta(days=397)
    assert server.names == MORE


def test_present_certificate_stays_while_it_does(certificates):
    assert certificates.ensure_server(LOOPBACK_NAMES) == (certificates.server(), None)


def test_new_name_makes_a_new_certificate_of_the_same_authority_and_key(certificates):
    key, authority = read_key(certificates.files.server.key), certificates.authority()
    server, why = certificates.ensure_server(MORE)
    assert why == "this machine has another name or address now"
    assert server.names == MORE
    assert certificates.authority() == authority
    assert read_key(certificates.files.server.key).private_numbers() == key.private_numbers()


def test_name_that_is_gone_stays_until_the_certificate_is_removed(certificates):
    certificates.ensure_server(MORE)
    assert certificates.renew_server(LOOPBACK_NAMES).names == MORE


def test_certificate_that_ends_within_thirty_days_is_made_anew(certificates, clock):
    clock.advance(timedelta(days=360).total_seconds())
    assert certificates.ensure_server(LOOPBACK_NAMES)[1] is None
    clock.advance(timedelta(days=8).total_seconds())
    server, why = certificates.ensure_server(LOOPBACK_NAMES)
    assert "would have ended" in why
    assert not server.ends_soon(clock.now)


def test_nobody_is_vouched_for_beyond_the_end_of_the_authority(certificates, clock):
    clock.advance(timedelta(days=3600).total_seconds())
    authority = certificates.authority()
    assert certificates.renew_server(LOOPBACK_NAMES).ends_at <= authority.ends_at
    assert certificates.issue_device("cam-1", 3650).ends_at <= authority.ends_at


def test_name_outside_the_authoritys_territory_is_refused_or_left_out(certificates):
    outside = named(["bank.example"], [])
    with pytest.raises(BadInput, match=r"may not vouch for bank\.example"):
        certificates.check(outside)
    assert "bank.example" not in certificates.renew_server(MORE | outside).names.dns


def test_certificate_of_another_authority_is_replaced(certificates, tmp_path):
    other = Certificates(tmp_path / "other")
    other.make_authority(LOOPBACK_NAMES)
    other.ensure_server(LOOPBACK_NAMES)
    certificates.files.server.certificate.write_bytes(other.files.server.certificate.read_bytes())
    assert certificates.ensure_server(LOOPBACK_NAMES)[1] == "another authority had made it"


def test_device_certificate_names_the_device_and_is_good_for_clients_alone(certificates):
    certificates.issue_device("cam-1")
    made = read_certificate(certificates.files.device("cam-1").certificate)
    assert made.subject.rfc4514_string() == "CN=cam-1"
    uses = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]


def test_device_keeps_its_key_until_it_is_revoked(certificates):
    certificates.issue_device("cam-1")
    key = certificates.files.device("cam-1").key.read_bytes()
    certificates.issue_device("cam-1")
    assert certificates.files.device("cam-1").key.read_bytes() == key
    certificates.revoke_device("cam-1")
    certificates.issue_device("cam-1")
    assert certificates.files.device("cam-1").key.read_bytes() != key


def test_all_that_a_device_was_given_is_revoked_and_the_list_is_signed_by_the_authority(certificates):
    serials = []
    for device_id, count in (("cam-1", 1), ("cam-2", 2)):
        serials += [certificates.issue_device(device_id).serial for _ in range(count)]
        assert certificates.revoke_device(device_id) == count
    listed = x509.load_pem_x509_crl(certificates.files.revoked.read_bytes())
    authority = read_certificate(certificates.files.authority.certificate)
    assert sorted(each.serial_number for each in listed) == sorted(serials)
    assert listed.is_signature_valid(read_key(certificates.files.authority.key).public_key())
    assert listed.next_update_utc == authority.not_valid_after_utc
    assert certificates.devices() == {}
    with pytest.raises(BadInput, match="cam-1 has no certificate"):
        certificates.revoke_device("cam-1")


def test_removed_device_loses_its_certificates_and_a_missing_key_stops_nobody(certificates, caplog):
    data_dir = certificates.files.directory.parent
    withdraw_certificates(data_dir, "cam-9")  # never had one
    for device_id in ("cam-1", "cam-2"):
        certificates.issue_device(device_id)
    withdraw_certificates(data_dir, "cam-1")
    assert set(certificates.devices()) == {"cam-2"}
    certificates.files.authority.key.unlink()
    withdraw_certificates(data_dir, "cam-2")
    assert "those of cam-2 still count" in caplog.text


def test_missing_key_of_the_authority_is_named_and_nothing_is_made_in_its_place(certificates):
    certificates.files.authority.key.unlink()
    for issue in (lambda: certificates.issue_device("cam-1"), lambda: certificates.make_authority(LOOPBACK_NAMES)):
        with pytest.raises(Misconfigured, match=r"key is missing: .*ca\.key"):
            issue()
    assert not certificates.files.authority.key.exists()


def test_key_of_another_authority_is_noticed(certificates, tmp_path):
    other = Certificates(tmp_path / "other")
    other.make_authority(LOOPBACK_NAMES)
    certificates.files.authority.key.write_bytes(other.files.authority.key.read_bytes())
    with pytest.raises(Misconfigured, match="is not the key of"):
        certificates.issue_device("cam-1")


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660])
def test_key_that_others_can_read_is_refused_by_its_name(certificates, mode):
    certificates.files.authority.key.chmod(mode)
    with pytest.raises(Misconfigured, match=r"chmod 600 .*ca\.key"):
        certificates.issue_device("cam-1")


@pytest.mark.parametrize("text", ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_damaged_certificate_is_named(certificates, text):
    certificates.files.server.certificate.write_text(text)
    with pytest.raises(Misconfigured, match=r"server\.crt holds no certificate"):
        certificates.server()


def test_crash_between_key_and_certificate_is_made_good(certificates):
    certificates.files.server.certificate.unlink()  # as if it had never been written
    key = certificates.files.server.key.read_bytes()
    server, why = certificates.ensure_server(LOOPBACK_NAMES)
    assert (why, server.names) == ("there was none", LOOPBACK_NAMES)
    assert certificates.files.server.key.read_bytes() == key
