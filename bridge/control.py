"""The one connection to the broker as its admin: reads and changes accounts, one request at a time over `$CONTROL`."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final

from bridge.address import Address
from bridge.broker.control import (
    CONTROL_RESPONSE_TOPIC,
    CONTROL_TOPIC,
    Answer,
    Command,
    answers,
    failures,
    list_page,
    request,
)
from bridge.link import BrokerUnavailable, Link, PublishRefused
from bridge.mqtt_link import MqttLink
from homeguard.backoff import Backoff
from homeguard.errors import HomeGuardError, Misconfigured, NotAvailable
from homeguard.settings import Settings

logger = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 10.0  # a full disk, or a thousand accounts to write, may keep the broker for a while
CONNECT_SECONDS: Final = 5.0  # a broker that restarts is back by then; whoever asks waits no longer
PAGE: Final = 100  # accounts or roles in one answer: some 100 KB, a tenth of what the link takes
NO_CONTROL: Final = (
    "the broker does not let HomeGuard manage accounts: it needs Mosquitto 2.0 or later with the dynamic-security "
    "plugin, and its admin's account in HOMEGUARD_MQTT_ADMIN_URL"
)


class Control:
    """The connection of the broker's admin. `run` it in a task; `ask` waits for it a little."""

    def __init__(self, admin: Address) -> None:
        """Take where the broker is, and the account of its admin; the client id is another one each time."""
        self._admin = admin
        self._link: Link | None = None
        self._connected = asyncio.Event()  # or it is known why not
        self._why: HomeGuardError = BrokerUnavailable("it cannot be reached")
        self._asking = asyncio.Lock()
        self._pending: tuple[str, asyncio.Future[list[Answer]]] | None = None
        self._has_answered = False
        self._on_connected: list[Callable[[], None]] = []

    def on_connected(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call after each connection: what somebody changed meanwhile has not been seen. Returns what ends that."""
        self._on_connected.append(listener)
        return lambda: self._on_connected.remove(listener)

    async def run(self) -> None:
        """Connect and listen, and connect again, until cancelled."""
        backoff, said = Backoff(first_seconds=0.25, most_seconds=15.0), ""
        while True:
            try:
                await self._session(backoff)
            except asyncio.CancelledError:
                self._lose(BrokerUnavailable("HomeGuard stops"))
                raise
            except HomeGuardError as error:
                self._lose(error)
                if said != str(error):
                    logger.warning("control: %s; trying again", error)
                said = str(error)
            except Exception:
                logger.exception("control: a fault of ours; trying again")
                self._lose(BrokerUnavailable("a fault of HomeGuard's own, see its log"))
            await asyncio.sleep(backoff.next())

    async def ask(self, commands: Iterable[Command]) -> list[Answer]:
        """Send commands as one request and return their answers; requests of others wait their turn.

        An answer proves only that the broker heard it: read back what was changed.

        Raises:
            BrokerUnavailable: the broker cannot be reached, or does not answer: it may have done it, or not.
            NotAvailable: it has no dynamic security, or this account may not use it.
        """
        asked = list(commands)
        async with self._asking:
            link = await self._connection()
            try:
                return await self._ask_over(link, asked)
            except BrokerUnavailable:
                if not await _is_lost(link):
                    raise
            # To ask once more over the next connection does no harm: our commands may be done twice.
            self._leave(link)
            return await self._ask_over(await self._connection(), asked)

    async def _ask_over(self, link: Link, commands: list[Command]) -> list[Answer]:
        correlation = secrets.token_hex(8)
        answer: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._pending = correlation, answer
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await link.publish(CONTROL_TOPIC, request(commands, correlation))
                return await answer
        except PublishRefused as error:
            if self._has_answered:
                raise BrokerUnavailable(str(error)) from error
            raise NotAvailable(NO_CONTROL) from None
        except TimeoutError:
            if self._has_answered:
                raise BrokerUnavailable("it does not answer on $CONTROL") from None
            raise NotAvailable(NO_CONTROL) from None  # other brokers take such a message, and no more
        finally:
            self._pending = None
            answer.cancel()

    async def do(self, commands: Iterable[Command]) -> None:
        """Send commands that change something; what is so already is fine.

        Raises:
            BrokerUnavailable: as `ask`; or it says that it could not do one of them, and why.
            NotAvailable: as `ask`.
        """
        asked = list(commands)
        answered = await self.ask(asked)
        if failed := failures(answered):
            raise BrokerUnavailable(f"it says: {'; '.join(failed)}")
        if len(answered) < len(asked):
            raise BrokerUnavailable("it did not answer each command")

    async def read_all(self, command: str, key: str) -> list[dict[str, Any]]:
        """Read all accounts (`listClients`, `clients`) or roles (`listRoles`, `roles`), page by page.

        Raises:
            BrokerUnavailable: as `ask`; or it says that it could not.
            NotAvailable: as `ask`.
        """
        found: list[dict[str, Any]] = []
        while True:
            (answer,) = await self.ask([list_page(command, len(found), PAGE)])
            if answer.error:
                raise BrokerUnavailable(f"it says: {command}: {answer.error}")
            page = list(answer.data.get(key, []))
            found += page
            if len(page) < PAGE:
                return found

    async def _connection(self) -> Link:
        if self._link is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    await self._connected.wait()
        if self._link is None:
            raise self._why
        return self._link

    async def _session(self, backoff: Backoff) -> None:
        somebody = replace(self._admin, client_id=f"{self._admin.username}-{secrets.token_hex(8)}")
        async with MqttLink.connect(somebody, keeps_session=False) as link:
            try:
                await link.subscribe(CONTROL_RESPONSE_TOPIC)
            except BrokerUnavailable:
                raise NotAvailable(NO_CONTROL) from None
            backoff.reset()
            self._link = link
            self._connected.set()
            for listener in self._on_connected:
                listener()
            while True:
                for message in await link.receive(10):
                    link.acknowledge([message])
                    self._take(message.payload)

    def _take(self, payload: bytes) -> None:
        if self._pending is None:
            return
        correlation, pending = self._pending
        try:
            found = answers(payload, correlation)
        except ValueError:
            return  # from another that may publish there; ours follows, or does not
        if found is not None and not pending.done():
            self._has_answered = True
            pending.set_result(found)

    def _leave(self, link: Link) -> None:
        """Wait for the next connection, where it is not there yet."""
        if self._link is link:
            self._link = None
            self._connected.clear()

    def _lose(self, error: HomeGuardError) -> None:
        self._link = None
        self._why = error
        if isinstance(error, NotAvailable):
            self._connected.set()  # to wait does not help
        else:
            self._connected.clear()
        if self._pending is not None and not self._pending[1].done():
            self._pending[1].set_exception(error)


async def _is_lost(link: Link) -> bool:
    try:
        async with asyncio.timeout(0):
            await link.wait_lost()
    except TimeoutError:
        return False
    return True


def admin_of(settings: Settings) -> Address | None:
    """Return where the settings say that the admin of a broker of one's own signs in, None where they do not.

    Raises:
        Misconfigured: it is no URL, or names no account.
    """
    if settings.mqtt_admin_url is None:
        return None
    admin = Address.of(settings, "homeguard-control", settings.mqtt_admin_url)
    if admin.username is None:
        raise Misconfigured("HOMEGUARD_MQTT_ADMIN_URL names no account: mqtt://admin:password@host:1883")
    return admin


@asynccontextmanager
async def controlled(admin: Address) -> AsyncIterator[Control]:
    """Open a control connection for one command."""
    control = Control(admin)
    task = asyncio.create_task(control.run(), name="control")
    try:
        yield control
    finally:
        task.cancel()
        await asyncio.wait({task})


async def list_accounts(admin: Address) -> list[dict[str, Any]]:
    """Read all accounts, without their passwords: `username`, `roles`, and `clientid` where one is bound.

    Raises:
        BrokerUnavailable: the broker cannot be reached, does not answer, or does not let us.
        NotAvailable: it has no dynamic security, or this account may not use it.
    """
    async with controlled(admin) as control:
        return await control.read_all("listClients", "clients")
