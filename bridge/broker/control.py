"""The messages that read and change accounts of a running broker; who sends them, as the admin, is elsewhere. Pure."""

import json
from typing import Any, Final

from bridge.broker.accounts import Account
from bridge.broker.roles import DEVICE_ROLE, device_role
from homeguard.topics import Topics

CONTROL_TOPIC: Final = "$CONTROL/dynamic-security/v1"
CONTROL_RESPONSE_TOPIC: Final = "$CONTROL/dynamic-security/v1/response"


def create_device_request(account: Account, topics: Topics, correlation: str) -> bytes:
    """Write the commands that add a device's role and account."""
    role = device_role(topics, account.username)
    client = {
        "command": "createClient",
        "username": account.username,
        "password": account.password,
        "clientid": account.client_id,
        "roles": [{"rolename": role["rolename"]}],
    }
    return _request([{"command": "createRole", **role}, client], correlation)


def remove_device_request(device_id: str, correlation: str) -> bytes:
    """Write the commands that remove a device's account, which throws it off, and its role."""
    commands = [
        {"command": "deleteClient", "username": device_id},
        {"command": "deleteRole", "rolename": DEVICE_ROLE + device_id},
    ]
    return _request(commands, correlation)


def switch_devices_request(command: str, device_ids: list[str], correlation: str) -> bytes:
    """Write the commands that disable or enable accounts (`disableClient`, `enableClient`)."""
    return _request([{"command": command, "username": device_id} for device_id in device_ids], correlation)


def list_accounts_request(correlation: str) -> bytes:
    """Write the command that lists all accounts."""
    return _request([{"command": "listClients", "verbose": True}], correlation)


def listed_accounts(response: bytes, correlation: str) -> list[dict[str, Any]] | None:
    """Read the accounts out of an answer, None where it answers another request.

    Raises:
        ValueError: it is not an answer of the broker's.
    """
    for answer in json.loads(response)["responses"]:
        if answer.get("correlationData") == correlation:
            return list(answer.get("data", {}).get("clients", []))
    return None


def control_errors(response: bytes, correlation: str) -> list[str] | None:
    """Read an answer: what failed, or None where it answers another request.

    What already is as it was asked for (`already exists`, `not found` when removing) is no failure.

    Raises:
        ValueError: it is not an answer of the broker's.
    """
    answers = json.loads(response)["responses"]
    ours = [answer for answer in answers if answer.get("correlationData") == correlation]
    if not ours:
        return None
    return [f"{answer['command']}: {answer['error']}" for answer in ours if _is_failure(answer)]


def _is_failure(answer: dict[str, Any]) -> bool:
    error = str(answer.get("error", ""))
    return bool(error) and not error.endswith(("already exists", "not found"))


def _request(commands: list[dict[str, Any]], correlation: str) -> bytes:
    return json.dumps({"commands": [{**command, "correlationData": correlation} for command in commands]}).encode()
