"""The home that is broken: `homeguard up`, started again whenever it ends, and what lies in its data directory."""

import asyncio
import os
import signal
import sqlite3
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, TypeVar

import orjson

from bench.processes import CannotMeasure, free_ports
from bridge.accounts import add_device_accounts
from bridge.broker.accounts import BrokerSecrets
from chaos.check import Stored
from chaos.ledger import CATEGORY
from chaos.processes import Child
from homeguard.settings import Settings
from homeguard.topics import Topics

T = TypeVar("T")

PASSWORD: Final = "broken and mended"  # noqa: S105
START_SECONDS: Final = 60.0  # until the first start is ready, on a busy box
RESTART_SECONDS: Final = 0.1  # after one that ended by itself: systemd's default of RestartSec=
LOOK_SECONDS: Final = 0.02
HEARTBEAT_SECONDS: Final = "2"  # a screen finds out within five that its line is dead; a kitchen tablet may take 38


class Home:
    """`homeguard up` on a data directory; `environment` is added to that of the process."""

    def __init__(self, data_dir: Path, log: Path, environment: dict[str, str], say: Callable[[str], None]) -> None:
        """Choose the ports; nothing is started yet. `say` gets a line where it ends by itself."""
        self.data_dir = data_dir
        self.web_port, self.mqtt_port = free_ports(2)
        self.failed_starts = 0
        self._say = say
        ports = ["--port", str(self.web_port), "--mqtt-port", str(self.mqtt_port)]
        ours = {
            "HOMEGUARD_DATA_DIR": str(data_dir),
            "HOMEGUARD_ADMIN_PASSWORD": PASSWORD,
            "HOMEGUARD_HEARTBEAT_SECONDS": HEARTBEAT_SECONDS,
        }
        command = [str(Path(sys.executable).with_name("homeguard")), "up", *ports]
        self.bridge = Child("homeguard", command, log, {**ours, **environment})

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def database(self) -> Path:
        """The file of the journal."""
        return self.data_dir / "homeguard.db"

    @property
    def broker_pid(self) -> int | None:
        """The process of its Mosquitto, None where none runs."""
        try:
            pid = int((self.data_dir / "broker" / "mosquitto.pid").read_text())
            return pid if Path(f"/proc/{pid}/comm").read_text().strip() == "mosquitto" else None
        except (OSError, ValueError):
            return None

    async def start(self, device_ids: list[str]) -> dict[str, str]:
        """Start it, wait until it is ready, and give the devices accounts; returns their passwords."""
        self.bridge.start()
        await self._ready()
        secrets = BrokerSecrets(self.data_dir)
        accounts = [secrets.device(id) for id in device_ids]
        topics = Topics(Settings.model_fields["topic_prefix"].default)
        await add_device_accounts("127.0.0.1", self.mqtt_port, secrets.admin, topics, accounts)
        return {account.username: account.password for account in accounts}

    async def keep_running(self) -> None:
        """Start it again whenever it has ended, as systemd would; for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self.bridge.pid is None:
                if self.bridge.exit_status != -signal.SIGKILL:  # it ended by itself, not by us
                    self.failed_starts += 1
                    self._say(f"homeguard up ended with {self.bridge.exit_status}: {_last_line(self.bridge)}")
                    await asyncio.sleep(RESTART_SECONDS)
                self.bridge.start()

    def stop(self) -> None:
        """End it, and with it its broker; a broker that was left over is ended too."""
        self.bridge.stop()
        pid = self.broker_pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def _ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not await asyncio.to_thread(_answers, f"{self.url}/readyz"):
            if self.bridge.pid is None or time.monotonic() > deadline:
                raise CannotMeasure(f"homeguard up does not start: {self.bridge.last_words()}")
            await asyncio.sleep(LOOK_SECONDS)

    # -- the journal, read as any other program reads SQLite ------------------------------------------------------

    def head(self) -> int | None:
        """Return the `seq` of the newest alert, None where the journal cannot be read now."""
        with suppress(sqlite3.OperationalError):
            return self._read(_head)
        return None

    def journal(self) -> list[Stored]:
        """Read all of the alerts channel."""
        return self._read(_stored)

    def integrity(self) -> str:
        """Let SQLite look through the whole file; `ok` where all is well."""
        return self._read(lambda journal: str(journal.execute("PRAGMA integrity_check").fetchone()[0]))

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as journal:
            return work(journal)


def _last_line(child: Child) -> str:
    """Return the last thing that a process said: where it ends by itself, why."""
    return next((line for line in reversed(child.last_words().splitlines()) if line.strip()), "it said nothing")


def _head(journal: sqlite3.Connection) -> int:
    return int(journal.execute("SELECT COALESCE(MAX(seq), 0) FROM events WHERE channel = 'alerts'").fetchone()[0])


def _stored(journal: sqlite3.Connection) -> list[Stored]:
    rows = journal.execute("SELECT seq, prev, device_id, body FROM events WHERE channel = 'alerts' ORDER BY seq")
    return [_read_row(*row) for row in rows]


def _read_row(seq: int, prev: int, device_id: str, body: str) -> Stored:
    alert = orjson.loads(body)
    category = alert.get("category")
    if category != CATEGORY:
        return Stored(seq, prev, category=category)
    return Stored(seq, prev, device_id, alert["details"]["number"], category)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
