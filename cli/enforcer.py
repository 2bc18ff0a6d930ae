"""`homeguard enforcer …`: accounts for enforcers on other boxes, at the broker that `homeguard up` runs here."""

import asyncio
import secrets
from dataclasses import replace
from typing import Annotated

import typer

from bridge.address import Address
from bridge.aiomqtt_link import AiomqttLink
from bridge.broker import BrokerSecrets, known_address
from bridge.broker.accounts import BROKER_ENFORCER, ENFORCER, PASSWORD_BYTES, Account
from bridge.enforcers import add_enforcer_account, list_enforcer_accounts, remove_enforcer_account
from cli.errors import errors_told
from homeguard.client import link
from homeguard.errors import BadInput, NotFound
from homeguard.settings import Settings, load_settings
from homeguard.topics import EnforcerTopic, Topics, is_device_id

app = typer.Typer(help="Who may enforce blocks: accounts for `homeguard enforce` on other boxes.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The enforcer's name, such as `firewall`.")]


@app.command()
def add(name: Name) -> None:
    """Make an account; its password is printed once."""
    with errors_told("homeguard enforcer add"):
        settings = load_settings()
        admin = _admin(settings)
        _check(name)
        account = Account(ENFORCER + name, secrets.token_hex(PASSWORD_BYTES))
        asyncio.run(_add(settings, admin, account, name))
    typer.echo(f"account   {account.username}\npassword  {account.password}   (shown this once)\n")
    typer.echo(
        f"On its box, with the password in a file of mode 0600:\n\n  homeguard enforce --firewall --name {name} \\"
    )
    typer.echo(f"    --mqtt-url mqtts://{account.username}@HOMEGUARD:8883 --password-file FILE\n")
    typer.echo("`homeguard enforce … --print-unit` prints a systemd unit for it.")


@app.command(name="list")
def list_() -> None:
    """List who has an account."""
    with errors_told("homeguard enforcer list"):
        for name in asyncio.run(list_enforcer_accounts(_admin(load_settings()))):
            typer.echo(name)


@app.command()
def remove(name: Name) -> None:
    """Remove an account: whoever uses it is thrown off, and no block waits for it any more. What it blocked stays."""
    with errors_told("homeguard enforcer remove"):
        settings = load_settings()
        _check(name)
        asyncio.run(_remove(settings, _admin(settings), name))
    typer.echo(f"{name} is removed; what is in force on its box stays until it is taken away there.")


def local_account(name: str) -> link.Account:
    """Return the account of an enforcer on this very box, made at the broker that runs here.

    Raises:
        Misconfigured: no broker of ours is known here.
        BrokerUnavailable: it does not run.
    """
    settings = load_settings()
    admin = _admin(settings)
    account = BrokerSecrets(settings.data_dir).enforcer(name)
    asyncio.run(add_enforcer_account(admin, account, Topics(settings.topic_prefix)))
    client_id = f"{account.username}-{secrets.token_hex(4)}"
    return link.Account(admin.host, admin.port, client_id, account.username, account.password)


async def _add(settings: Settings, admin: Address, account: Account, name: str) -> None:
    if name in await list_enforcer_accounts(admin):
        raise BadInput(f"{account.username} has an account: `homeguard enforcer remove {name}` first", field="name")
    await add_enforcer_account(admin, account, Topics(settings.topic_prefix))


async def _remove(settings: Settings, admin: Address, name: str) -> None:
    if name not in await list_enforcer_accounts(admin):
        raise NotFound(f"there is no enforcer {name!r}", field="name")
    await remove_enforcer_account(admin, name)
    # As the enforcer within HomeGuard, or the bridge, would: nobody else may speak for it now.
    service = BrokerSecrets(settings.data_dir).broker_enforcer
    somebody = replace(
        admin,
        client_id=f"{service.username}-{secrets.token_hex(4)}",
        username=service.username,
        password=service.password,
    )
    async with AiomqttLink.connect(somebody, keeps_session=False) as connection:
        await connection.publish(Topics(settings.topic_prefix).format(EnforcerTopic(name)), b"", retain=True)


def _admin(settings: Settings) -> Address:
    host, port = known_address(settings)
    admin = BrokerSecrets(settings.data_dir).admin
    return Address(host, port, f"{admin.username}-{secrets.token_hex(4)}", admin.username, admin.password)


def _check(name: str) -> None:
    if not is_device_id(name) or name == BROKER_ENFORCER:
        raise BadInput(
            f"{name!r} cannot be an enforcer: 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter or digit, "
            f"and not {BROKER_ENFORCER!r}, which runs within `homeguard up`",
            field="name",
        )
