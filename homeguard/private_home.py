"""Looks, before anything starts, whether what lies in the data directory is its owner's alone to read and change."""

import stat
from pathlib import Path

from homeguard.certificates.files import CertificateFiles
from homeguard.errors import Misconfigured
from homeguard.secrets_file import require_nobody_else_writes, require_private


def require_private_home(data_dir: Path, journal: Path | None) -> None:
    """Look at the directory, at every secret in it, and at the journal where that is a file. Blocks.

    A directory that others may read is fine, for what is secret in it has a mode of its own; one that they may change
    lets them put another key into the place of ours. The journal holds hashes of passwords and of refresh tokens; one
    that was copied there with an open mode is as good as closed where nobody else enters the directory.

    Raises:
        Misconfigured: others may; naming the file and what to type.
    """
    secrets, certificates = data_dir / "secrets", CertificateFiles.of(data_dir).directory
    for directory in (data_dir, secrets, certificates):
        require_nobody_else_writes(directory)
    try:
        for path in (*sorted(secrets.rglob("*")), *sorted(certificates.rglob("*.key"))):
            if path.is_file():
                require_private(path)
        if journal is not None and data_dir.exists() and data_dir.stat().st_mode & stat.S_IXOTH:
            require_private(journal)
    except OSError as error:
        raise Misconfigured(f"cannot look at {error.filename}: {error.strerror}") from error
