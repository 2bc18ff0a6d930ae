"""Makes and amends Mosquitto's dynamic-security file, offline: before the broker starts, it is never open."""

import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from bridge.broker.accounts import Account
from bridge.broker.roles import (
    DEFAULT_ACCESS,
    DEVICE_ROLE,
    Role,
    admin_role,
    broker_enforcer_role,
    device_role,
    operator_role,
    service_role,
)
from homeguard.errors import Misconfigured
from homeguard.secrets_file import read_private, write_private
from homeguard.topics import Topics, is_device_id

logger = logging.getLogger(__name__)

ITERATIONS: Final = 101  # what mosquitto_ctrl writes; our passwords are 128 random bits, which no stretching helps
SALT_BYTES: Final = 12  # likewise

State = dict[str, Any]


def amend_accounts_file(
    path: Path,
    topics: Topics,
    *,
    admin: Account,
    service: Account,
    operator: Account,
    broker_enforcer: Account,
    devices: Iterable[Account],
    flat_topics: bool = True,
    has_new_operator: bool = False,
) -> None:
    """Bring our accounts and roles in the file up to date, made where it is missing; leaves what others added.

    A password of `operator` or of a device that was changed at the broker stays changed, unless `has_new_operator`: the
    one given was made just now, as nobody has that of before any more, or should have. Those of the admin, the
    service and the enforcer are always the ones given: with others HomeGuard would lock itself out. Blocks.

    Raises:
        Misconfigured: the file cannot be read or written, or is not one of dynamic security.
    """
    state = read_state(path)
    before = json.dumps(state)
    state["defaultACLAccess"] = dict(DEFAULT_ACCESS)
    for role in state["roles"]:
        device_id = str(role.get("rolename")).removeprefix(DEVICE_ROLE)
        if device_id != role.get("rolename") and is_device_id(device_id):
            role.update(device_role(topics, device_id))  # a device of ours from before, perhaps under another prefix
    grant(state, admin, admin_role(), keep_password=False)
    grant(state, service, service_role(topics), keep_password=False)
    grant(state, broker_enforcer, broker_enforcer_role(topics), keep_password=False)
    grant(state, operator, operator_role(topics, flat_topics=flat_topics), keep_password=not has_new_operator)
    for device in devices:
        grant(state, device, device_role(topics, device.username), keep_password=True)
    if json.dumps(state) != before:
        write_state(path, state)


def saved_account(path: Path, username: str) -> State | None:
    """Read an account as the broker has saved it, None where it has not. Blocks.

    Raises:
        Misconfigured: the file cannot be read, or is not one of dynamic security.
    """
    return next((client for client in read_state(path)["clients"] if client.get("username") == username), None)


def write_state(path: Path, state: State) -> None:
    """Write the file in one step. Blocks.

    Raises:
        Misconfigured: it cannot be written.
    """
    write_private(path, json.dumps(state, indent=1) + "\n")


def read_state(path: Path) -> State:
    """Read the file, an empty one where there is none. Blocks.

    Raises:
        Misconfigured: it cannot be read, or is not one of dynamic security.
    """
    try:
        state = json.loads(read_private(path))
    except FileNotFoundError:
        state = {}
    except OSError as error:
        raise Misconfigured(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise Misconfigured(
            f"{path} is not JSON ({error}): repair it, or remove it and HomeGuard makes a new one"
        ) from error
    lists = [state.setdefault(key, []) for key in ("clients", "roles")] if isinstance(state, dict) else [None]
    if not all(isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries) for entries in lists):
        raise Misconfigured(
            f"{path} is not a dynamic-security file: repair it, or remove it and HomeGuard makes a new one"
        )
    return dict(state)


def grant(state: State, account: Account, role: Role, *, keep_password: bool) -> None:
    """Give an account and its role their place, and the account its password unless it keeps another one."""
    _entry(state["roles"], "rolename", role["rolename"]).update(role)
    client = _entry(state["clients"], "username", account.username)
    if account.client_id is not None:
        client["clientid"] = account.client_id
    if not verifies(client, account.password):
        if keep_password and "password" in client:
            logger.warning(
                "the password of %s was changed at the broker: the one in our secrets does not work", account.username
            )
        else:
            client.update(hashed(account.password))
    roles = client.setdefault("roles", [])
    if not any(given.get("rolename") == role["rolename"] for given in roles):
        roles.append({"rolename": role["rolename"]})


def _entry(entries: list[State], key: str, name: str) -> State:
    """Return the entry of that name, added where it is missing."""
    for entry in entries:
        if entry.get(key) == name:
            return entry
    entries.append({key: name})
    return entries[-1]


def hashed(password: str) -> dict[str, Any]:
    """Make the fields of an account that prove this password."""
    salt = secrets.token_bytes(SALT_BYTES)
    return {
        "password": _encode(_derive(password, salt, ITERATIONS)),
        "salt": _encode(salt),
        "iterations": ITERATIONS,
    }


def verifies(client: State, password: str) -> bool:
    """Say whether an account, as it is saved, has this password."""
    try:
        stored, salt = base64.b64decode(client["password"]), base64.b64decode(client["salt"])
        return hmac.compare_digest(stored, _derive(password, salt, int(client["iterations"])))
    except (KeyError, TypeError, ValueError):
        return False


def _derive(password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
