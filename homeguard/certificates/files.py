"""Where certificates and keys lie below the data directory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path

    @property
    def is_there(self) -> bool:
        """Say whether both files are there."""
        return self.certificate.exists() and self.key.exists()


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """The paths below `data_dir/certs`, a directory that only its owner enters."""

    directory: Path

    @classmethod
    def of(cls, data_dir: Path) -> "CertificateFiles":
        """Return those of a data directory."""
        return cls(data_dir.absolute() / "certs")

    @property
    def authority(self) -> Pair:
        """The local authority: who has its key can vouch for any server and any device."""
        return Pair(self.directory / "ca.crt", self.directory / "ca.key")

    @property
    def server(self) -> Pair:
        """The server's, for HTTPS and for the broker alike."""
        return Pair(self.directory / "server.crt", self.directory / "server.key")

    @property
    def revoked(self) -> Path:
        """The list of certificates that count no more, which the broker reads."""
        return self.directory / "ca.crl"

    def device(self, device_id: str) -> Pair:
        """A device's; the id must have been checked."""
        return Pair(self.devices / f"{device_id}.crt", self.devices / f"{device_id}.key")

    def issued(self, device_id: str) -> Path:
        """The serial numbers of all certificates that a device was given and that were not revoked."""
        return self.devices / f"{device_id}.issued"

    @property
    def devices(self) -> Path:
        """The directory of the devices' certificates."""
        return self.directory / "devices"
