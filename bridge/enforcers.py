"""The accounts of enforcers at a running broker, each with the rights of one enforcer."""

from bridge.address import Address
from bridge.broker.accounts import BROKER_ENFORCER, ENFORCER, Account
from bridge.broker.control import set_password, write_role
from bridge.broker.roles import broker_enforcer_role, enforcer_role
from bridge.control import controlled, list_accounts
from bridge.link import BrokerUnavailable
from homeguard.topics import Topics


async def list_enforcer_accounts(admin: Address) -> list[str]:
    """Read which enforcers have an account, by their names.

    Raises:
        BrokerUnavailable: the broker cannot be reached, or does not answer.
        NotAvailable: it has no dynamic security, or this account may not use it.
    """
    names = [str(client.get("username")) for client in await list_accounts(admin)]
    return sorted(name.removeprefix(ENFORCER) for name in names if name.startswith(ENFORCER))


async def add_enforcer_account(admin: Address, account: Account, topics: Topics) -> None:
    """Give an enforcer its account, with this password, and its role; whoever used another password is thrown off.

    Raises:
        BrokerUnavailable, NotAvailable: as `list_enforcer_accounts`; or it is not there afterwards.
    """
    name = account.username.removeprefix(ENFORCER)
    role = broker_enforcer_role(topics) if name == BROKER_ENFORCER else enforcer_role(topics, name)
    client = {
        "command": "createClient",
        "username": account.username,
        "password": account.password,
        "roles": [{"rolename": role["rolename"]}],
    }
    async with controlled(admin) as control:
        await control.do([{"command": "createRole", **role}, client])
        await control.do([write_role(role), set_password(account.username, account.password)])
    if name not in await list_enforcer_accounts(admin):
        raise BrokerUnavailable(f"it answered, but has no account {account.username}")


async def remove_enforcer_account(admin: Address, name: str) -> None:
    """Remove an enforcer's account, which throws it off, and its role.

    Raises:
        BrokerUnavailable, NotAvailable: as `list_enforcer_accounts`.
    """
    commands = [
        {"command": "deleteClient", "username": ENFORCER + name},
        {"command": "deleteRole", "rolename": ENFORCER + name},
    ]
    async with controlled(admin) as control:
        await control.do(commands)
