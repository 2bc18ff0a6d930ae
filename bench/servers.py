"""All servers by name, and which of them cannot be measured here."""

import shutil
import subprocess
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from bench.ours import HomeGuard, HomeGuardBrokerApart
from bench.processes import ROOT, program
from bench.server import Place, Server
from bench.theirs import Broadcast, MosquittoListener, NodeWs, SendJson, SendLoop, SendLoopJoined

Make = Callable[[Place], Server]
SERVERS: Final[dict[str, Make]] = {
    "homeguard": HomeGuard,
    "homeguard-apart": HomeGuardBrokerApart,
    "mosquitto": MosquittoListener,
    "send-json": SendJson,
    "broadcast": Broadcast,
    "node-ws": NodeWs,
    "c-loop": SendLoop,
    "c-joined": SendLoopJoined,
}


def left_out(wanted: Collection[str], in_namespace: bool, node_modules: Path | None) -> dict[str, str]:
    """Tell which of the wanted servers cannot be measured here, and why."""
    return {name: reason for name, reason in _not_here(in_namespace, node_modules).items() if name in wanted}


def _not_here(in_namespace: bool, node_modules: Path | None) -> dict[str, str]:
    reasons = {"centrifugo": "it has no driver: there was no binary to try one with"}
    if not in_namespace:
        reasons["mosquitto"] = (
            "its websockets listener would listen on every interface, and no network namespace can be made here"
        )
    if program("node") is None or node_modules is None:
        reasons["node-ws"] = "no node, or npm could not install ws"
    return reasons


def install_ws(directory: Path) -> Path | None:
    """Install node's ws from its lock into a directory; None where that is not possible."""
    npm = program("npm")
    if npm is None:
        return None
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "bench" / "peers" / name, directory / name)
    command = [npm, "ci", "--no-fund", "--no-audit", "--ignore-scripts"]
    try:
        done = subprocess.run(command, cwd=directory, capture_output=True, timeout=60, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return None
    return directory if done.returncode == 0 else None
