"""Homes to examine: settings as somebody would have them, and brokers of one's own, real ones."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.broker.config import find_mosquitto
from cli.doctor.home import Home, look_at
from cli.doctor.sockets import listening_sockets
from homeguard.settings import load_settings
from tests.ports import free_port
from tests.waiting import wait_until

Look = Callable[..., Home]
YourBroker = Callable[..., "Yours"]


class Yours:
    """A Mosquitto that HomeGuard did not start, with a configuration of somebody's."""

    def __init__(self, directory: Path, *lines: str) -> None:
        """Write the configuration; every `{port}` and `{data}` in it is filled in."""
        self.host = "127.0.0.1"
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self.conf = directory / "mosquitto.conf"
        given = [line.format(port=self.port, data=f"{directory}/") for line in lines]
        self.conf.write_text("\n".join([f"listener {self.port} 127.0.0.1", "user root", *given, ""]))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Yours":
        """Start it and wait until it accepts connections."""
        process = self.process = subprocess.Popen([find_mosquitto(), "-c", self.conf], stderr=subprocess.DEVNULL)
        wait_until(lambda: process.poll() is not None or self._is_listening(process.pid))
        assert process.poll() is None, self.conf.read_text()
        return self

    def _is_listening(self, pid: int) -> bool:
        return any(place.port == self.port for place in listening_sockets(pid))

    def stop(self) -> None:
        """Stop it; may be called again."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)


@pytest.fixture
def yours(tmp_path: Path) -> Iterator[YourBroker]:
    """Start a broker of one's own with these lines of configuration: `yours("allow_anonymous true")`."""
    made: list[Yours] = []

    def start(*lines: str) -> Yours:
        directory = tmp_path / f"yours-{len(made)}"
        directory.mkdir()
        made.append(Yours(directory, *lines))
        return made[-1].start()

    yield start
    for broker in made:
        broker.stop()


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Look at a home: `look(conf=…, mqtt_url=…)`, further fields of Settings; its data directory is empty."""

    def at(conf: Path | None = None, **settings: Any) -> Home:
        return look_at(load_settings(**{"data_dir": tmp_path / "data", **settings}), conf)

    return at
