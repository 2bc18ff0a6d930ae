"""Reads what enforcers say of themselves and of the network."""

from typing import Final

from homeguard.errors import BadInput
from homeguard.events import MAX_NAME, EnforcerPresence, JsonObject, Neighbour, Status
from homeguard.fields import kind_of, read_choice, read_ip, read_mac, read_text

MAX_IPS: Final = 32  # of one neighbour; IPv6 gives a device several at a time, never hundreds


def read_presence(value: JsonObject, enforcer: str) -> EnforcerPresence:
    """Read what lies retained on `enforcers/{name}`.

    Raises:
        BadInput: with the field that is wrong.
    """
    if "state" not in value:
        raise BadInput("state is required", field="state")
    kind = read_text(value, "kind", MAX_NAME) if value.get("kind") is not None else None
    return EnforcerPresence(enforcer, read_choice(value, "state", Status) == Status.ONLINE, kind)


def read_neighbour(value: JsonObject, enforcer: str) -> Neighbour:
    """Read whom an enforcer sees on the network.

    Raises:
        BadInput: with the field that is wrong.
    """
    if "mac" not in value:
        raise BadInput("mac is required", field="mac")
    ips = value.get("ips") or []
    if not isinstance(ips, list) or len(ips) > MAX_IPS:
        raise BadInput(f"ips must be a list of at most {MAX_IPS} addresses", field="ips")
    randomised = value.get("randomised", False)
    if not isinstance(randomised, bool):
        raise BadInput(f"randomised must be true or false, not {kind_of(randomised)}", field="randomised")
    return Neighbour(
        enforcer,
        read_mac(value, "mac"),
        tuple(dict.fromkeys(read_ip({"ips": ip}, "ips") for ip in ips)),
        read_text(value, "vendor", MAX_NAME) if value.get("vendor") is not None else None,
        randomised,
    )
