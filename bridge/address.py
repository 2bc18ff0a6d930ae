"""Where a broker is and who HomeGuard is there."""

import hashlib
import ssl
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import SecretStr

from homeguard.certificates.files import Pair
from homeguard.certificates.tls import client_context
from homeguard.errors import Misconfigured
from homeguard.settings import Settings
from homeguard.urls import read_mqtt_url

_SHAPE: Final = "HOMEGUARD_MQTT_URL must look like mqtt://user:password@host:1883"


@dataclass(frozen=True, slots=True)
class Address:
    """A broker, and the account and client id that HomeGuard uses at it.

    `trust` is whom to believe where `is_tls`; None: the system's authorities. `is_own` is said of the broker that
    HomeGuard itself starts, whose port may be another one tomorrow; `version` is what its program says.
    """

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    is_tls: bool = False
    trust: ssl.SSLContext | None = field(default=None, repr=False, compare=False)
    is_own: bool = False
    version: str | None = None

    @property
    def session_name(self) -> str:
        """Tell one session from another; a digest, because the client id of our own broker is a secret."""
        where = "" if self.is_own else f"{self.host}:{self.port}"
        return hashlib.blake2b(f"{where}\0{self.client_id}".encode(), digest_size=8).hexdigest()

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What to connect with, None where there is no TLS."""
        return (self.trust or ssl.create_default_context()) if self.is_tls else None

    @classmethod
    def of(cls, settings: Settings, client_id: str | None = None, url: SecretStr | None = None) -> "Address":
        """Read what the settings say of a broker of one's own, and of whom to believe there. Blocks.

        `client_id` and `url` are others than those of the bridge.

        Raises:
            Misconfigured: it is no URL, or a file of the certificates cannot be used.
        """
        chosen = url or settings.mqtt_url
        assert chosen is not None
        address = cls.from_url(chosen.get_secret_value(), client_id or settings.mqtt_client_id)
        if not address.is_tls:
            return address
        pair = Pair(settings.mqtt_cert, settings.mqtt_key) if settings.mqtt_cert and settings.mqtt_key else None
        return replace(address, trust=client_context(settings.mqtt_ca_file, pair))

    @classmethod
    def from_url(cls, url: str, client_id: str) -> "Address":
        """Read `mqtt://user:password@host:port`, or `mqtts://` for TLS; ports default to 1883 and 8883.

        Raises:
            Misconfigured: it is no such URL.
        """
        read = read_mqtt_url(url)
        if read is None:
            raise Misconfigured(_SHAPE)
        return cls(read.host, read.port, client_id, read.username, read.password, read.is_tls)
