"""The keys of the access tokens: the newest signs, those before it verify until their last token has ended.

`secrets/jwt.key` signs, as it always did; `secrets/jwt-former.json` keeps those that it replaced. A running process
looks at most once a second whether the files changed, and at once when a token names a key that it does not know.
"""

import fcntl
import hashlib
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Final

from homeguard.clock import from_rfc3339, to_rfc3339
from homeguard.errors import HomeGuardError, Misconfigured
from homeguard.secrets_file import load_or_create_secret, load_secret, read_private, write_private

logger = logging.getLogger(__name__)

KEY_BYTES: Final = 32  # as long as the hash's output (RFC 7518 section 3.2)
LOOK_SECONDS: Final = 1.0  # a key that leaked is worthless after this; looking is one system call a file

Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One key, and until when it verifies: None for the one that signs."""

    secret: bytes = field(repr=False)
    until: datetime | None = None

    @property
    def kid(self) -> str:
        """Name the key, in the header of every token that it signed; tells nothing of the key."""
        return hashlib.sha256(b"homeguard kid\0" + self.secret).hexdigest()[:16]


class Keys:
    """The keys that this process knows, taken anew when they were changed."""

    def __init__(
        self, load: Callable[[], Sequence[Key]], stamp: Callable[[], Stamp], seconds: Callable[[], float] = monotonic
    ) -> None:
        """Take what loads them, the signing one first, and what tells that they changed. Blocks.

        Raises:
            Misconfigured: they cannot be read, or one is too short to be safe.
        """
        self._load = load
        self._stamp = stamp
        self._seconds = seconds
        self._look_at = seconds() + LOOK_SECONDS
        self._seen = stamp()  # before they are read: what changes meanwhile is read again
        self._keys = self._loaded()

    @classmethod
    def open(cls, path: Path, seconds: Callable[[], float] = monotonic) -> "Keys":
        """Read the keys at `path`; the first one is made where there is none. Blocks.

        Raises:
            Misconfigured: they cannot be read or made, or others may read them.
        """
        load_or_create_secret(path, KEY_BYTES)
        return cls(lambda: _read(path), lambda: _stamp_of(path), seconds)

    @classmethod
    def of(cls, *secrets: bytes) -> "Keys":
        """Take keys that never change, the signing one first.

        Raises:
            Misconfigured: one is too short to be safe.
        """
        return cls(lambda: [Key(secret) for secret in secrets], tuple)

    def signing(self) -> Key:
        """Tell which key signs now."""
        self._look_now_and_then()
        return next(iter(self._keys.values()))

    def verifying(self, kid: str | None, now: datetime) -> list[Key]:
        """Tell which keys may have signed a token that names `kid`; one of before keys had names has None."""
        self._look_now_and_then()
        if kid is not None and kid not in self._keys:
            self._look()  # another process has signed with a key that was made this second
        named = self._keys.values() if kid is None else [self._keys[kid]] if kid in self._keys else []
        return [key for key in named if key.until is None or now < key.until]

    def _look_now_and_then(self) -> None:
        if self._seconds() >= self._look_at:
            self._look()

    def _look(self) -> None:
        """Read the files where they have changed; ones that cannot be read leave everything as it is."""
        self._look_at = self._seconds() + LOOK_SECONDS
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._keys = self._loaded()
            logger.info("tokens: the keys have changed, %s signs now", next(iter(self._keys)))
        except (HomeGuardError, OSError) as error:
            logger.warning("tokens: the keys have changed and cannot be read, those of before go on: %s", error)

    def _loaded(self) -> dict[str, Key]:
        keys: dict[str, Key] = {}
        for key in self._load():
            if len(key.secret) < KEY_BYTES:
                raise Misconfigured(f"the key of the tokens has {len(key.secret)} bytes, {KEY_BYTES} are needed")
            keys.setdefault(key.kid, key)  # a rotation that was cut off left the signing one among the former, too
        return keys


@contextmanager
def keys_held(path: Path) -> Iterator[None]:
    """Keep others from rotating meanwhile. Blocks.

    Raises:
        Misconfigured: the lock beside the keys cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path.with_name(".jwt.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Misconfigured(f"cannot lock the key {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def rotate(path: Path, now: datetime, *, old_until: datetime | None) -> Key:
    """Make a new key, which signs from now on; the old one verifies until `old_until`, None: none of before does.

    To be called with the keys held. Killed anywhere in it, the old key still signs. Blocks.

    Raises:
        Misconfigured: the keys cannot be read or written.
    """
    load_or_create_secret(path, KEY_BYTES)
    former: list[Key] = []
    if old_until is not None:
        current, *before = _read(path)
        former = [Key(current.secret, old_until), *(key for key in before if key.until and now < key.until)]
    entries = [{"key": key.secret.hex(), "until": to_rfc3339(key.until)} for key in former if key.until]
    write_private(_former_file(path), json.dumps(entries, indent=1) + "\n")
    made = Key(secrets.token_bytes(KEY_BYTES))
    write_private(path, f"{made.secret.hex()}\n")
    return made


def _read(path: Path) -> list[Key]:
    try:
        return [Key(load_secret(path, KEY_BYTES)), *_read_former(_former_file(path))]
    except OSError as error:
        raise Misconfigured(f"cannot read the key {error.filename}: {error.strerror}") from error


def _read_former(path: Path) -> list[Key]:
    try:
        entries = json.loads(read_private(path))
        return [Key(bytes.fromhex(entry["key"]), from_rfc3339(entry["until"])) for entry in entries]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise Misconfigured(
            f"{path} does not hold the keys of before: remove it, and tokens that they signed are good no more"
        ) from None


def _former_file(path: Path) -> Path:
    return path.with_name(f"{path.stem}-former.json")


def _stamp_of(path: Path) -> Stamp:
    return tuple(_stamp_of_file(file) for file in (path, _former_file(path)))


def _stamp_of_file(path: Path) -> tuple[int, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size
