"""The broker's listeners with TLS: one for every account, and one where a device's certificate is its account."""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

from bridge.broker.ports import choose_port
from homeguard.certificates.files import CertificateFiles, Pair
from homeguard.errors import Misconfigured
from homeguard.settings import Settings

DEFAULT_PORT: Final = 8883
NONE: Final = "# No listener with TLS: `homeguard certs` makes the certificates, and the next start opens it."


@dataclass(frozen=True, slots=True)
class TlsListeners:
    """Where they listen, and with what. `address` is "" for every one the machine has; a port is None where none is.

    `authority` and `revoked` are for devices' certificates.
    """

    address: str
    pair: Pair
    port: int
    device_port: int | None
    authority: Path
    revoked: Path

    def render(self) -> str:
        """Return their lines of mosquitto.conf."""
        values = {
            "certificate": str(self.pair.certificate),
            "key": str(self.pair.key),
            "authority": str(self.authority),
            "revoked": str(self.revoked),
        }
        rendered = [_lines("tls-listener", values, self.port, self.address)]
        if self.device_port is not None:
            rendered.append(_lines("device-listener", values, self.device_port, self.address))
        return "\n\n".join(rendered)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that they name."""
        return (self.pair.certificate, self.pair.key, self.authority, self.revoked)


def choose_listeners(settings: Settings, pair: Pair | None, address: str) -> tuple[TlsListeners | None, list[str]]:
    """Choose the ports; returns the listeners, None without a certificate, and what to tell the user.

    Raises:
        Misconfigured: a port that was asked for is taken, or devices' certificates are asked for and nobody made any.
    """
    files = CertificateFiles.of(settings.data_dir)
    if settings.mqtts_device_port is not None and not (pair and files.revoked.exists()):
        raise Misconfigured("HOMEGUARD_MQTTS_DEVICE_PORT needs certificates: `homeguard certs` makes them")
    if pair is None:
        return None, []
    asked = settings.mqtts_port if "mqtts_port" in settings.model_fields_set else None
    port, note = choose_port(
        asked, DEFAULT_PORT, address, option="HOMEGUARD_MQTTS_PORT", what="the broker's port for TLS"
    )
    device_port = None
    if settings.mqtts_device_port is not None:
        device_port, _ = choose_port(settings.mqtts_device_port, 0, address, option="HOMEGUARD_MQTTS_DEVICE_PORT")
    listeners = TlsListeners(address, pair, port, device_port, files.authority.certificate, files.revoked)
    return listeners, [note] if note else []


def _lines(template: str, values: dict[str, str], port: int, address: str) -> str:
    text = resources.files("mosquitto").joinpath(f"{template}.template").read_text(encoding="utf-8")
    return Template(text).substitute(values, listener=f"{port} {address}".strip()).strip()
