"""What an enforcer is: it is given every wished block, brings it about, and says what is really in force."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from homeguard.errors import BadInput
from homeguard.events import MAX_ID, JsonObject, ReportState
from homeguard.fields import kind_of, read_ip, read_json_object, read_mac, read_text


@dataclass(frozen=True, slots=True)
class Wish:
    """One device that is to be blocked, as it lies retained on `blocks/{device_id}`.

    `mac` and `ips` are parsed: what HomeGuard knows of the device's addresses, and nothing else that a name could hide
    behind. Times are RFC 3339. Where `desired` is False the device is to be free.
    """

    device_id: str
    desired: bool
    command_id: str | None = None
    mac: str | None = None
    ips: tuple[str, ...] = ()
    reason: str | None = None
    by: str | None = None
    since: str | None = None
    until: str | None = None

    @classmethod
    def from_payload(cls, device_id: str, payload: bytes) -> "Wish":
        """Read a retained wish.

        Raises:
            BadInput: it is not one; addresses are read strictly, the rest is for people.
        """
        value = read_json_object(payload)
        desired = value.get("desired")
        if not isinstance(desired, bool):
            raise BadInput(f"desired must be true or false, not {kind_of(desired)}", field="desired")
        return cls(
            device_id,
            desired,
            read_text(value, "command_id", MAX_ID) if value.get("command_id") is not None else None,
            read_mac(value, "mac") if value.get("mac") is not None else None,
            _ips(value),
            *(_text(value, name) for name in ("reason", "by", "since", "until")),
        )

    def to_json(self) -> dict[str, Any]:
        """Write the wish as an enforcer elsewhere gets it."""
        return {
            "device_id": self.device_id,
            "desired": self.desired,
            "command_id": self.command_id,
            "mac": self.mac,
            "ips": list(self.ips),
            "reason": self.reason,
            "by": self.by,
            "since": self.since,
            "until": self.until,
        }


def _ips(value: JsonObject) -> tuple[str, ...]:
    ips = value.get("ips") or []
    if not isinstance(ips, list):
        raise BadInput(f"ips must be a list, not {kind_of(ips)}", field="ips")
    read = (read_ip({"ips": ip}, "ips") for ip in ips)
    return tuple(dict.fromkeys(ip.partition("%")[0] for ip in read))  # a zone (RFC 4007) names an interface elsewhere


def _text(value: JsonObject, name: str) -> str | None:
    text = value.get(name)
    return text if isinstance(text, str) else None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is really in force for one device; `detail` says why, or how, in words for people."""

    state: ReportState
    detail: str | None = None


class Enforcer(Protocol):
    """One means of blocking. The core (enforce/reconcile.py) owns when it is called, never twice at once.

    `enforce` and `look` may raise `homeguard.errors.Unavailable`: nothing is known now. Every other error is a fault.
    """

    name: str  # one level of a topic: a device id's letters
    kind: str  # "broker", "firewall", "webhook" or "dry-run"

    async def enforce(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Bring the whole desired set about, read it back, and say for each wish what is really in force.

        Every wish there is is given, those with `desired` False too: who is not among the desired is to be free.
        """

    async def look(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Say what is really in force, changing nothing."""

    async def watch(self, drifted: Callable[[str], None]) -> None:
        """Run for ever; call `drifted` with the reason where somebody else changed what is in force."""
