"""Where devices reach the broker, for what they are told: not always where HomeGuard itself does."""

from pathlib import Path
from typing import Final

from bridge.address import Address
from bridge.broker import known_address, known_tls_address
from bridge.broker.broker import LOOPBACK
from cli.tls import lan_address
from homeguard.certificates.files import CertificateFiles
from homeguard.errors import Misconfigured
from homeguard.examples import MqttDoor
from homeguard.settings import Settings

SHAPE: Final = "HOMEGUARD_MQTT_DEVICE_URL must look like mqtts://host:8883"


def door_of(settings: Settings) -> MqttDoor:
    """Tell it from the settings, or from the broker that was prepared last. Blocks.

    Raises:
        Misconfigured: a URL of the settings is none.
    """
    if settings.mqtt_device_url is not None:
        try:
            address = Address.from_url(settings.mqtt_device_url, "")
        except Misconfigured:
            raise Misconfigured(SHAPE) from None
        return MqttDoor(address.host, address.port, address.is_tls, _read(settings.mqtt_ca_file))
    if settings.mqtt_url is not None:
        address = Address.from_url(settings.mqtt_url.get_secret_value(), "")
        return MqttDoor(address.host, address.port, address.is_tls, _read(settings.mqtt_ca_file))
    return _own(settings)


def _own(settings: Settings) -> MqttDoor:
    over_tls = known_tls_address(settings)
    if over_tls is not None:
        of_this_home = CertificateFiles.of(settings.data_dir).authority.certificate
        return MqttDoor(*over_tls, tls=True, ca=_read(settings.ca_file if settings.tls_cert else of_this_home))
    try:
        _, port = known_address(settings)
    except Misconfigured:
        port = settings.mqtt_port  # where the first start will open it, if nobody else is there
    return MqttDoor(lan_address() if settings.insecure_lan else LOOPBACK, port)


def _read(ca_file: Path | None) -> str | None:
    try:
        return ca_file.read_text(encoding="ascii") if ca_file is not None else None
    except (OSError, ValueError):
        return None  # whoever connects says what is wrong with it
