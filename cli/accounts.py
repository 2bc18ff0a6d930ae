"""Where `homeguard device` does its work: in the HomeGuard that runs here, or else straight in the files."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Protocol
from urllib.parse import quote

import httpx

from api.app import open_context
from api.auth.identity import Identity, Role
from api.context import Accounts, Context, NoAccounts
from api.services import accounts as services
from api.services.devices import remove_device
from bridge.accounts import DeviceAccounts
from bridge.broker.broker import write_accounts
from bridge.broker.files import BrokerFiles, DirectoryLock
from bridge.broker.leftover import stop_leftover
from bridge.control import admin_of, controlled
from bridge.offline_accounts import OfflineAccounts
from cli.door import door_of
from cli.journal import with_journal
from cli.running import Running, find_running
from cli.tokens import make_token
from homeguard.audit import CLI
from homeguard.certificates.tls import client_context
from homeguard.clock import utc_now
from homeguard.errors import BadInput, HomeGuardError, Misconfigured, NotAllowed, NotAvailable, Unavailable
from homeguard.events import Channel, JsonObject
from homeguard.journal.users import all_users
from homeguard.secrets_file import make_private_directory
from homeguard.settings import Settings
from homeguard.topics import Topics

TOKEN_LIFETIME: Final = timedelta(minutes=2)
ANSWER_SECONDS: Final = 30.0  # the broker may be just restarting

Result = dict[str, Any]


class Desk(Protocol):
    """Adds devices, gives them new passwords, removes them."""

    async def add(self, device_id: str, name: str | None, kind: str | None) -> Result:
        """Give a device an account; returns what `POST /api/devices` answers."""

    async def rotate(self, device_id: str) -> Result:
        """Give a device a new password; returns the same."""

    async def remove(self, device_id: str) -> None:
        """Remove a device and its account."""


Work = Callable[[Desk], Awaitable[Result | None]]


def at_desk(settings: Settings, work: Work) -> Result | None:
    """Do one piece of work where it belongs.

    Raises:
        HomeGuardError: it cannot be done, and why.
    """
    running = find_running(settings)
    if running is not None:
        token = _admin_token(settings)  # made before there is a loop: it opens the journal in one of its own
        return asyncio.run(_at(_running(running, token), work))
    return asyncio.run(_at(_stopped(settings), work))


async def _at(
    desk: AbstractAsyncContextManager[Desk], work: Callable[[Desk], Awaitable[Result | None]]
) -> Result | None:
    async with desk as opened:
        return await work(opened)


def _admin_token(settings: Settings) -> str:
    users = with_journal(settings, lambda journal: journal.read(all_users))
    admin = next(
        (user for user in users if user.role == Role.ADMIN.value and Channel.DEVICES in user.channels),
        None,
    )
    if admin is None:
        raise Misconfigured("there is no admin who may see devices: `homeguard user add NAME --role admin` makes one")
    return make_token(settings, admin.username, TOKEN_LIFETIME, client="homeguard device")


@asynccontextmanager
async def _running(running: Running, token: str) -> AsyncIterator[Desk]:
    verify = client_context(running.ca_file) if running.url.startswith("https:") else True
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        base_url=running.url, headers=headers, timeout=ANSWER_SECONDS, trust_env=False, verify=verify
    ) as client:
        yield _Rest(client)


class _Rest:
    """In the HomeGuard that runs here, so that every screen learns of it, and one connection speaks to the broker."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def add(self, device_id: str, name: str | None, kind: str | None) -> Result:
        given = {"id": device_id, "name": name, "kind": kind}
        return await self._ask("POST", "", {key: value for key, value in given.items() if value is not None})

    async def rotate(self, device_id: str) -> Result:
        return await self._ask("POST", f"/{quote(device_id, safe='')}/credentials")

    async def remove(self, device_id: str) -> None:
        await self._ask("DELETE", f"/{quote(device_id, safe='')}")

    async def _ask(self, method: str, path: str, body: JsonObject | None = None) -> Result:
        try:
            answer = await self._client.request(method, f"/api/devices{path}", json=body)
        except httpx.HTTPError as error:
            raise Unavailable("HomeGuard", str(error) or type(error).__name__) from error
        if answer.is_success:
            return dict(answer.json()) if answer.content else {}
        raise _refused(answer)


def _refused(answer: httpx.Response) -> HomeGuardError:
    try:
        detail = str(answer.json()["detail"])
    except (ValueError, LookupError, TypeError):
        detail = f"HTTP {answer.status_code}"
    match answer.status_code:
        case 501:
            return NotAvailable(detail)
        case 401 | 403:
            return NotAllowed(detail)
        case code if code >= 500:
            return Unavailable("HomeGuard", detail)
    return BadInput(detail)


@asynccontextmanager
async def _stopped(settings: Settings) -> AsyncIterator[Desk]:
    async with _accounts_of(settings) as accounts:
        context = open_context(settings)
        try:
            context.accounts = accounts
            context.mqtt_door = door_of(settings)
            yield _Files(context)
        finally:
            context.passwords.close()
            context.journal.close()


@asynccontextmanager
async def _accounts_of(settings: Settings) -> AsyncIterator[Accounts]:
    """Open the accounts of a broker: the file of ours, which is off, or one of the user's as its admin."""
    topics = Topics(settings.topic_prefix)
    if settings.mqtt_url is not None:
        admin = admin_of(settings)
        if admin is None:
            yield NoAccounts()
            return
        async with controlled(admin) as control:
            yield DeviceAccounts(control, topics)
        return
    files = BrokerFiles(settings.data_dir.absolute() / "broker")
    for directory in (settings.data_dir, files.directory):
        make_private_directory(directory)
    lock = DirectoryLock(files.lock)
    try:
        stop_leftover(files)  # it would write its own accounts over ours, and the next start replaces it anyway
        write_accounts(files, settings, ())
        yield OfflineAccounts(files.accounts, topics)
    finally:
        lock.release()


class _Files:
    """Straight in the files of a HomeGuard that does not run, by the very code that would run in it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        now = utc_now()
        self._identity = Identity(CLI, Role.ADMIN, CLI, now + TOKEN_LIFETIME, frozenset(Channel))

    async def add(self, device_id: str, name: str | None, kind: str | None) -> Result:
        return await services.add_device(self._context, self._identity, device_id, name=name, kind=kind)

    async def rotate(self, device_id: str) -> Result:
        return await services.renew_credentials(self._context, self._identity, device_id)

    async def remove(self, device_id: str) -> None:
        await remove_device(self._context, self._identity, device_id)
