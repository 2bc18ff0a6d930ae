"""TLS for devices and subscribers: whom to believe, and who one is."""

import ssl
from pathlib import Path

from homeguard.certificates.files import Pair
from homeguard.certificates.tls import client_context
from homeguard.errors import BadInput


def tls_context(
    ca_file: str | Path | None = None, *, certificate: str | Path | None = None, key: str | Path | None = None
) -> ssl.SSLContext:
    """Make what `Device`, `SyncDevice`, `subscribe` and `SignIn` take as `tls`. Blocks.

    `ca_file` is HomeGuard's `ca.crt`, and nobody else is believed; without it `HOMEGUARD_CA_FILE` is, or the system's
    authorities and the one that `homeguard certs` made on this box. `certificate` and `key` are a device's own, of
    `homeguard certs device`: then it needs no password.

    Raises:
        BadInput: of certificate and key only one is given.
        Misconfigured: a file cannot be used, or the key is open to everybody; it is named.
    """
    if (certificate is None) != (key is None):
        raise BadInput("a certificate and its key go together", field="key" if key is None else "certificate")
    pair = Pair(Path(certificate), Path(key)) if certificate is not None and key is not None else None
    return client_context(ca_file, pair)
