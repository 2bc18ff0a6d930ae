"""What a running HomeGuard tells its other commands: who it is and where it answers. No secrets.

Where its broker answers is kept once, by `bridge.broker.known_address`.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from homeguard.settings import Settings


@dataclass(frozen=True, slots=True)
class Running:
    """Where a HomeGuard answers."""

    pid: int
    url: str
    simulated: int  # devices of `--sim`
    ca_file: str | None = None  # whom to believe there, None where it speaks no TLS or the system knows better

    def write(self, settings: Settings) -> None:
        """Leave it in the data directory."""
        _file(settings).write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")

    @staticmethod
    def forget(settings: Settings) -> None:
        """Take it away again."""
        _file(settings).unlink(missing_ok=True)


def find_running(settings: Settings) -> Running | None:
    """Find the HomeGuard that runs on this data directory, None where there is none."""
    try:
        running = Running(**json.loads(_file(settings).read_text(encoding="utf-8")))
        os.kill(running.pid, 0)
    except PermissionError:
        return running  # it lives, and is somebody else's
    except (OSError, ValueError, TypeError):
        return None
    return running


def _file(settings: Settings) -> Path:
    return settings.data_dir / "running.json"
