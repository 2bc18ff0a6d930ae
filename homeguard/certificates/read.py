"""Reads certificates and keys from PEM files, and says what stands in a certificate."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from homeguard.certificates.names import Names
from homeguard.errors import Misconfigured
from homeguard.secrets_file import read_private

ENDS_SOON: Final = timedelta(days=30)  # said from then on: time to renew without hurry


@dataclass(frozen=True, slots=True)
class Described:
    """What a person wants to know of a certificate."""

    subject: str
    issuer: str
    names: Names
    begins_at: datetime
    ends_at: datetime
    fingerprint: str  # SHA-256, as browsers show it
    serial: int

    def ends_soon(self, now: datetime) -> bool:
        """Say whether it is time to renew it, or past it."""
        return self.ends_at - now <= ENDS_SOON


def describe(certificate: x509.Certificate) -> Described:
    """Say what stands in a certificate."""
    try:
        said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = said.get_values_for_type(x509.IPAddress)
        names = Names(
            tuple(said.get_values_for_type(x509.DNSName)),
            tuple(each for each in addresses if isinstance(each, IPv4Address | IPv6Address)),
        )
    except x509.ExtensionNotFound:
        names = Names((), ())
    return Described(
        subject=_common_name(certificate.subject),
        issuer=_common_name(certificate.issuer),
        names=names,
        begins_at=certificate.not_valid_before_utc,
        ends_at=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(SHA256()).hex(":").upper(),
        serial=certificate.serial_number,
    )


def read_certificate(path: Path) -> x509.Certificate:
    """Read the first certificate of a PEM file. Blocks.

    Raises:
        Misconfigured: there is none, or the file cannot be read.
    """
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except OSError as error:
        raise Misconfigured(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise Misconfigured(f"{path} holds no certificate in PEM: {error}") from error


def read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read a key that HomeGuard made. Blocks.

    Raises:
        Misconfigured: others may read it, it is none of ours, or the file cannot be read.
    """
    try:
        key = load_pem_private_key(read_private(path), None)
    except OSError as error:
        raise Misconfigured(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise Misconfigured(f"{path} holds no key in PEM that is open to us: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Misconfigured(f"{path} is a key of another kind than `homeguard certs` makes")
    return key


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()
