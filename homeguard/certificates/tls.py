"""TLS contexts out of certificate files: of a server, and of who connects to one. Needs no `cryptography`."""

import os
import ssl
from pathlib import Path
from typing import Final

from homeguard.certificates.files import CertificateFiles, Pair
from homeguard.errors import Misconfigured
from homeguard.places import default_data_dir
from homeguard.secrets_file import require_private

CA_FILE_VARIABLE: Final = "HOMEGUARD_CA_FILE"
NO_PASSPHRASE: Final = ""  # without one, OpenSSL would ask for it on the terminal


def server_context(pair: Pair) -> ssl.SSLContext:
    """Make the context of a server: TLS 1.2 and later, no certificate asked of clients. Blocks.

    A group may read the key, as with `ssl-cert` of Debian, but not everybody.

    Raises:
        Misconfigured: the key is open to everybody, does not fit, or a file cannot be used; it is named.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load_pair(context, pair)
    return context


def client_context(ca_file: str | Path | None = None, pair: Pair | None = None) -> ssl.SSLContext:
    """Make the context of a client: it believes `ca_file` alone, or the system's authorities and this box's own.

    `pair` is shown where a server asks for a certificate. Blocks.

    Raises:
        Misconfigured: a file cannot be used; it is named.
    """
    chosen = ca_file or os.environ.get(CA_FILE_VARIABLE)
    try:
        context = ssl.create_default_context(cafile=chosen)
        local = local_ca_file()
        if not chosen and local is not None:
            context.load_verify_locations(local)
    except (OSError, ValueError) as error:
        raise Misconfigured(f"cannot use the CA file {chosen or local_ca_file()}: {_why(error)}") from error
    if pair is not None:
        load_pair(context, pair)
    return context


def local_ca_file() -> Path | None:
    """Return the certificate of the authority that `homeguard certs` made for this user, None where there is none."""
    data_dir = os.environ.get("HOMEGUARD_DATA_DIR")
    path = CertificateFiles.of(Path(data_dir) if data_dir else default_data_dir()).authority.certificate
    return path if os.access(path, os.R_OK) else None


def load_pair(context: ssl.SSLContext, pair: Pair) -> None:
    """Let a context show a certificate from now on; connections that are open stay as they are. Blocks.

    Raises:
        Misconfigured: the key is open to everybody, does not fit, or a file cannot be used; it is named.
    """
    try:
        require_private(pair.key)
    except OSError as error:
        raise Misconfigured(f"cannot read {pair.key}: {error.strerror}") from error
    try:
        context.load_cert_chain(pair.certificate, pair.key, NO_PASSPHRASE)
    except (OSError, ValueError) as error:
        raise Misconfigured(f"cannot use {pair.certificate} with the key {pair.key}: {_why(error)}") from error


def why_not(error: BaseException) -> str:
    """Say why there is no connection; where a certificate is the reason, what helps."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not believed here ({cause.verify_message}): {CA_FILE_VARIABLE} names the "
                "authority to believe, and the address must be one of the certificate's names"
            )
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__


def _why(error: Exception) -> str:
    """Say it in OpenSSL's words without its numbers, or in the system's."""
    if isinstance(error, ssl.SSLError):
        return str(error.reason or error).replace("_", " ").lower()
    return getattr(error, "strerror", None) or str(error)
