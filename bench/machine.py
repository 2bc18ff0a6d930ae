"""What the numbers were taken on and with."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from bench.processes import ROOT, program

_PACKAGES: Final = (
    "uvicorn",
    "uvloop",
    "websockets",
    "fastapi",
    "starlette",
    "aiomqtt",
    "paho-mqtt",
    "mqtt5",
    "orjson",
)


def machine() -> dict[str, Any]:
    """Describe this machine."""
    cpu = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "cpu": cpu[1] if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory[1]) / 2**20, 1) if memory else None,
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
    }


def versions() -> dict[str, str]:
    """Tell the versions of what takes part."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        **found,
        **_said("mosquitto", "-h"),
        **_said("node", "--version"),
        **_said("cc", "-dumpfullversion"),
        **_said("centrifugo", "version"),
    }


def _said(name: str, *options: str) -> dict[str, str]:
    path = program(name)
    if path is None:
        return {}
    done = subprocess.run([path, *options], capture_output=True, text=True, check=False)  # noqa: S603
    number = re.search(r"\d+(\.\d+)+", done.stdout)
    return {name: number[0]} if number else {}


def revision() -> dict[str, Any]:
    """Tell the git revision, and whether the tree had changes beside it."""
    return {"revision": _git("rev-parse", "--short=12", "HEAD"), "changed": bool(_git("status", "--porcelain", "-uno"))}


def _git(*words: str) -> str | None:
    git = program("git")
    if git is None:
        return None
    done = subprocess.run([git, *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else None


def now() -> str:
    """Write the time."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
