"""Where a broker is and who HomeGuard is there."""

import hashlib
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from homeguard.errors import Misconfigured

_SHAPE: Final = "HOMEGUARD_MQTT_URL must look like mqtt://user:password@host:1883"


@dataclass(frozen=True, slots=True)
class Address:
    """A broker, and the account and client id that HomeGuard uses at it.

    `is_own` is said of the broker that HomeGuard itself starts, whose port may be another one tomorrow; `version` is
    what its program says.
    """

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    is_tls: bool = False
    is_own: bool = False
    version: str | None = None

    @property
    def session_name(self) -> str:
        """Tell one session from another; a digest, because the client id of our own broker is a secret."""
        where = "" if self.is_own else f"{self.host}:{self.port}"
        return hashlib.blake2b(f"{where}\0{self.client_id}".encode(), digest_size=8).hexdigest()

    @classmethod
    def from_url(cls, url: str, client_id: str) -> "Address":
        """Read `mqtt://user:password@host:port`, or `mqtts://` for TLS; ports default to 1883 and 8883.

        Raises:
            Misconfigured: it is no such URL.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:  # whose text may repeat the password
            raise Misconfigured(_SHAPE) from None
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise Misconfigured(_SHAPE)
        is_tls = parts.scheme == "mqtts"
        return cls(
            parts.hostname,
            port or (8883 if is_tls else 1883),
            client_id,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            is_tls,
        )
