"""Where the broker's files lie below the data directory."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from homeguard.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """The paths below `data_dir/broker`, a directory that only its owner enters."""

    directory: Path

    @property
    def config(self) -> Path:
        """The configuration, written anew at every start."""
        return self.directory / "mosquitto.conf"

    @property
    def accounts(self) -> Path:
        """The dynamic-security file; the broker writes it too."""
        return self.directory / "dynamic-security.json"

    @property
    def pid(self) -> Path:
        """The number of the broker's process."""
        return self.directory / "mosquitto.pid"

    @property
    def address(self) -> Path:
        """Where the broker answers, as `host:port`: for the next start and for commands beside it."""
        return self.directory / "address"

    @property
    def tls_address(self) -> Path:
        """Where it answers with TLS, as `host:port`, and as devices reach it; not there where it does not."""
        return self.directory / "tls-address"

    @property
    def lock(self) -> Path:
        """Held by the `homeguard up` that owns the broker, for as long as it lives."""
        return self.directory / "lock"


class DirectoryLock:
    """Keeps a second `homeguard up` off the same broker; the kernel releases it when the process ends, however."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            Misconfigured: another process holds it.
        """
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise Misconfigured(
                f"another `homeguard up` (process {holder}) runs with the data directory {path.parent.parent}: "
                "stop it, or choose another one with --data-dir"
            ) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Give the lock up; may be called again."""
        self._file.close()
