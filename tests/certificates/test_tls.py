"""Contexts, tried by handshakes in memory: who believes whom, and what a bad file says."""

import ssl
import subprocess
from datetime import timedelta

import pytest

from homeguard.certificates.files import Pair
from homeguard.certificates.names import LOOPBACK_NAMES
from homeguard.certificates.store import Certificates
from homeguard.certificates.tls import client_context, server_context
from homeguard.clock import utc_now
from homeguard.errors import Misconfigured
from tests.clock import ManualClock


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> str:
    """Let the two meet; returns the version of TLS, or raises what the client has against it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return str(ends[0].version())


@pytest.fixture
def server(certificates):
    return server_context(certificates.files.server)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_client_with_the_authority_believes_the_server_under_each_name(certificates, server, name):
    assert handshake(server, client_context(certificates.files.authority.certificate), name) == "TLSv1.3"


def test_name_that_is_not_in_the_certificate_is_not_believed(certificates, server):
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(server, client_context(certificates.files.authority.certificate), "other.local")


def test_client_of_another_authority_does_not_believe_the_server(server, tmp_path):
    other = Certificates(tmp_path / "other")
    other.make_authority(LOOPBACK_NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client_context(other.files.authority.certificate), "localhost")


def test_client_that_is_told_nothing_believes_the_authority_of_this_box(certificates, server, monkeypatch):
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client_context(), "localhost")
    monkeypatch.setenv("HOMEGUARD_DATA_DIR", str(certificates.files.directory.parent))
    assert handshake(server, client_context(), "localhost") == "TLSv1.3"


def test_client_that_is_given_a_ca_file_believes_it_alone(certificates, server, monkeypatch, tmp_path):
    other = Certificates(tmp_path / "other")
    other.make_authority(LOOPBACK_NAMES)
    monkeypatch.setenv("HOMEGUARD_DATA_DIR", str(certificates.files.directory.parent))
    monkeypatch.setenv("HOMEGUARD_CA_FILE", str(other.files.authority.certificate))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client_context(), "localhost")


def test_stolen_key_of_the_authority_does_not_vouch_for_a_bank(certificates, tmp_path):
    """The constraint is what keeps a phone that trusts ca.crt safe from whoever takes this box over."""
    thief = tmp_path / "thief"
    thief.mkdir()
    extensions = thief / "extensions"
    extensions.write_text("subjectAltName=DNS:bank.example\nextendedKeyUsage=serverAuth\n")
    pair, authority = Pair(thief / "bank.crt", thief / "bank.key"), certificates.files.authority
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=bank.example"]
    openssl("req", *new, "-keyout", pair.key, "-out", thief / "request")
    sign = ["-CA", authority.certificate, "-CAkey", authority.key, "-days", "9", "-extfile", extensions]
    openssl("x509", "-req", "-in", thief / "request", *sign, "-out", pair.certificate)
    pair.key.chmod(0o600)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(server_context(pair), client_context(authority.certificate), "bank.example")


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # that is what it is about
def test_old_versions_of_tls_are_not_spoken(certificates, server):
    client = client_context(certificates.files.authority.certificate)
    client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
    client.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="unsupported protocol"):
        handshake(server, client, "localhost")
    server.minimum_version = ssl.TLSVersion.TLSv1_1  # the client could
    server.set_ciphers("ALL:@SECLEVEL=0")
    assert handshake(server, client, "localhost") == "TLSv1.1"


def test_expired_server_is_not_believed(tmp_path):
    long_ago = ManualClock()
    long_ago.now = utc_now() - timedelta(days=400)
    certificates = Certificates(tmp_path / "home", long_ago)
    certificates.make_authority(LOOPBACK_NAMES)
    certificates.ensure_server(LOOPBACK_NAMES)
    context = server_context(certificates.files.server)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        handshake(context, client_context(certificates.files.authority.certificate), "localhost")


def test_key_that_everybody_can_read_is_refused_by_its_name(certificates):
    certificates.files.server.key.chmod(0o644)
    with pytest.raises(Misconfigured, match=r"server\.key: run `chmod 600"):
        server_context(certificates.files.server)


def test_key_of_a_group_is_taken_as_debians_ssl_cert_has_it(certificates):
    certificates.files.server.key.chmod(0o640)
    assert server_context(certificates.files.server).minimum_version is ssl.TLSVersion.TLSv1_2


def test_key_that_does_not_fit_is_named(certificates):
    pair = Pair(certificates.files.server.certificate, certificates.files.authority.key)
    with pytest.raises(Misconfigured, match=r"ca\.key: key values mismatch"):
        server_context(pair)


def test_key_with_a_passphrase_is_refused_and_not_asked_for(certificates, tmp_path):
    closed = tmp_path / "closed.key"
    openssl("pkcs8", "-topk8", "-in", certificates.files.server.key, "-out", closed, "-passout", "pass:secret")
    with pytest.raises(Misconfigured, match=r"closed\.key"):
        server_context(Pair(certificates.files.server.certificate, closed))


@pytest.mark.parametrize("text", [None, "", "no PEM"])
def test_ca_file_that_is_none_is_named(tmp_path, text):
    path = tmp_path / "ca.crt"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Misconfigured, match=r"ca\.crt"):
        client_context(path)
