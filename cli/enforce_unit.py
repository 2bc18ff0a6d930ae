"""The systemd unit of an enforcer: no more rights than it needs. Pure."""

import shlex
import sys
from pathlib import Path

from homeguard.errors import Misconfigured

CREDENTIALS = "/etc/homeguard"

_UNIT = """\
# /etc/systemd/system/homeguard-{name}.service, written by `homeguard enforce … --print-unit`.
# Put the password that `homeguard enforcer add {name}` printed into {password} (mode 0600).
[Unit]
Description=HomeGuard enforcer {name}
After=network.target
Wants=network.target

[Service]
ExecStart={command}
LoadCredential=mqtt-password:{password}
{more}StateDirectory=homeguard-enforce
Restart=always
RestartSec=2
DynamicUser=yes
{rights}NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX{netlink}
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077

[Install]
WantedBy=multi-user.target
"""
_ADMIN = "AmbientCapabilities=CAP_NET_ADMIN\nCapabilityBoundingSet=CAP_NET_ADMIN\n"
_NOTHING = "CapabilityBoundingSet=\n"


def unit(kind: str, name: str, options: list[str], *, mqtt_url: str | None) -> str:
    """Return the text of the unit that runs this enforcer with some more options.

    Raises:
        Misconfigured: the URL holds a password, which everybody could read in the unit.
    """
    if mqtt_url is not None and ":" in mqtt_url.rpartition("@")[0].partition("://")[2]:
        raise Misconfigured("--mqtt-url must not hold the password: everybody can read a unit; it goes into a file")
    words = [_program(), "enforce"]
    words += [f"--{kind}"] if kind in ("firewall", "dry-run") else []
    words += ["--webhook-secret-file", "%d/webhook-secret"] if kind == "webhook" else []
    words += ["--name", name, "--mqtt-url", mqtt_url or f"mqtts://enforcer-{name}@homeguard.local:8883"]
    words += ["--password-file", "%d/mqtt-password", *options]
    secret = f"LoadCredential=webhook-secret:{CREDENTIALS}/{name}.secret\n"
    return _UNIT.format(
        name=name,
        command=" ".join(_quoted(word) for word in words),
        password=f"{CREDENTIALS}/{name}.password",
        more=secret if kind == "webhook" else "",
        rights=_ADMIN if kind == "firewall" else _NOTHING,
        netlink=" AF_NETLINK" if "--watch" in options or kind == "firewall" else "",
    )


def _program() -> str:
    return str(Path(sys.argv[0]).absolute()) if Path(sys.argv[0]).name == "homeguard" else "homeguard"


def _quoted(word: str) -> str:
    """Quote a word as systemd.service(5) reads it; `%d` is the directory of the credentials."""
    escaped = word if word.startswith("%d/") else word.replace("%", "%%").replace("$", "$$")
    return shlex.quote(escaped) if any(character.isspace() for character in escaped) else escaped
