"""What the version of Mosquitto decides in its configuration: who keeps its queues on disk, and how often."""

import re
import subprocess
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from homeguard.errors import Misconfigured

ASK_SECONDS: Final = 10  # for a program that prints its help and ends
SNAPSHOT: Final = "mosquitto.db"  # the whole of the queues in one file, written anew each time: what 2.0 has
SQLITE_PLUGIN: Final = "mosquitto_persist_sqlite.so"


class Version(NamedTuple):
    """A version of Mosquitto; as a tuple, so that versions compare."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        """Write it as Mosquitto does."""
        return ".".join(map(str, self))


SQLITE_SINCE: Final = Version(2, 1)  # https://mosquitto.org/documentation/persistence/sqlite


def parse_version(text: str) -> Version | None:
    """Read `mosquitto version 2.0.11`, as its help and `$SYS/broker/version` say it; None where it says none."""
    found = re.search(r"mosquitto version (\d+)\.(\d+)(?:\.(\d+))?", text)
    return Version(int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def ask_version(program: Path) -> Version:
    """Ask a Mosquitto what it is. Blocks.

    Raises:
        Misconfigured: it does not say.
    """
    try:
        said = subprocess.run(  # noqa: S603 - the program we would start anyway
            [program, "-h"], capture_output=True, text=True, errors="replace", timeout=ASK_SECONDS, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Misconfigured(f"cannot ask {program} for its version: {error}") from error
    version = parse_version(said)
    if version is None:
        raise Misconfigured(f"{program} does not say which version of Mosquitto it is")
    return version


def persistence(version: Version, sqlite_plugin: Path | None, data: Path) -> str:
    """Return the lines that keep queues, sessions and retained messages on disk below `data`.

    From 2.1 the SQLite plugin does, where it is installed. It does not read the file of the older way, so a broker that
    has one stays with it: what is queued there would be left behind.
    """
    has_snapshot = (data / SNAPSHOT).exists()
    if version < SQLITE_SINCE or sqlite_plugin is None or has_snapshot:
        return _lines("snapshot", data=str(data))
    return _lines("sqlite", data=str(data), plugin=str(sqlite_plugin))


def _lines(way: str, **values: str) -> str:
    text = resources.files("mosquitto").joinpath(f"persistence-{way}.template").read_text(encoding="utf-8")
    return Template(text).substitute(values).strip()
