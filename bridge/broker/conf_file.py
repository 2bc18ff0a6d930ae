"""Reads a mosquitto.conf as Mosquitto does: listeners, options, files included; it judges nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from homeguard.errors import Misconfigured

DEFAULT_PORT: Final = 1883
LOCALHOST: Final = "localhost"
MAX_PORT_DIGITS: Final = 5  # of 65535; thousands of them are more than Python reads as a number

# Options of the listener named last, where there is one (mosquitto.conf(5), "Listeners"); the rest is the broker's own.
LISTENER_OPTIONS: Final = frozenset(
    {
        "bind_interface",
        "cafile",
        "capath",
        "certfile",
        "crlfile",
        "keyfile",
        "listener_allow_anonymous",
        "protocol",
        "psk_hint",
        "require_certificate",
        "tls_version",
        "use_identity_as_username",
        "use_username_as_clientid",
    }
)
SECURITY_OPTIONS: Final = frozenset({"allow_anonymous", "password_file", "acl_file"})  # under per_listener_settings too


@dataclass(frozen=True, slots=True)
class Listener:
    """One place where the broker listens; `address` is "" for all of the machine's, a path for a socket file."""

    port: int
    address: str = ""
    options: dict[str, str] = field(default_factory=dict)

    @property
    def is_websockets(self) -> bool:
        """Say whether it speaks MQTT over WebSockets."""
        return self.options.get("protocol") == "websockets"

    @property
    def is_tls(self) -> bool:
        """Say whether it speaks TLS, by certificate or by key."""
        return "certfile" in self.options or "psk_hint" in self.options

    @property
    def is_local(self) -> bool:
        """Say whether only this machine reaches it."""
        if self.address == LOCALHOST or self.address.startswith("/"):
            return True
        try:
            return ip_address(self.address).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        """Name it as a person would."""
        if self.address.startswith("/"):
            return self.address
        return f"port {self.port} at {self.address or 'every address'}"


@dataclass(frozen=True, slots=True)
class ConfFile:
    """What a mosquitto.conf says, files included; where an option comes twice, the last counts."""

    path: Path
    listeners: tuple[Listener, ...]
    options: dict[str, str]
    plugins: tuple[Path, ...]
    is_local_only: bool  # no listener is named: this machine alone gets in, and without an account

    def flag(self, name: str, *, default: bool) -> bool:
        """Tell an option that is `true` or `false`."""
        return _is_true(self.options.get(name, str(default)))

    def number(self, name: str, default: int) -> int:
        """Tell an option that is a whole number; what is none counts as not said: no broker starts on it."""
        try:
            return int(self.options.get(name, default))
        except ValueError:
            return default

    def has_plugin(self, name: str) -> bool:
        """Say whether a plugin of that file name is loaded."""
        return any(plugin.name == name for plugin in self.plugins)

    def allows_anonymous(self, listener: Listener) -> bool:
        """Say whether a client without an account gets in there (mosquitto.conf(5), `allow_anonymous`)."""
        said = listener.options.get("listener_allow_anonymous", listener.options.get("allow_anonymous"))
        if said is None:
            said = self.options.get("allow_anonymous", str(self.is_local_only))
        return _is_true(said)


def _is_true(value: str) -> bool:
    return value.lower() in {"true", "1"}


def read_conf_file(path: Path) -> ConfFile:
    """Read a configuration and the directories that it includes. Blocks.

    Raises:
        Misconfigured: a file of it cannot be read.
    """
    listeners: list[Listener] = []
    options: dict[str, str] = {}
    plugins: list[Path] = []
    names = _names_of_listener(path)
    for name, value in _directives(path):
        if name == "listener":
            listeners.append(_listener(value))
        elif name in {"plugin", "global_plugin", "auth_plugin"}:
            plugins.append(Path(value))
        elif name == "plugin_load":  # since 2.1: a name, and where it is
            plugins.append(Path(value.partition(" ")[2]))
        elif name in names and listeners:
            listeners[-1].options[name] = value
        else:
            options[name] = value
    is_local_only = not listeners and "port" not in options
    return ConfFile(path, tuple(listeners) or (_default_listener(options),), options, tuple(plugins), is_local_only)


def _names_of_listener(path: Path) -> frozenset[str]:
    per_listener = any(name == "per_listener_settings" and _is_true(value) for name, value in _directives(path))
    return LISTENER_OPTIONS | SECURITY_OPTIONS if per_listener else LISTENER_OPTIONS


def _directives(path: Path, *, is_main: bool = True) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise Misconfigured(f"cannot read {path}: {error.strerror}") from error
    for line in lines:
        name, _, value = line.strip().partition(" ")
        if not name or line.startswith("#"):
            continue
        if name == "include_dir":
            if is_main:  # Mosquitto follows it in the main file alone
                yield from _included(Path(value.strip()))
            continue
        yield name, value.strip()


def _included(directory: Path) -> Iterator[tuple[str, str]]:
    try:
        files = sorted(entry for entry in directory.iterdir() if entry.suffix == ".conf")
    except (OSError, ValueError) as error:  # the latter for a NUL in its name
        why = error.strerror if isinstance(error, OSError) else error
        raise Misconfigured(f"cannot read the included directory {directory}: {why}") from error
    for file in files:
        yield from _directives(file, is_main=False)


def _listener(value: str) -> Listener:
    port, _, address = value.partition(" ")
    return Listener(_port(port), address.strip())


def _port(text: str) -> int:
    """Read a port; 0, where nothing listens, for what is none: no broker starts on it."""
    return int(text) if text.isdecimal() and len(text) <= MAX_PORT_DIGITS else 0


def _default_listener(options: dict[str, str]) -> Listener:
    """Where no listener is named: `port` and `bind_address`, or this machine only (since 2.0)."""
    told = {name: value for name, value in options.items() if name in LISTENER_OPTIONS}
    if "port" in options:
        return Listener(_port(options["port"]), options.get("bind_address", ""), told)
    return Listener(DEFAULT_PORT, options.get("bind_address", LOCALHOST), told)
