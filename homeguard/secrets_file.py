"""Secrets that HomeGuard makes for itself: random bytes, as hexadecimal text in a file for its owner alone."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from homeguard.errors import Misconfigured

_OTHERS: Final = stat.S_IROTH | stat.S_IWOTH | stat.S_IXOTH


def load_or_create_secret(path: Path, nbytes: int = 32) -> bytes:
    """Read a secret of at least `nbytes`, made on first use. Processes that start at once agree on one. Blocks.

    Raises:
        Misconfigured: the file is open to every user of the machine, damaged, or cannot be read or made.
    """
    try:
        if not path.exists():
            _create(path, secrets.token_hex(nbytes))
        return _load(path, nbytes)
    except OSError as error:
        raise Misconfigured(f"cannot read or make the secret {path}: {error.strerror}") from error


def _create(path: Path, text: str) -> None:
    """Write beside it and link it into place: there is never a half-written secret, and none is overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(descriptor)
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first; its secret is the one to use
    finally:
        draft.unlink()


def _load(path: Path, nbytes: int) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & _OTHERS:
            raise Misconfigured(f"every user of this machine can read the secret {path}: run `chmod 600 {path}`")
        text = file.read()
    try:
        secret = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        secret = b""
    if len(secret) < nbytes:
        raise Misconfigured(f"{path} does not hold a secret of {nbytes} bytes: remove it, and a new one is made")
    return secret
