"""Reads where somebody is: the URL of a broker, and whether a host is this machine."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class MqttUrl:
    """A broker as a URL names it, and the account to use there."""

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    is_tls: bool


def read_mqtt_url(text: str) -> MqttUrl | None:
    """Read `mqtt://user:password@host:port`, or `mqtts://` for TLS; ports default to 1883 and 8883.

    None where it is no such URL. It is not said what is wrong: that would repeat the password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        return None
    is_tls = parts.scheme == "mqtts"
    return MqttUrl(
        parts.hostname,
        port or (8883 if is_tls else 1883),
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        is_tls,
    )


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine for certain; a name that a resolver would have to know is not."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
