"""A small authority of one home: ECDSA P-256, ten years, and only for what is in a home. No I/O."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from homeguard.certificates.names import MAX_COMMON_NAME, Names, Network, Territory

PrivateKey = ec.EllipticCurvePrivateKey

AUTHORITY_DAYS: Final = 3650
SERVER_DAYS: Final = 397  # browsers take no more (CA/Browser Forum, Baseline Requirements 6.3.2)
DEVICE_DAYS: Final = 1095  # a device is visited more rarely than a box is updated; blocking it does not wait for this
MAX_SKEW: Final = timedelta(hours=1)  # of a device whose clock is behind

_CURVE: Final = ec.SECP256R1  # what every TLS library of a microcontroller has


def make_key() -> PrivateKey:
    """Make a key."""
    return ec.generate_private_key(_CURVE())


@dataclass(frozen=True)
class Authority:
    """A key that vouches, and its own certificate."""

    certificate: x509.Certificate
    key: PrivateKey

    @classmethod
    def make(cls, host: str, territory: Territory, now: datetime) -> "Authority":
        """Make a new one; every client that shall believe it must be given its certificate."""
        key = make_key()
        fingerprint = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        # Two authorities of one host must not have one name: a client that trusts both would try the wrong one.
        name = _named(f"HomeGuard authority of {host}"[: MAX_COMMON_NAME - 9] + f" {fingerprint.digest[:4].hex()}")
        certificate = (
            _builder(name, name, key.public_key(), now, timedelta(days=AUTHORITY_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(fingerprint, critical=False)
            # RFC 5280 section 4.2.1.10 wants it critical. Not here: mbedTLS and BearSSL, which is ESPHome and Tasmota,
            # know no such constraint and refuse a certificate with a critical extension that they do not know. Those
            # who know it (browsers, OpenSSL, Go) keep it all the same.
            .add_extension(x509.NameConstraints(_subtrees(territory), None), critical=False)
            .sign(key, SHA256())
        )
        return cls(certificate, key)

    @property
    def territory(self) -> Territory:
        """For what it may vouch, as its certificate says."""
        trees = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
        domains = tuple(tree.value for tree in trees if isinstance(tree, x509.DNSName))
        networks: list[Network] = [ip_network(tree.value) for tree in trees if isinstance(tree, x509.IPAddress)]
        return Territory(domains, tuple(networks))

    def issue_server(self, key: PrivateKey, names: Names, now: datetime) -> x509.Certificate:
        """Vouch for a server under these names, which must be in its territory."""
        alternatives = [*map(x509.DNSName, names.dns), *map(x509.IPAddress, names.addresses)]
        common = next((name for name in names.dns if name != "localhost"), "localhost")[:MAX_COMMON_NAME]
        builder = self._builder(common, key, now, timedelta(days=SERVER_DAYS)).add_extension(
            x509.SubjectAlternativeName(alternatives), critical=False
        )
        return self._signed(builder, ExtendedKeyUsageOID.SERVER_AUTH)

    def issue_device(self, key: PrivateKey, device_id: str, now: datetime, days: int) -> x509.Certificate:
        """Vouch for a device: its id is the common name, which the broker takes for the account."""
        return self._signed(self._builder(device_id, key, now, timedelta(days=days)), ExtendedKeyUsageOID.CLIENT_AUTH)

    def list_revoked(self, serials: dict[int, datetime], now: datetime) -> x509.CertificateRevocationList:
        """Write the list of certificates that count no more.

        It is good for as long as the authority: past the end of its list, a broker would refuse every device.
        """
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - MAX_SKEW)
            .next_update(self.certificate.not_valid_after_utc)
            .add_extension(self._issuer_id(), critical=False)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        )
        for serial, at in serials.items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
            )
        return builder.sign(self.key, SHA256())

    def _builder(self, common_name: str, key: PrivateKey, now: datetime, lasts: timedelta) -> x509.CertificateBuilder:
        most = self.certificate.not_valid_after_utc - (now - MAX_SKEW)  # nobody is vouched for beyond one's own end
        return _builder(_named(common_name), self.certificate.subject, key.public_key(), now, min(lasts, most))

    def _signed(self, builder: x509.CertificateBuilder, purpose: x509.ObjectIdentifier) -> x509.Certificate:
        return (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(self._issuer_id(), critical=False)
            .sign(self.key, SHA256())
        )

    def _issuer_id(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    begins = now - MAX_SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + lasts)
    )


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _subtrees(territory: Territory) -> list[x509.GeneralName]:
    return [*map(x509.DNSName, territory.domains), *map(x509.IPAddress, territory.networks)]


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
