"""One run of HomeGuard, from the first port to the last connection: what `homeguard up` and `homeguard serve` share."""

import asyncio
import gc
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import typer
import uvloop

from api.listener import listen
from bridge.address import Address
from bridge.broker import Broker, BrokerSecrets, choose_port, known_tls_address
from bridge.broker.by_hand import publish_command, trust_options
from bridge.control import admin_of
from cli import banner
from cli.door import door_of
from cli.running import Running
from cli.tls import Keeper, Shown, is_local, url_of
from homeguard.certificates.tls import server_context
from homeguard.errors import HomeGuardError
from homeguard.settings import Settings
from homeguard.topics import Topics

if TYPE_CHECKING:
    from api.app import HomeGuard
    from bridge.accounts import DeviceAccounts

logger = logging.getLogger(__name__)

OVERHEARD: Final = (
    "HTTP without TLS is open to the network: passwords and events can be read there; `homeguard certs` helps"
)
READY_SECONDS: Final = 10.0  # then say where everything is anyway, and what is missing
GC_THRESHOLD: Final = 50_000  # new objects; the default of 700 walks all connections many times while they come in


class Run:
    """One run, from the first port to the last connection."""

    def __init__(
        self,
        settings: Settings,
        address: Address,
        broker: Broker | None,
        sim: int,
        shown: Shown | None,
        *,
        begin_anew: bool,
    ) -> None:
        self._shown = shown
        self._context = server_context(shown.pair) if shown else None
        self._settings = _over_tls(settings, shown) if shown else settings
        self._begin_anew = begin_anew
        self._address = address
        self._broker = broker
        self._sim = sim
        self._notes = [*(shown.notes if shown else ()), *(broker.notes if broker else ())]
        self._password: str | None = None  # of admin, where it was made just now
        self._is_told = False
        self._listener = self._listen()
        self._url = url_of(self._listener, shown)
        if shown is None and not (is_local(settings.host) or settings.insecure_lan or settings.trusted_proxies):
            self._notes.append(OVERHEARD)
            logger.warning(OVERHEARD)

    def run(self) -> None:
        _allow_many_connections()
        gc.set_threshold(GC_THRESHOLD)
        with self._listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            try:
                runner.run(self._main())
            except BaseExceptionGroup as failed:
                ours = _error_of_ours(failed)
                if ours is None:
                    raise
                raise ours from None

    def _listen(self) -> socket.socket:
        settings = self._settings
        requested = settings.port if "port" in settings.model_fields_set else None
        port, note = choose_port(requested, settings.port, settings.host, option="--port", what="the web server")
        if note:
            self._notes.append(note)
        return listen(settings.host, port, settings.socket_send_buffer_bytes)

    async def _main(self) -> None:
        stopping, started, broker_stopping, broker_ready = (asyncio.Event() for _ in range(4))
        _on_signals(stopping.set)
        try:
            async with asyncio.TaskGroup() as group:
                if self._broker is not None:
                    group.create_task(self._broker.run(broker_ready, broker_stopping), name="broker")
                    await self._broker.wait_begun()  # before there are threads: a child gets the locks that they hold
                homeguard = await asyncio.to_thread(self._open)  # while the broker starts
                self._password = await self._ensure_admin(homeguard)
                if self._sim:
                    group.create_task(self._simulate(broker_ready, stopping), name="sim")
                serving = group.create_task(homeguard.run(self._listener, stopping, started), name="homeguard")
                beside = [group.create_task(self._tell(homeguard, started), name="banner")]
                if homeguard.accounts is not None:
                    enforcing = self._enforce(homeguard.accounts, started)
                    beside.append(group.create_task(enforcing, name="enforcer"))
                if self._shown is not None and self._context is not None:
                    keeper = Keeper(self._settings, self._shown, self._context, self._reload_broker)
                    beside.append(group.create_task(keeper.run(), name="certificates"))
                await asyncio.wait({serving})
                for task in beside:
                    task.cancel()
                await asyncio.wait(beside)  # the enforcer says goodbye
                broker_stopping.set()
        finally:
            Running.forget(self._settings)
            if self._password is not None and not self._is_told:
                typer.echo(f"The password of admin is {self._password} (shown this once).")

    def _open(self) -> "HomeGuard":
        """Open the journal and the keys. Blocks."""
        from api.app import HomeGuard  # half of a start is this line, and the broker and the port need none of it
        from cli.own_broker import own_broker  # brings the journal, likewise

        homeguard = HomeGuard(
            self._settings,
            self._address,
            admin=self._broker.admin_address if self._broker else admin_of(self._settings),
            own_broker=own_broker(self._broker, self._settings) if self._broker else None,
            mqtt_door=door_of(self._settings),
            publish_command=self._publish_command(),
            begin_anew=self._begin_anew,
            tls=self._context,
        )
        gc.freeze()  # what is there now stays; the collector need not look at it again
        return homeguard

    def _reload_broker(self) -> None:
        if self._broker is not None:
            self._broker.reload()

    def _publish_command(self) -> str | None:
        if self._broker is None or not self._settings.has_flat_topics:
            return None
        over_tls = known_tls_address(self._settings)
        if over_tls is None or self._shown is None:
            return publish_command(self._settings, self._address.host, self._address.port, self._broker.operator)
        trust = trust_options(self._shown.ca_file)
        return publish_command(self._settings, *over_tls, self._broker.operator, trust)

    @staticmethod
    async def _ensure_admin(homeguard: "HomeGuard") -> str | None:
        from api.services.users import ensure_admin  # imported by now; above it would bring all of the API

        return await ensure_admin(homeguard.context)

    async def _tell(self, homeguard: "HomeGuard", started: asyncio.Event) -> None:
        """Say where everything is as soon as it is there."""
        await started.wait()
        ca_file = self._shown.ca_file if self._shown else None
        Running(os.getpid(), self._url, self._sim, str(ca_file) if ca_file else None).write(self._settings)
        health, ready = homeguard.context.health, asyncio.Event()
        health.on_change(lambda state: ready.set() if state.is_ready else None)
        if not health.state.is_ready:
            try:
                async with asyncio.timeout(READY_SECONDS):
                    await ready.wait()
            except TimeoutError:
                self._notes.append(f"not ready yet, still trying: {health.state.reason or 'no answer from the broker'}")
        self._is_told = True
        typer.echo(
            banner.banner(
                self._settings,
                url=self._url,
                address=self._address,
                publish_command=self._publish_command(),
                over_tls=known_tls_address(self._settings) if self._broker else None,
                password=self._password,
                notes=self._notes,
            )
        )

    async def _enforce(self, accounts: "DeviceAccounts", started: asyncio.Event) -> None:
        """Make blocks of devices with an account real, at our own broker or at one whose admin we know."""
        await started.wait()  # every screen waits for the server, and not for this
        from cli.broker_enforcer import broker_enforcer, ensure_account

        account = BrokerSecrets(self._settings.data_dir).broker_enforcer
        topics = Topics(self._settings.topic_prefix)
        if self._broker is None:
            admin = admin_of(self._settings)
            if admin is None or not await ensure_account(admin, account, topics):
                return
        await broker_enforcer(self._address, account, accounts, topics).run()

    async def _simulate(self, broker_ready: asyncio.Event, stopping: asyncio.Event) -> None:
        from devices_sim import (  # with the client of devices, which a home without simulated ones does not need
            device_ids,
            run_home,
        )

        assert self._broker is not None
        if not await _comes_before(broker_ready, stopping):
            return
        outbox_dir = self._settings.data_dir / "sim"
        outbox_dir.mkdir(exist_ok=True, mode=0o700)
        passwords = self._broker.secrets.ensure_device_accounts(device_ids(self._sim))
        await run_home(
            self._broker.host,
            self._broker.port,
            passwords,
            "quiet_home",
            None,
            0,
            stopping,
            prefix=self._settings.topic_prefix,
            outbox_dir=outbox_dir,
        )


async def _comes_before(event: asyncio.Event, other: asyncio.Event) -> bool:
    """Wait for either of two events; says whether the first is there."""
    waits = {asyncio.create_task(event.wait()), asyncio.create_task(other.wait())}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return event.is_set()


def _over_tls(settings: Settings, shown: Shown) -> Settings:
    """Return the settings of a server with this certificate: whoever may ask for its names gets an answer."""
    hosts = tuple(dict.fromkeys((*settings.allowed_hosts, *(name.lower() for name in shown.names.dns))))
    return settings.model_copy(update={"allowed_hosts": hosts})


def _allow_many_connections() -> None:
    """Raise the limit of open files as far as this user may: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


def _error_of_ours(group: BaseExceptionGroup[BaseException]) -> HomeGuardError | None:
    """Find the error of ours that ended the tasks; None where anything else ended one, too.

    Not by `except*`: what is raised in one comes out in another group on Python 3.11.2, which Debian 12 has.
    """
    ours, others = group.split(HomeGuardError)
    if ours is None or others is not None:
        return None
    found: BaseException = ours
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, HomeGuardError)
    return found
