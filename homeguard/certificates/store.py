"""The certificates of one data directory: made, renewed, revoked, each file in one step. Blocks.

A key is written before its certificate and outlives it, so that what is there always fits together: renewing replaces
one file. Certificates are no secret, but lie among what is: all of it is its owner's alone.
"""

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from homeguard.certificates.authority import DEVICE_DAYS, Authority, PrivateKey, make_key
from homeguard.certificates.files import CertificateFiles, Pair
from homeguard.certificates.names import Names, Territory
from homeguard.certificates.read import Described, describe, read_certificate, read_key
from homeguard.clock import Clock, utc_now
from homeguard.errors import BadInput, Misconfigured
from homeguard.secrets_file import make_private_directory, write_private


class Certificates:
    """What `homeguard certs` looks after."""

    def __init__(self, data_dir: Path, clock: Clock = utc_now) -> None:
        """Take the data directory; nothing is made yet."""
        self.files = CertificateFiles.of(data_dir)
        self._clock = clock

    @property
    def now(self) -> datetime:
        """The time of its clock."""
        return self._clock()

    def make_authority(self, names: Names) -> Described:
        """Make the authority where there is none; `names` are those that it may vouch for besides a home's.

        Raises:
            Misconfigured: its certificate is there and its key is not, or a file cannot be used.
        """
        pair = self.files.authority
        if not pair.certificate.exists():
            for directory in (self.files.directory.parent, self.files.directory):  # a parent made by the way is open
                make_private_directory(directory)
            host = next((name for name in names.dns if name != "localhost"), "this home")
            made = Authority.make(host, Territory.of_a_home(names), self.now)
            _write_key(pair.key, made.key)
            self._write_revoked(made, {})
            _write_certificate(pair.certificate, made.certificate)
        return describe(self._authority().certificate)

    def check(self, names: Names) -> None:
        """Say whether the authority may vouch for names that somebody asked for.

        Raises:
            BadInput: not for all of them.
            Misconfigured: the authority, or a file, cannot be used.
        """
        if outside := self.outside(names):
            raise BadInput(
                f"the authority may not vouch for {outside}: remove {self.files.directory} and run `homeguard certs` "
                "with all names; every browser and device must then be given the new ca.crt"
            )

    def outside(self, names: Names) -> Names:
        """Return those of the names that the authority may not vouch for; they are left out of what it issues."""
        return self._authority().territory.split(names)[1]

    def ensure_server(self, names: Names) -> tuple[Described, str | None]:
        """Return the server's certificate, and why it was made anew just now: None where the present one does.

        Raises:
            Misconfigured: the authority, or a file, cannot be used.
        """
        present = self.server()
        inside, _ = self._authority().territory.split(names)
        if present is None:
            why = "there was none"
        elif not self._is_ours(self.files.server.certificate):
            why = "another authority had made it"
        elif not inside <= present.names:
            why = "this machine has another name or address now"
        elif present.ends_soon(self.now):
            why = f"it would have ended on {present.ends_at:%Y-%m-%d}"
        else:
            return present, None
        return self.renew_server(names), why

    def renew_server(self, names: Names) -> Described:
        """Make the server's certificate anew, with these names and those that it has.

        Raises:
            Misconfigured: the authority, or a file, cannot be used.
        """
        present, authority = self.server(), self._authority()
        inside, _ = authority.territory.split(names if present is None else present.names | names)
        certificate = authority.issue_server(_ensured_key(self.files.server.key), inside, self.now)
        _write_certificate(self.files.server.certificate, certificate)
        return describe(certificate)

    def issue_device(self, device_id: str, days: int = DEVICE_DAYS) -> Described:
        """Make a device's certificate; again, for the key that it has, and what it was given before is good, too.

        The id is checked.

        Raises:
            Misconfigured: the authority, or a file, cannot be used.
        """
        authority, pair = self._authority(), self.files.device(device_id)
        make_private_directory(self.files.devices)
        certificate = authority.issue_device(_ensured_key(pair.key), device_id, self.now, days)
        serials = [*self._issued(device_id), certificate.serial_number]  # written first: what is out can be revoked
        write_private(self.files.issued(device_id), "".join(f"{serial:x}\n" for serial in serials))
        _write_certificate(pair.certificate, certificate)
        return describe(certificate)

    def revoke_device(self, device_id: str) -> int:
        """Put all that a device was given on the list of what counts no more, and remove it; returns how many.

        Raises:
            BadInput: it was given none.
            Misconfigured: the authority, or a file, cannot be used.
        """
        authority, serials = self._authority(), self._issued(device_id)
        if not serials:
            raise BadInput(f"{device_id} has no certificate here", field="id")
        self._write_revoked(authority, self._revoked() | dict.fromkeys(serials, self.now))
        pair = self.files.device(device_id)
        for path in (pair.certificate, pair.key, self.files.issued(device_id)):
            path.unlink(missing_ok=True)
        return len(serials)

    @property
    def can_issue(self) -> bool:
        """Say whether the authority's key is there."""
        return self.files.authority.key.exists()

    def authority(self) -> Described | None:
        """Describe the authority, None where there is none. Its key need not be there."""
        return _described(self.files.authority)

    def server(self) -> Described | None:
        """Describe the server's certificate, None where there is none."""
        return _described(self.files.server)

    def devices(self) -> dict[str, Described]:
        """Describe the devices' certificates, by id."""
        paths = sorted(self.files.devices.glob("*.crt"))
        return {path.stem: describe(read_certificate(path)) for path in paths}

    def _authority(self) -> Authority:
        pair = self.files.authority
        if not pair.certificate.exists():
            raise Misconfigured(f"there is no authority in {self.files.directory}: `homeguard certs` makes one")
        if not pair.key.exists():
            raise Misconfigured(
                f"the authority's key is missing: {pair.key}. Put it back; without it nothing can be issued or renewed"
            )
        authority = Authority(read_certificate(pair.certificate), read_key(pair.key))
        if authority.certificate.public_key() != authority.key.public_key():
            raise Misconfigured(f"{pair.key} is not the key of {pair.certificate}")
        return authority

    def _is_ours(self, certificate: Path) -> bool:
        try:
            read_certificate(certificate).verify_directly_issued_by(self._authority().certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def _issued(self, device_id: str) -> list[int]:
        path = self.files.issued(device_id)
        try:
            return [int(line, 16) for line in path.read_text(encoding="ascii").split()]
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise Misconfigured(f"{path} is no list of serial numbers: {error}") from error

    def _revoked(self) -> dict[int, datetime]:
        if not self.files.revoked.exists():
            return {}
        try:
            listed = x509.load_pem_x509_crl(self.files.revoked.read_bytes())
        except (OSError, ValueError) as error:
            raise Misconfigured(f"{self.files.revoked} is no list of revoked certificates: {error}") from error
        return {each.serial_number: each.revocation_date_utc for each in listed}

    def _write_revoked(self, authority: Authority, serials: dict[int, datetime]) -> None:
        listed = authority.list_revoked(serials, self.now)
        write_private(self.files.revoked, listed.public_bytes(Encoding.PEM).decode("ascii"))


def _described(pair: Pair) -> Described | None:
    return describe(read_certificate(pair.certificate)) if pair.certificate.exists() else None


def _ensured_key(path: Path) -> PrivateKey:
    if not path.exists():
        _write_key(path, make_key())
    return read_key(path)


def _write_key(path: Path, key: PrivateKey) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(path, pem.decode("ascii"))


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    write_private(path, certificate.public_bytes(Encoding.PEM).decode("ascii"))
