"""Certificates: whether they hold, and whether anything goes over the network without one."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cli.doctor.finding import Check, Finding, counted, fine, loss, unseen, warning
from cli.doctor.home import Home
from cli.tls import is_local
from homeguard.certificates.files import CertificateFiles
from homeguard.certificates.read import Described, describe, read_certificate
from homeguard.clock import utc_now
from homeguard.errors import HomeGuardError
from homeguard.secrets_file import require_private

REFUSED: Final = "every browser and device that connects with TLS: they refuse what has ended"


def certificates(home: Home) -> Iterator[Finding]:
    """See until when each certificate holds: that of the server, the authority, and the devices."""
    settings, files = home.settings, CertificateFiles.of(home.data_dir)
    shown: list[tuple[str, Path, str]] = []
    if settings.tls_cert is not None:
        shown.append(("your certificate", settings.tls_cert, "sudo certbot renew  # or whatever renews yours"))
    elif files.server.certificate.exists():
        shown.append(("the server's certificate", files.server.certificate, "homeguard certs renew"))
    if files.authority.certificate.exists():
        anew = f"mv {shlex.quote(str(files.directory))} {shlex.quote(f'{files.directory}.old')} && homeguard certs"
        shown.append(("the authority", files.authority.certificate, f"{anew}  # everybody needs the new ca.crt"))
    shown += [
        (f"the certificate of {path.stem}", path, f"homeguard certs device {shlex.quote(path.stem)}")
        for path in sorted(files.devices.glob("*.crt"))
    ]
    wrong = [finding for finding in (_judged(*each) for each in shown) if finding is not None]
    yield from wrong
    if shown and not wrong:
        yield fine(f"{counted(len(shown), 'certificate')} looked at: good for 30 days and more")
    yield from _your_key(settings.tls_key)


def _judged(what: str, path: Path, mend: str) -> Finding | None:
    try:
        described: Described = describe(read_certificate(path))
    except HomeGuardError as error:
        return unseen(f"{what}: {error}")
    if described.ends_at <= utc_now():
        return loss(f"{what} has ended on {described.ends_at:%Y-%m-%d}", would_lose=REFUSED, mend=mend)
    if described.ends_soon(utc_now()):
        return warning(f"{what} ends on {described.ends_at:%Y-%m-%d}", would_lose=f"then {REFUSED}", mend=mend)
    return None


def _your_key(path: Path | None) -> Iterator[Finding]:
    """Look at a key of one's own; those of `homeguard certs` are looked at with the other secrets."""
    if path is None:
        return
    try:
        require_private(path)
        if not os.access(path, os.R_OK):
            yield unseen(f"your key {path} is not there, or may not be read by this user")
    except (HomeGuardError, OSError):
        yield loss(
            f"others of this machine may read or change your key {path}",
            would_lose="the control: who has it can be this HomeGuard for everybody",
            mend=f"chmod 600 {shlex.quote(str(path))}",
        )


def way_to_broker(home: Home) -> Iterator[Finding]:
    """See whether what goes to a broker of one's own can be read on the way."""
    if home.is_ours or home.broker is None or home.broker.is_tls or is_local(home.broker.host):
        return
    yield warning(
        f"the bridge speaks to {home.broker.host} without TLS",
        would_lose="nothing by itself; but who listens in between reads its password and all events, and may use them",
        mend=f"export HOMEGUARD_MQTT_URL=mqtts://…  # give {home.broker.host} a listener with TLS first: docs/tls.md",
    )


CHECKS: Final[tuple[Check, ...]] = (certificates, way_to_broker)
