"""What each kind of account may do, in the words of Mosquitto's dynamic security. Pure."""

from typing import Any, Final

from bridge.broker.accounts import ADMIN, BROKER_ENFORCER, ENFORCER, OPERATOR, SERVICE
from homeguard.topics import (
    AlertsTopic,
    AvailabilityTopic,
    BlockTopic,
    DevicesTopic,
    EnforcerTopic,
    NeighboursTopic,
    RepliesTopic,
    Topics,
    WishesTopic,
)

Role = dict[str, Any]

DEVICE_ROLE: Final = "homeguard-device-"  # and the id: the %u that one shared role would need came with Mosquitto 2.1
CONTROL_TOPICS: Final = "$CONTROL/dynamic-security/#"

DEFAULT_ACCESS: Final = {
    "publishClientSend": False,
    "publishClientReceive": False,  # allowed where nobody says otherwise
    "subscribe": False,
    "unsubscribe": True,  # takes nothing from anybody
}


def admin_role() -> Role:
    """Return the role that changes accounts and reads no event."""
    return _role(ADMIN, send=[CONTROL_TOPICS], receive=[CONTROL_TOPICS], subscribe=[CONTROL_TOPICS])


def service_role(topics: Topics) -> Role:
    """Return the role of the bridge: everything below the prefix, so also the replies to publishers."""
    everything = [topics.everything]
    return _role(SERVICE, send=everything, receive=everything, subscribe=everything)


def operator_role(topics: Topics, *, flat_topics: bool) -> Role:
    """Return the role of people: they see everything, and publish only where no sender is proven, if that is open."""
    send = [topics.format(AlertsTopic()), topics.format(DevicesTopic())] if flat_topics else []
    return _role(OPERATOR, send=send, receive=[topics.everything], subscribe=[topics.everything])


def enforcer_role(topics: Topics, name: str) -> Role:
    """Return the role of one enforcer: it reads every wish, and speaks for itself alone."""
    wishes = topics.format(WishesTopic())
    reading = [wishes, f"{wishes}/+"]
    speaking = [
        f"{wishes}/+/report/{name}",
        topics.format(EnforcerTopic(name)),
        topics.format(NeighboursTopic(name)),
    ]
    return _role(ENFORCER + name, send=speaking, receive=reading, subscribe=reading)


def broker_enforcer_role(topics: Topics) -> Role:
    """Return the role of the enforcer at the broker itself.

    It also clears what a blocked device left behind, and what an enforcer that was removed did.
    """
    role = enforcer_role(topics, BROKER_ENFORCER)
    devices, alerts = topics.format(DevicesTopic()), topics.format(AlertsTopic())
    enforcers = topics.format(EnforcerTopic("+"))
    for topic in f"{devices}/+", f"{devices}/+/availability", f"{alerts}/+", enforcers:
        role["acls"].append({"acltype": "publishClientSend", "topic": topic, "allow": True})
    return role


def device_role(topics: Topics, device_id: str) -> Role:
    """Return the role of one device: its own topics, each literally."""
    wish, replies = topics.format(BlockTopic(device_id)), topics.format(RepliesTopic(f"{device_id}/#"))
    return _role(
        DEVICE_ROLE + device_id,
        send=[
            topics.format(AlertsTopic(device_id)),
            topics.format(DevicesTopic(device_id)),
            topics.format(AvailabilityTopic(device_id)),
        ],
        receive=[wish, replies],
        subscribe=[wish, replies],
    )


def is_same_role(role: Role, wanted: Role) -> bool:
    """Say whether a role allows and denies the same; the broker may list its rules in another order."""
    return _rules(role) == _rules(wanted)


def _rules(role: Role) -> set[tuple[str, str, bool]]:
    return {(str(acl["acltype"]), str(acl["topic"]), bool(acl.get("allow", False))) for acl in role.get("acls", [])}


def _role(name: str, *, send: list[str], receive: list[str], subscribe: list[str]) -> Role:
    kinds = {"publishClientSend": send, "publishClientReceive": receive, "subscribePattern": subscribe}
    acls = [{"acltype": kind, "topic": topic, "allow": True} for kind, allowed in kinds.items() for topic in allowed]
    return {"rolename": name, "acls": acls}
