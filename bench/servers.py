"""All servers by name, and which of them cannot be measured here."""

import shutil
import subprocess
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from bench import centrifugo
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
    "centrifugo": centrifugo.Centrifugo,
    "c-loop": SendLoop,
    "c-joined": SendLoopJoined,
}


def left_out(wanted: Collection[str], in_namespace: bool, place: Place) -> dict[str, str]:
    """Tell which of the wanted servers cannot be measured here, and why."""
    reasons = {name: _why_not(name, in_namespace, place) for name in wanted}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _why_not(name: str, in_namespace: bool, place: Place) -> str | None:
    if name == "mosquitto" and not in_namespace:
        return "its websockets listener would listen on every interface, and no network namespace can be made here"
    if name == "node-ws" and (program("node") is None or place.node_modules is None):
        return "no node, or npm could not install ws"
    return centrifugo.why_not(place) if name == "centrifugo" else None


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
