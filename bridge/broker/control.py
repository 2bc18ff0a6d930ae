"""The commands that read and change accounts of a running broker, and how its answers read; no I/O.

They are those that Mosquitto 2.0 and 2.1 both have, with the fields both give. What 2.1 has beside them (`%u` in ACLs,
the wildcard subscription ACL, `kick`-like commands of other plugins) is not used.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from bridge.broker.accounts import Account
from bridge.broker.roles import DEVICE_ROLE, Role, device_role
from homeguard.topics import Topics

CONTROL_TOPIC: Final = "$CONTROL/dynamic-security/v1"
CONTROL_RESPONSE_TOPIC: Final = "$CONTROL/dynamic-security/v1/response"

Command = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the broker says to one command; `error` is None where it did it."""

    command: str
    data: dict[str, Any]
    error: str | None


def request(commands: Iterable[Command], correlation: str) -> bytes:
    """Write commands as one request, done in this order, each whatever became of the one before."""
    return json.dumps({"commands": [{**command, "correlationData": correlation} for command in commands]}).encode()


def answers(response: bytes, correlation: str) -> list[Answer] | None:
    """Read the answers to our request, None where they are to another's.

    Raises:
        ValueError: it is not an answer of the broker's.
    """
    try:
        listed = json.loads(response)["responses"]
        ours = [answer for answer in listed if answer.get("correlationData") == correlation]
        read = [Answer(str(a.get("command")), dict(a.get("data", {})), _error(a)) for a in ours]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not an answer of dynamic security") from error
    return read or None


def _error(answer: dict[str, Any]) -> str | None:
    return str(answer["error"]) if "error" in answer else None


def failures(found: Iterable[Answer]) -> list[str]:
    """Tell what failed; what already is as it was asked for is no failure.

    Nor is an error of `addClientRole`: to an account that has the role, Mosquitto 2.0 says `Internal error`. Whoever
    sends it reads back.
    """
    return [f"{answer.command}: {answer.error}" for answer in found if answer.error and not _is_so_already(answer)]


def _is_so_already(answer: Answer) -> bool:
    error = str(answer.error)
    if answer.command in ("createClient", "createRole"):
        return error.endswith("already exists")
    if answer.command == "addClientRole":
        return True
    is_removing = answer.command in ("deleteClient", "deleteRole", "removeClientRole")
    return is_removing and error.endswith("not found")


def create_device(account: Account, topics: Topics) -> list[Command]:
    """Add a device's role and account."""
    role = device_role(topics, account.username)
    client = {
        "command": "createClient",
        "username": account.username,
        "password": account.password,
        "clientid": account.client_id,
        "roles": [{"rolename": role["rolename"]}],
    }
    return [{"command": "createRole", **role}, client]


def write_role(role: Role) -> Command:
    """Let a role that is there allow this and nothing else."""
    return {"command": "modifyRole", **role}


def remove_device(device_id: str) -> list[Command]:
    """Remove a device's account, which throws it off, and its role."""
    return [
        {"command": "deleteClient", "username": device_id},
        {"command": "deleteRole", "rolename": DEVICE_ROLE + device_id},
    ]


def disable_device(device_id: str) -> list[Command]:
    """Throw a device off for as long as its account is not enabled.

    A client that signs in by its certificate is not asked whether its account is disabled; without its role it may do
    nothing.
    """
    role = DEVICE_ROLE + device_id
    return [
        {"command": "disableClient", "username": device_id},
        {"command": "removeClientRole", "username": device_id, "rolename": role},
    ]


def enable_device(device_id: str) -> list[Command]:
    """Undo `disable_device`: the device comes back by itself."""
    role = DEVICE_ROLE + device_id
    return [
        {"command": "addClientRole", "username": device_id, "rolename": role},
        {"command": "enableClient", "username": device_id},
    ]


def set_password(username: str, password: str) -> Command:
    """Give an account another password, which throws off who uses it."""
    return {"command": "setClientPassword", "username": username, "password": password}


def get_client(username: str) -> Command:
    """Read one account."""
    return {"command": "getClient", "username": username}


def get_role(name: str) -> Command:
    """Read one role."""
    return {"command": "getRole", "rolename": name}


def list_page(command: str, offset: int, count: int) -> Command:
    """Read some accounts (`listClients`) or roles (`listRoles`), each with all it has."""
    return {"command": command, "verbose": True, "offset": offset, "count": count}


def default_access() -> Command:
    """Read what may be done where no role says otherwise."""
    return {"command": "getDefaultACLAccess"}
