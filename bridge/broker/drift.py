"""What is otherwise at the broker than HomeGuard made it, and the commands that mend what is ours. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.broker.accounts import ADMIN, BROKER_ENFORCER, ENFORCER, OPERATOR, SERVICE
from bridge.broker.control import Command
from bridge.broker.roles import (
    DEFAULT_ACCESS,
    Role,
    admin_role,
    broker_enforcer_role,
    device_role,
    enforcer_role,
    is_same_role,
    operator_role,
    service_role,
)
from homeguard.topics import Topics

State = Mapping[str, Any]

BROKER: Final = "the broker"  # whose fact it is, where it is no account's


@dataclass(frozen=True, slots=True)
class Standing:
    """What the broker has: accounts and roles by name, and what may be done where no role says otherwise."""

    clients: Mapping[str, State]
    roles: Mapping[str, State]
    default_access: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Own:
    """An account of HomeGuard's own; `client_id` is None where it is bound to none."""

    role: Role
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the broker should have.

    `own` is empty at a broker of the user's: then nothing is said of accounts and of what it allows by default.
    `devices` have an account of HomeGuard's making; of those in `blocked` another looks after their being disabled.
    """

    topics: Topics
    devices: Collection[str]
    blocked: Collection[str] = ()
    own: Mapping[str, Own] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is otherwise: at which account, in words, and what mends it; nothing where it is not ours."""

    account: str
    what: str
    commands: tuple[Command, ...] = field(default=(), compare=False, hash=False)


def own_accounts(topics: Topics, *, flat_topics: bool, service_client_id: str | None) -> dict[str, Own]:
    """Return HomeGuard's own accounts at its own broker; without its secret client id that one is not looked at."""
    return {
        ADMIN: Own(admin_role()),
        SERVICE: Own(service_role(topics), service_client_id),
        OPERATOR: Own(operator_role(topics, flat_topics=flat_topics)),
        ENFORCER + BROKER_ENFORCER: Own(broker_enforcer_role(topics)),
    }


def drifts(standing: Standing, wanted: Wanted) -> list[Drift]:
    """Compare what is with what should be.

    A role comes before the accounts that have it: Mosquitto 2.0 does not answer who gives a role that is not there.
    """
    found = [drift for id in sorted(wanted.devices) for drift in _device(standing, wanted, id)]
    if not wanted.own:
        return found
    found += [drift for name, own in wanted.own.items() for drift in _own(standing, name, own)]
    for name in standing.clients.keys() - wanted.own.keys() - set(wanted.devices):
        found += _other(standing, wanted.topics, name)
    return [*found, *_defaults(standing)]


def _device(standing: Standing, wanted: Wanted, id: str) -> Iterator[Drift]:
    client = standing.clients.get(id)
    if client is None:
        yield Drift(id, f"the account of {id} is gone; a new password gives it one: `homeguard device rotate {id}`")
        return
    role = device_role(wanted.topics, id)
    if client.get("clientid") != id:
        yield Drift(id, f"the account of {id} works with another client id", (_bind(id, id),))
    is_disabled = bool(client.get("disabled"))
    # A blocked device has no role; until its enforcer has blocked it again, it may not have it either.
    is_held = is_disabled or id in wanted.blocked
    yield from _rules(standing, id, role)
    yield from _roles(id, client, role, may_lack=is_held)


def _own(standing: Standing, name: str, own: Own) -> Iterator[Drift]:
    client = standing.clients.get(name)
    if client is None:
        yield Drift(name, f"HomeGuard's own account {name} is gone: its next start makes it")
        return
    if own.client_id is not None and client.get("clientid") != own.client_id:
        yield Drift(name, f"HomeGuard's own account {name} works with another client id", (_bind(name, own.client_id),))
    yield from _rules(standing, name, own.role)
    yield from _roles(name, client, own.role, may_lack=False)


def _other(standing: Standing, topics: Topics, name: str) -> Iterator[Drift]:
    """Look at an account that the journal does not name: an enforcer's, or one of somebody else's making."""
    enforcer = name.removeprefix(ENFORCER)
    if enforcer not in (name, "", BROKER_ENFORCER):
        role = enforcer_role(topics, enforcer)
        yield from _rules(standing, name, role)
        yield from _roles(name, standing.clients[name], role, may_lack=False)
        return
    roles = ", ".join(_role_names(standing.clients[name])) or "none"
    yield Drift(name, f"the broker has an account {name} that HomeGuard did not make (its roles: {roles})")


def _roles(name: str, client: State, role: Role, *, may_lack: bool) -> Iterator[Drift]:
    wanted, has = role["rolename"], _role_names(client)
    groups = [str(group.get("groupname")) for group in client.get("groups", [])]
    mended = [] if may_lack else [{"rolename": wanted}]
    mend = ({"command": "modifyClient", "username": name, "roles": mended, "groups": []},)
    if more := sorted(set(has) - {wanted}):
        yield Drift(name, f"the account {name} was given more roles: {', '.join(more)}", mend)
    if groups:
        yield Drift(name, f"the account {name} was put into groups: {', '.join(sorted(groups))}", mend)
    if wanted not in has and not may_lack:
        yield Drift(name, f"the role was taken from the account {name}", mend)


def _rules(standing: Standing, name: str, role: Role) -> Iterator[Drift]:
    there = standing.roles.get(role["rolename"])
    if there is None:
        give = {"command": "addClientRole", "username": name, "rolename": role["rolename"]}
        yield Drift(name, f"the role of the account {name} is gone", ({"command": "createRole", **role}, give))
    elif not is_same_role(dict(there), role):
        yield Drift(name, f"the role of the account {name} allows something else", ({"command": "modifyRole", **role},))


def _defaults(standing: Standing) -> Iterator[Drift]:
    wrong = [kind for kind, allowed in DEFAULT_ACCESS.items() if standing.default_access.get(kind) is not allowed]
    if wrong:
        yield Drift(BROKER, f"what everybody may do was changed: {', '.join(wrong)}", (set_default_access(),))


def set_default_access() -> Command:
    """Allow by default what HomeGuard's own broker allows; it also makes the broker save its accounts."""
    acls = [{"acltype": kind, "allow": allowed} for kind, allowed in DEFAULT_ACCESS.items()]
    return {"command": "setDefaultACLAccess", "acls": acls}


def saved_otherwise(standing: Standing, saved: State) -> Drift | None:
    """Compare what the broker has with what it has saved, where it would forget the difference at its next start."""
    kept = {str(client.get("username")): _essence(client) for client in saved.get("clients", [])}
    if kept == {name: _essence(client) for name, client in standing.clients.items()}:
        return None
    return Drift(BROKER, "it has not saved its accounts, as on a full disk: it forgets what changed at its next start")


def _bind(name: str, client_id: str) -> Command:
    return {"command": "setClientId", "username": name, "clientid": client_id}


def _role_names(client: State) -> list[str]:
    return [str(role.get("rolename")) for role in client.get("roles", [])]


def _essence(client: State) -> tuple[bool, object, frozenset[str]]:
    return bool(client.get("disabled")), client.get("clientid") or None, frozenset(_role_names(client))
