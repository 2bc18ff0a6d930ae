"""HomeGuard as `homeguard up` runs it."""

import json
import os
import shutil
import signal
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final

from bench.processes import start, wait_for
from bench.server import FRAME_BYTES, Place, Server

_ENVELOPE_BYTES: Final = 137  # what HomeGuard puts around an alert (seq of three digits; it grows), and "verified"
_PASSWORD: Final = "measured and weighed"  # noqa: S105
_NO_LIMITS: Final = {  # every client comes from this box, as one user, all at once
    "HOMEGUARD_MAX_CONNECTIONS": "100000",
    "HOMEGUARD_MAX_CONNECTIONS_PER_USER": "100000",
    "HOMEGUARD_MAX_CONNECTIONS_PER_ADDRESS": "100000",
    "HOMEGUARD_MAX_HANDSHAKES_PER_SECOND": "100000",
    "HOMEGUARD_ACCESS_TOKEN_MINUTES": "1440",
    "HOMEGUARD_RETENTION_EVENTS": "1000000000",
}


class HomeGuard(Server):
    """`homeguard up`: broker, bridge, journal and sockets, all on the servers' core."""

    broker_apart = False

    def __init__(self, place: Place, data_dir: Path | None = None) -> None:
        """Use a data directory of its own, or one that has a journal already."""
        super().__init__(place)
        self.data_dir = data_dir or place.directory / f"homeguard-{time.monotonic_ns()}"
        self._keeps_data = data_dir is not None
        self._log = place.directory / f"{self.data_dir.name}.log"
        self._token = ""

    def start(self) -> None:
        """Start it, or start it again, and sign in."""
        begins = len(self._said())
        self.process = start(
            [Path(sys.executable).with_name("homeguard"), "up", *self._ports()],
            core=self.place.cores.server,
            log=self._log,
            environment=self._environment(),
        )
        wait_for(lambda: "HomeGuard is running" in self._said()[begins:], self.process, "homeguard up", self._log)
        self._token = self._token or self._sign_in()
        if self.broker_apart:
            os.sched_setaffinity(self._broker_pid, {self.place.cores.client})

    def kill(self) -> float:
        """End it as a power cut does; returns when (CLOCK_MONOTONIC, seconds). Its broker stays, as it would."""
        assert self.process is not None
        at = time.clock_gettime(time.CLOCK_MONOTONIC)
        self.process.kill()
        self.process.wait()
        return at

    def stop(self) -> None:
        """End it, its broker if that is left over, and its data."""
        super().stop()
        self._end_left_over_broker()
        if not self._keeps_data:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def _end_left_over_broker(self) -> None:
        try:
            if program_of(self._broker_pid) == "mosquitto":
                os.kill(self._broker_pid, signal.SIGTERM)
        except (OSError, ValueError):
            return

    def _ports(self) -> list[str]:
        return ["--port", str(self.port), "--mqtt-port", str(self.feed_port)]

    def _environment(self) -> dict[str, str]:
        for name in [name for name in os.environ if name.startswith("HOMEGUARD_") and "_BENCH_" not in name]:
            del os.environ[name]  # settings of whoever runs this
        ours = {"HOMEGUARD_DATA_DIR": str(self.data_dir), "HOMEGUARD_ADMIN_PASSWORD": _PASSWORD}
        return {**_NO_LIMITS, **ours, "PYTHONUNBUFFERED": "1"}

    def _said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _sign_in(self) -> str:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/auth/login",
            json.dumps({"username": "admin", "password": _PASSWORD}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return str(json.load(answer)["access_token"])

    @property
    def _broker_pid(self) -> int:
        return int((self.data_dir / "broker" / "mosquitto.pid").read_text())

    @property
    def pids(self) -> dict[str, int]:
        """HomeGuard itself, and the broker that it started."""
        return {**super().pids, "broker": self._broker_pid}

    @property
    def options(self) -> list[str]:
        """Publish alerts to the broker as the operator, listen to /ws/alerts with a token."""
        return [
            *("--port", str(self.port), "--path", "/ws/alerts", "--speech", "homeguard"),
            *("--mqtt", str(self.feed_port), "--user", "operator"),
            *("--body-bytes", str(FRAME_BYTES - _ENVELOPE_BYTES)),
        ]

    @property
    def secrets(self) -> dict[str, str]:
        """Return the operator's password and the token."""
        password = (self.data_dir / "secrets" / "broker-operator-password").read_text().strip()
        return {"BENCH_FEED_PASSWORD": password, "BENCH_HEADER": f"Authorization: Bearer {self._token}"}


class HomeGuardBrokerApart(HomeGuard):
    """HomeGuard with its broker on the client's core."""

    broker_apart = True


def program_of(pid: int) -> str:
    """Tell which program a process runs."""
    return Path(f"/proc/{pid}/comm").read_text().strip()
