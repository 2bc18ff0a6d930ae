"""Which certificate this run shows over HTTPS and MQTT, and how it stays fresh while HomeGuard runs."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Final

from homeguard.certificates.files import CertificateFiles, Pair
from homeguard.certificates.names import Names, machine_names
from homeguard.certificates.tls import load_pair
from homeguard.clock import utc_now
from homeguard.errors import HomeGuardError
from homeguard.settings import Settings
from homeguard.urls import is_loopback

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 5.0  # between two looks at the files: `homeguard certs renew` is taken up within this
RENEW_SECONDS: Final = 12 * 3600.0  # between two looks at the end of the certificate; it is renewed weeks before


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that is shown. `ca_file` is what clients must believe, None where the system does already."""

    pair: Pair
    names: Names
    ca_file: Path | None
    notes: tuple[str, ...] = ()

    def host_for(self, address: str) -> str:
        """Name this machine so that the certificate holds: by the address, or by the certificate's own first name."""
        if ip_address(address) in self.names.addresses or not self.names.dns:
            return address
        return self.names.dns[0]


def find_certificate(settings: Settings, *, makes_one: bool = False) -> Shown | None:
    """Find the certificate to show: your own, or that of `homeguard certs`, renewed where it is time.

    None where there is none, or TLS is not wanted; with `makes_one` it is made. Blocks.

    Raises:
        Misconfigured: a file cannot be used, or a key is open to others; it is named.
    """
    if not settings.tls:
        return None
    if settings.tls_cert is not None and settings.tls_key is not None:
        return _your_own(Pair(settings.tls_cert.absolute(), settings.tls_key.absolute()), settings.ca_file)
    if not makes_one and not CertificateFiles.of(settings.data_dir).authority.certificate.exists():
        return None
    return _made_here(settings)


def url_of(listener: socket.socket, shown: Shown | None) -> str:
    """Write where people open the dashboard of a server that listens there."""
    host, port = listener.getsockname()[:2]
    address = ip_address(host)
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == 4 else "::1")  # everywhere includes here
    named = shown.host_for(str(address)) if shown else str(address)
    return f"{'https' if shown else 'http'}://{f'[{named}]' if ':' in named else named}:{port}"


def lan_address() -> str:
    """Return an address under which others of the home reach this machine; where there is none, loopback. Blocks."""
    others = [address for address in machine_names().addresses if not address.is_loopback and address.version == 4]
    return str(others[0]) if others else "127.0.0.1"


def is_local(host: str) -> bool:
    """Say whether a host is this machine for certain; a name that a resolver would have to know is not."""
    return is_loopback(host.strip("[]"))


def _your_own(pair: Pair, ca_file: Path | None) -> Shown:
    from homeguard.certificates.read import describe, read_certificate  # 40 ms, for those who have a certificate

    described = describe(read_certificate(pair.certificate))
    notes = (_ends(pair, described.ends_at),) if described.ends_soon(utc_now()) else ()
    return Shown(pair, described.names, ca_file, notes)


def _made_here(settings: Settings) -> Shown:
    from homeguard.certificates.store import Certificates  # as above

    certificates, names = Certificates(settings.data_dir), machine_names()
    pair, ca_file = certificates.files.server, certificates.files.authority.certificate
    notes = []
    if certificates.authority() is None:
        certificates.make_authority(names)
        notes.append(f"made certificates: browsers and devices must trust {ca_file}, docs/tls.md says how")
    present = certificates.server()
    if present is not None and not certificates.can_issue:  # the authority's key is kept elsewhere: a good habit
        if present.ends_soon(utc_now()):
            notes.append(_ends(pair, present.ends_at))
        return Shown(pair, present.names, ca_file, tuple(notes))
    server, why = certificates.ensure_server(names)
    if present is not None and why is not None:
        notes.append(f"renewed the certificate, for {why}; it is for {server.names}")
    return Shown(pair, server.names, ca_file, tuple(notes))


def _ends(pair: Pair, ends_at: datetime) -> str:
    return f"the certificate {pair.certificate} ends on {ends_at:%Y-%m-%d}: renew it"


class Keeper:
    """Takes up certificates that change while HomeGuard runs, and renews ours before their end."""

    def __init__(
        self, settings: Settings, shown: Shown, context: ssl.SSLContext, reload_broker: Callable[[], None]
    ) -> None:
        """Take what is shown now: the server's context, and what lets the broker read its files anew."""
        self._settings = settings
        self._pair = shown.pair
        self._watched = (shown.pair.certificate, shown.pair.key, CertificateFiles.of(settings.data_dir).revoked)
        self._context = context
        self._reload_broker = reload_broker
        self._seen = self._look()
        self._renews_at = monotonic() + RENEW_SECONDS

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await asyncio.to_thread(self._renew)
                self._take_up()
            except HomeGuardError as error:
                logger.warning("certificates: %s", error)

    def _renew(self) -> None:
        if monotonic() < self._renews_at:
            return
        self._renews_at = monotonic() + RENEW_SECONDS
        shown = find_certificate(self._settings)
        for note in shown.notes if shown is not None else ():
            logger.warning("certificates: %s", note)

    def _take_up(self) -> None:
        seen = self._look()
        if seen == self._seen:
            return
        self._seen = seen
        load_pair(self._context, self._pair)  # for connections from now on
        self._reload_broker()
        logger.info("certificates: they have changed, and are taken up")

    def _look(self) -> tuple[int | None, ...]:
        return tuple(_stamp(path) for path in self._watched)


def _stamp(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
