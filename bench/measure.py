"""Runs the client against a server and reads what it prints: a line of JSON for each stage."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from bench.processes import CannotMeasure, start, stop
from bench.server import Server

Stage = dict[str, Any]
CLIENTS_A_SOURCE: Final = 1_000  # of the addresses of loopback that clients come from
STAGE_SECONDS: Final = 400  # a client that takes longer is hung


def measure(
    server: Server,
    clients: int,
    stages: Sequence[str],
    *,
    stalled_percent: int = 0,
    on_line: Callable[[Stage], None] = lambda _: None,
) -> list[Stage]:
    """Run the stages one after the other over the same connections.

    Raises:
        CannotMeasure: the client gave up, with its reason.
    """
    log = server.place.directory / "client.log"
    process = start(
        [server.place.programs.client, *server.options, *_common(server, clients, stalled_percent), *stages],
        core=server.place.cores.client,
        log=log,
        environment=server.secrets,
        pipe=True,
    )
    try:
        lines = list(_read(process, on_line))
        if process.wait(STAGE_SECONDS) != 0:
            raise CannotMeasure(log.read_text(errors="replace")[-500:].strip())
        return lines
    finally:
        stop(process)


def _common(server: Server, clients: int, stalled_percent: int) -> list[str]:
    options = {
        "clients": clients,
        "sources": 1 + clients // CLIENTS_A_SOURCE,
        "stalled": stalled_percent,
        "core": server.place.cores.server,
    }
    pids = [f"--pid={name}={pid}" for name, pid in server.pids.items()]
    return [*(f"--{name}={value}" for name, value in options.items()), *pids]


def _read(process: subprocess.Popen[str], on_line: Callable[[Stage], None]) -> Iterator[Stage]:
    assert process.stdout is not None
    for text in process.stdout:
        line: Stage = json.loads(text)
        on_line(line)
        yield line
