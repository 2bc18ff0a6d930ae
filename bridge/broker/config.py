"""Finds Mosquitto and its plugin on this machine, and writes its configuration from the template."""

import os
import platform
import shutil
import string
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from bridge.broker.tls_listeners import NONE, TlsListeners
from bridge.broker.versions import SQLITE_PLUGIN, Version, persistence
from homeguard.errors import Misconfigured
from homeguard.secrets_file import write_private

PLUGIN: Final = "mosquitto_dynamic_security.so"
SBIN: Final = ("/usr/local/sbin", "/usr/sbin", "/opt/homebrew/sbin")  # not on every user's PATH


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """What differs between one broker and the next. `address` is "" for every one the machine has.

    `version` is the oldest that shall understand it; `sqlite_plugin` is None where there is none.
    """

    port: int
    address: str
    version: Version
    plugin: Path
    sqlite_plugin: Path | None
    accounts: Path
    data: Path
    pid_file: Path | None
    user: str
    tls: TlsListeners | None = None

    def render(self) -> str:
        """Return the text of mosquitto.conf.

        Raises:
            Misconfigured: a path holds a line break, which no line of the file can.
        """
        values = {
            "listener": f"{self.port} {self.address}".strip(),
            "tls_listeners": self.tls.render() if self.tls else NONE,
            "plugin": str(self.plugin),
            "accounts": str(self.accounts),
            "persistence": persistence(self.version, self.sqlite_plugin, self.data),
            "pid_file": f"pid_file {self.pid_file}" if self.pid_file else "# (a container needs no pid file)",
            "user": self.user,
        }
        named = (self.plugin, self.sqlite_plugin, self.accounts, self.data, self.pid_file)
        for path in (*named, *(self.tls.paths if self.tls else ())):
            if "\n" in str(path):
                raise Misconfigured(f"a path of the broker's holds a line break: {str(path)!r}")
        template = resources.files("mosquitto").joinpath("mosquitto.conf.template").read_text(encoding="utf-8")
        return string.Template(template).substitute(values)

    def write(self, path: Path) -> None:
        """Write the configuration.

        Raises:
            Misconfigured: it cannot be written.
        """
        write_private(path, self.render())


def own_user() -> str:
    """Name the user that Mosquitto shall stay; the template says why."""
    return "root" if os.geteuid() == 0 else "mosquitto"


def find_mosquitto() -> Path:
    """Return the broker's program.

    Raises:
        Misconfigured: it is not installed, saying what to type.
    """
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), *SBIN])
    found = shutil.which("mosquitto", path=search)
    if found is None:
        raise Misconfigured(
            f"Mosquitto is not installed: type `{_install_command()}`, "
            "or name a broker of your own with --mqtt-url mqtt://user:password@host:1883"
        )
    return Path(found)


def find_plugin(mosquitto: Path) -> Path:
    """Return the dynamic-security plugin.

    Raises:
        Misconfigured: there is none, as with a Mosquitto older than 2.0.
    """
    found = _find_plugin(mosquitto, PLUGIN)
    if found is None:
        raise Misconfigured(
            f"{mosquitto} has no {PLUGIN}: HomeGuard needs Mosquitto 2.0 or later, "
            "built with its dynamic-security plugin"
        )
    return found


def find_sqlite_plugin(mosquitto: Path) -> Path | None:
    """Return the plugin that keeps queues in SQLite, None where there is none, as before 2.1."""
    return _find_plugin(mosquitto, SQLITE_PLUGIN)


def _find_plugin(mosquitto: Path, name: str) -> Path | None:
    """Look beside the broker found, then where systems keep plugins."""
    for prefix in dict.fromkeys((mosquitto.resolve().parent.parent, Path("/usr"), Path("/usr/local"))):
        for directory in ("lib", f"lib/{platform.machine()}-*", "lib64", "lib/*"):
            for inner in ("mosquitto/", ""):  # since 2.1 the plugins have a directory of their own
                for found in sorted(prefix.glob(f"{directory}/{inner}{name}")):
                    return found
    return None


def _install_command() -> str:
    for program, command in (
        ("apt-get", "sudo apt-get install mosquitto mosquitto-clients"),
        ("dnf", "sudo dnf install mosquitto"),
        ("pacman", "sudo pacman -S mosquitto"),
        ("apk", "sudo apk add mosquitto mosquitto-clients"),
        ("brew", "brew install mosquitto"),
    ):
        if shutil.which(program):
            return command
    return "sudo apt-get install mosquitto mosquitto-clients"
