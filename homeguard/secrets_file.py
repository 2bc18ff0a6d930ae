"""Secrets in files for their owner: what HomeGuard makes for itself, random bytes as hexadecimal text, and how any is
read and written.
"""

import os
import secrets
import shlex
import stat
from pathlib import Path
from typing import Final

from homeguard.errors import Misconfigured

# A group may read: so is a secret shared with one service on purpose (Kubernetes' fsGroup, `mosquitto`), and no usual
# umask opens a file to its group alone. Whoever may write a secret chooses it.
_OPEN: Final = stat.S_IRWXO | stat.S_IWGRP


def load_or_create_secret(path: Path, nbytes: int = 32) -> bytes:
    """Read a secret of at least `nbytes`, made on first use. Processes that start at once agree on one. Blocks.

    Raises:
        Misconfigured: the file is open to every user of the machine, damaged, or cannot be read or made.
    """
    try:
        if not path.exists():
            _create(path, secrets.token_hex(nbytes))
        return load_secret(path, nbytes)
    except OSError as error:
        raise Misconfigured(f"cannot read or make the secret {path}: {error.strerror}") from error


def load_secret(path: Path, nbytes: int = 32) -> bytes:
    """Read a secret of at least `nbytes` that is there. Blocks.

    Raises:
        Misconfigured: the file is open to every user of the machine, or damaged.
        OSError: it cannot be read.
    """
    try:
        secret = bytes.fromhex(read_private(path).decode("ascii"))
    except ValueError:
        secret = b""
    if len(secret) < nbytes:
        raise Misconfigured(f"{path} does not hold a secret of {nbytes} bytes: remove it, and a new one is made")
    return secret


def read_private(path: Path) -> bytes:
    """Read a file that holds a secret. Blocks.

    Raises:
        Misconfigured: other users of the machine may read or change it.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        _require_private(path, os.fstat(file.fileno()).st_mode)
        return file.read()


def require_private(path: Path) -> None:
    """Look whether a file or directory, if it is there, is for its owner. Blocks.

    Raises:
        Misconfigured: other users of the machine may read or change it.
        OSError: it cannot be looked at.
    """
    try:
        _require_private(path, path.stat().st_mode)
    except FileNotFoundError:
        return


def require_nobody_else_writes(directory: Path) -> None:
    """Look whether others may put files of theirs into a directory, if it is there. Blocks.

    Raises:
        Misconfigured: they may.
    """
    try:
        mode = directory.stat().st_mode
    except OSError:  # whoever makes or reads what lies in it says why it cannot
        return
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Misconfigured(
            f"other users of this machine can change what lies in {directory}: run `chmod go-w {_quoted(directory)}`"
        )


def make_private_directory(path: Path) -> None:
    """Make the directory, its parents too, and close it to everybody else.

    Raises:
        Misconfigured: it cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise Misconfigured(f"cannot make the directory {path}: {error.strerror}") from error


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step, on the disk when this returns; its mode is 0600 from the first byte. Blocks.

    Raises:
        Misconfigured: it cannot be written.
    """
    try:
        draft = _draft(path, text)
        try:
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _keep_names(path.parent)
    except OSError as error:
        raise Misconfigured(f"cannot write {path}: {error.strerror}") from error


def _create(path: Path, text: str) -> None:
    """Write beside it and link it into place: there is never a half-written secret, and none is overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = _draft(path, f"{text}\n")
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first; its secret is the one to use
    finally:
        draft.unlink()
    _keep_names(path.parent)


def _draft(path: Path, text: str) -> Path:
    """Write a new file beside it, to the disk."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        draft.unlink()
        raise
    return draft


def _keep_names(directory: Path) -> None:
    """Bring what a directory says to the disk: a file that was replaced comes back after a power cut otherwise."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_private(path: Path, mode: int) -> None:
    if mode & _OPEN:
        what = "read" if mode & stat.S_IROTH else "change" if mode & (stat.S_IWOTH | stat.S_IWGRP) else "enter"
        whose = "every user" if mode & stat.S_IRWXO else "its whole group"
        raise Misconfigured(
            f"{whose} of this machine can {what} the secret {path}: run `chmod {_closed(mode)} {_quoted(path)}`"
        )


def _closed(mode: int) -> str:
    return "700" if stat.S_ISDIR(mode) else "600"


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
