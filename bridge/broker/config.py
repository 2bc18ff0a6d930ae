"""Finds Mosquitto and its plugin on this machine, and writes its configuration from the template."""

import os
import platform
import shutil
import string
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from bridge.broker.files import write_private
from homeguard.errors import Misconfigured

PLUGIN: Final = "mosquitto_dynamic_security.so"
SBIN: Final = ("/usr/local/sbin", "/usr/sbin", "/opt/homebrew/sbin")  # not on every user's PATH


@dataclass(frozen=True, slots=True)
class BrokerConfig:
    """What differs between one broker and the next. `address` is "" for every one the machine has."""

    port: int
    address: str
    plugin: Path
    accounts: Path
    data: Path
    pid_file: Path | None
    user: str

    def render(self) -> str:
        """Return the text of mosquitto.conf.

        Raises:
            Misconfigured: a path holds a line break, which no line of the file can.
        """
        values = {
            "listener": f"{self.port} {self.address}".strip(),
            "plugin": str(self.plugin),
            "accounts": str(self.accounts),
            "data": str(self.data),
            "pid_file": f"pid_file {self.pid_file}" if self.pid_file else "# (a container needs no pid file)",
            "user": self.user,
        }
        for name, value in values.items():
            if "\n" in value:
                raise Misconfigured(f"the broker's {name} holds a line break: {value!r}")
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
    """Return the dynamic-security plugin: beside the broker found, else where systems keep it.

    Raises:
        Misconfigured: there is none, as with a Mosquitto older than 2.0.
    """
    for prefix in dict.fromkeys((mosquitto.resolve().parent.parent, Path("/usr"), Path("/usr/local"))):
        for directory in ("lib", f"lib/{platform.machine()}-*", "lib64", "lib/*"):
            for inner in ("mosquitto/", ""):  # since 2.1 the plugins have a directory of their own
                for found in sorted(prefix.glob(f"{directory}/{inner}{PLUGIN}")):
                    return found
    raise Misconfigured(
        f"{mosquitto} has no {PLUGIN}: HomeGuard needs Mosquitto 2.0 or later, built with its dynamic-security plugin"
    )


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
