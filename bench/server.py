"""What every server of the bench is: started fresh, pinned to a core, ended."""

import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.build import Programs
from bench.processes import Cores, free_ports, stop

FRAME_BYTES: Final = 277  # a HomeGuard alert with a reason of one sentence


@dataclass(frozen=True, slots=True)
class Place:
    """Where servers run: their programs, their core, a directory for what they write."""

    programs: Programs
    cores: Cores
    directory: Path
    node_modules: Path | None


class Server(ABC):
    """One server on one core. `with` starts and ends it."""

    def __init__(self, place: Place) -> None:
        """Take the place; nothing is started yet."""
        self.place = place
        self.port, self.feed_port = free_ports(2)
        self.process: subprocess.Popen[str] | None = None

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it answers."""

    @property
    @abstractmethod
    def options(self) -> list[str]:
        """How the client speaks to it."""

    @property
    def secrets(self) -> dict[str, str]:
        """Return what the client is told by its environment."""
        return {}

    @property
    def pids(self) -> dict[str, int]:
        """Return the processes whose CPU and memory count; the first is the one that writes to the sockets."""
        assert self.process is not None
        return {"server": self.process.pid}

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            stop(self.process)

    def __enter__(self) -> "Server":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *failed: object) -> None:
        self.stop()
