"""Measures how soon `homeguard up` is back after `kill -9`: `python -m bench.start`, some seconds a start.

Each start is on the data directory, the journal and the broker that the killed one left behind. With `--beside TREE`,
another checkout that uses the same environment, both are started in turns, so that what else the machine does falls on
both alike. The figures are in docs/reliability.md.
"""

import argparse
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Final

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from bench.grow import grow_journal
from bench.processes import ROOT, START_SECONDS, CannotMeasure, free_ports
from cli.tokens import make_token
from homeguard.settings import load_settings

EVENTS: Final = 20_000  # in the journal: twice what is read into memory at a start
LOOK_SECONDS: Final = 0.002
TICKS: Final = os.sysconf("SC_CLK_TCK")
PASSWORD: Final = "started and stopped"  # noqa: S105
UP: Final = "import sys; from cli.main import main; sys.argv[0] = 'homeguard'; main()"
IMPORTS: Final = "import cli.main, cli.up, api.app"


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process until each of these, and the CPU that it took."""

    connects: float  # the port takes connections: nobody is refused any more
    greeted: float  # a client that connected then has its `hello`
    ready: float  # the bridge is at the broker: an event would get through
    cpu_greeted: float


@dataclass(slots=True)
class Tree:
    """One checkout with a data directory of its own."""

    name: str
    root: Path
    data_dir: Path
    port: int
    mqtt_port: int
    token: str = ""
    starts: list[Start] = field(default_factory=list)
    imports: list[float] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Import this checkout, whichever the environment was made for; no settings of whoever runs this."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("HOMEGUARD_")}
        ours = {"HOMEGUARD_DATA_DIR": str(self.data_dir), "HOMEGUARD_ADMIN_PASSWORD": PASSWORD}
        return {**others, **ours, "PYTHONPATH": str(self.root)}

    def prepare(self) -> None:
        """Make the journal and a token."""
        with self._running():
            _wait(lambda: _is_ready(self.port))
            self.token = make_token(load_settings(data_dir=self.data_dir), "admin", timedelta(days=1), client="bench")
        self._forget_broker()
        grow_journal(self.data_dir / "homeguard.db", EVENTS)

    def start_once(self) -> Start:
        """Start it, take the times, kill it."""
        with self._running() as (process, began):
            connects, greeted = self._greeting(process, began)
            cpu_greeted = _cpu_seconds(process.pid)
            _wait(lambda: _is_ready(self.port))
            return Start(connects, greeted, time.monotonic() - began, cpu_greeted)

    def import_once(self) -> float:
        """Return the seconds of CPU that the imports of the whole program take, alone."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", IMPORTS], env=self.environment, cwd=self.root, check=True)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def end(self) -> None:
        """End the broker that the last kill left behind."""
        self._forget_broker()

    @contextlib.contextmanager
    def _running(self) -> Iterator[tuple["subprocess.Popen[bytes]", float]]:
        ports = ["--port", str(self.port), "--mqtt-port", str(self.mqtt_port)]
        with (self.data_dir.parent / f"{self.name}.log").open("ab") as log:
            began = time.monotonic()
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", UP, "up", *ports], env=self.environment, cwd=self.root, stdout=log, stderr=log
            )
        try:
            yield process, began
        finally:
            process.kill()
            process.wait()

    def _greeting(self, process: "subprocess.Popen[bytes]", began: float) -> tuple[float, float]:
        """Connect as soon as that succeeds, and wait for `hello` on that connection or, where it breaks, the next."""
        connected_at: float | None = None
        while time.monotonic() - began < START_SECONDS and process.poll() is None:
            try:
                line = socket.create_connection(("127.0.0.1", self.port), START_SECONDS)
            except OSError:
                time.sleep(LOOK_SECONDS)
                continue
            connected_at = connected_at or time.monotonic()
            headers = {"Authorization": f"Bearer {self.token}"}
            with contextlib.suppress(OSError, EOFError, WebSocketException):
                url = f"ws://127.0.0.1:{self.port}/ws/alerts"
                with connect(url, sock=line, additional_headers=headers, open_timeout=START_SECONDS) as client:
                    if '"hello"' in str(client.recv(START_SECONDS)):
                        return connected_at - began, time.monotonic() - began
        raise CannotMeasure(f"{self.name}: homeguard up does not start: {self._last_words()}")

    def _last_words(self) -> str:
        return (self.data_dir.parent / f"{self.name}.log").read_text(errors="replace")[-2000:]

    def _forget_broker(self) -> None:
        pid_file = self.data_dir / "broker" / "mosquitto.pid"
        with contextlib.suppress(OSError, ValueError):
            pid = int(pid_file.read_text())
            if Path(f"/proc/{pid}/comm").read_text().strip() == "mosquitto":
                os.kill(pid, signal.SIGTERM)
                _wait(lambda: not Path(f"/proc/{pid}").exists())


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise CannotMeasure(f"nothing came of it in {START_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=START_SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _cpu_seconds(pid: int) -> float:
    """Read user and system time of a process and of its children that have ended (proc(5), fields 14 to 17)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def measure(trees: Sequence[Tree], starts: int, say: Callable[[str], None]) -> None:
    """Start every tree so many times, in turns."""
    for tree in trees:
        tree.prepare()
    try:
        for number in range(1, starts + 1):
            for tree in trees:
                tree.starts.append(tree.start_once())
                tree.imports.append(tree.import_once())
                say(f"{number}: {tree.name}: " + ", ".join(f"{k} {v:.2f}" for k, v in asdict(tree.starts[-1]).items()))
    finally:
        for tree in trees:
            tree.end()


def table(trees: Sequence[Tree]) -> str:
    """Write the medians, and with two trees those of the second as ratios to the first's."""
    figures = [_medians(tree) for tree in trees]
    has_ratio = len(trees) == 2
    lines = [
        f"| median of {len(trees[0].starts)} | {' | '.join(tree.name for tree in trees)} |" + " ratio |" * has_ratio,
        "| --- |" + " --: |" * (len(trees) + has_ratio),
    ]
    for what in figures[0]:
        found = [one[what] for one in figures]
        ratio = f" {found[-1] / found[0]:.2f} |" * has_ratio
        lines.append(f"| {what} | {' | '.join(f'{seconds:.2f} s' for seconds in found)} |{ratio}")
    return "\n".join(lines)


def _medians(tree: Tree) -> dict[str, float]:
    return {
        "until nobody is refused any more": median(one.connects for one in tree.starts),
        "until a client has its `hello`": median(one.greeted for one in tree.starts),
        "until an event would get through": median(one.ready for one in tree.starts),
        "CPU until `hello`": median(one.cpu_greeted for one in tree.starts),
        "CPU of the imports, all and alone": median(tree.imports),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=__doc__)
    parser.add_argument("--starts", type=int, default=15)
    parser.add_argument("--beside", type=Path, help="another checkout, for a ratio: git worktree add TREE COMMIT")
    options = parser.parse_args()
    roots = {"before": options.beside.absolute(), "now": ROOT} if options.beside else {"now": ROOT}
    with tempfile.TemporaryDirectory(prefix="homeguard-start-") as directory:
        ports = iter(free_ports(2 * len(roots)))
        trees = [Tree(name, root, Path(directory) / name, next(ports), next(ports)) for name, root in roots.items()]
        measure(trees, options.starts, lambda line: print(line, flush=True))
    print(f"\n{table(trees)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
