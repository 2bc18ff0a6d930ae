"""`homeguard up` and `homeguard serve`: everything in one go, or beside a broker of one's own."""

import asyncio
import gc
import os
import resource
import signal
import socket
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvloop

from api.listener import listen
from api.logs import configure_logging
from bridge.address import Address
from bridge.broker import Broker, choose_port
from bridge.broker.by_hand import publish_command
from bridge.control import admin_of
from cli import banner
from cli.errors import errors_told
from cli.running import Running
from homeguard.errors import HomeGuardError, Misconfigured
from homeguard.private_home import require_private_home
from homeguard.settings import Settings, load_settings

if TYPE_CHECKING:
    from api.app import HomeGuard

READY_SECONDS = 10.0  # then say where everything is anyway, and what is missing
GC_THRESHOLD = 50_000  # new objects; the default of 700 walks all connections many times while they come in

Port = Annotated[int | None, typer.Option(help="Port of the web server.", show_default="8000, or the next free")]
Host = Annotated[str | None, typer.Option(help="Address of the web server.", show_default="127.0.0.1")]
DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.", show_default=False)]
NewJournal = Annotated[
    bool, typer.Option("--new-journal", help="Begin with an empty journal where the present one is damaged.")
]


def up(
    port: Port = None,
    host: Host = None,
    mqtt_port: Annotated[int | None, typer.Option(help="Port of the broker.", show_default="1883, or the next")] = None,
    mqtt_url: Annotated[str | None, typer.Option(help="A broker of your own, instead of starting one.")] = None,
    lan: Annotated[
        bool, typer.Option("--lan", help="Open the MQTT port to the network, not to this box alone.")
    ] = False,
    sim: Annotated[int, typer.Option(min=0, max=200, help="Add so many simulated devices.")] = 0,
    data_dir: DataDir = None,
    new_journal: NewJournal = False,
) -> None:
    """Run everything: the broker, the bridge, the API, and simulated devices if you like."""
    with errors_told():
        settings = load_settings(data_dir=data_dir, host=host, port=port, mqtt_port=mqtt_port, mqtt_url=mqtt_url)
        configure_logging(settings.log_level)
        require_private_home(settings.data_dir, None if settings.database_url else Path(settings.database))
        if settings.mqtt_url is None:
            _up(settings, lan=lan, sim=sim, begin_anew=new_journal)
        elif lan or sim:
            raise Misconfigured("--lan and --sim are for the broker that `homeguard up` starts, not for your own")
        else:
            _serve(settings, begin_anew=new_journal)


def serve(port: Port = None, host: Host = None, data_dir: DataDir = None, new_journal: NewJournal = False) -> None:
    """Run the bridge and the API beside a broker of your own (HOMEGUARD_MQTT_URL)."""
    with errors_told():
        settings = load_settings(data_dir=data_dir, host=host, port=port)
        configure_logging(settings.log_level)
        require_private_home(settings.data_dir, None if settings.database_url else Path(settings.database))
        _serve(settings, begin_anew=new_journal)


def _up(settings: Settings, *, lan: bool, sim: int, begin_anew: bool) -> None:
    broker = Broker.prepare(settings, lan=lan, device_ids=_device_ids(sim))
    try:
        _Run(settings, _address_of(broker), broker, sim, begin_anew=begin_anew).run()
    finally:
        broker.release()


def _serve(settings: Settings, *, begin_anew: bool) -> None:
    if settings.mqtt_url is None:
        raise Misconfigured("HOMEGUARD_MQTT_URL is not set: which broker? `homeguard up` starts one of its own")
    address = Address.from_url(settings.mqtt_url.get_secret_value(), settings.mqtt_client_id)
    _Run(settings, address, None, 0, begin_anew=begin_anew).run()


def _device_ids(count: int) -> list[str]:
    if not count:
        return []
    from devices_sim import device_ids  # with the client of devices, which a home without simulated ones does not need

    return device_ids(count)


def _address_of(broker: Broker) -> Address:
    service = broker.service
    assert service.client_id is not None
    return Address(
        broker.host,
        broker.port,
        service.client_id,
        service.username,
        service.password,
        is_own=True,
        version=str(broker.version),
    )


class _Run:
    """One run, from the first port to the last connection."""

    def __init__(
        self, settings: Settings, address: Address, broker: Broker | None, sim: int, *, begin_anew: bool
    ) -> None:
        self._settings = settings
        self._begin_anew = begin_anew
        self._address = address
        self._broker = broker
        self._sim = sim
        self._notes = list(broker.notes) if broker else []
        self._password: str | None = None  # of admin, where it was made just now
        self._is_told = False
        self._listener = self._listen()
        self._url = _url_of(self._listener)

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
                if self._broker is not None:
                    enforcing = self._enforce(self._broker, homeguard, started)
                    beside.append(group.create_task(enforcing, name="enforcer"))
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

        homeguard = HomeGuard(
            self._settings,
            self._address,
            admin=self._broker.admin_address if self._broker else admin_of(self._settings),
            accounts_file=self._broker.accounts_file if self._broker else None,
            publish_command=self._publish_command(),
            begin_anew=self._begin_anew,
        )
        gc.freeze()  # what is there now stays; the collector need not look at it again
        return homeguard

    def _publish_command(self) -> str | None:
        if self._broker is None or not self._settings.has_flat_topics:
            return None
        return publish_command(self._settings, self._address.host, self._address.port, self._broker.operator)

    @staticmethod
    async def _ensure_admin(homeguard: "HomeGuard") -> str | None:
        from api.services.users import ensure_admin  # imported by now; above it would bring all of the API

        return await ensure_admin(homeguard.context)

    async def _tell(self, homeguard: "HomeGuard", started: asyncio.Event) -> None:
        """Say where everything is as soon as it is there."""
        await started.wait()
        Running(os.getpid(), self._url, self._sim).write(self._settings)
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
                operator=self._broker.operator if self._broker else None,
                password=self._password,
                notes=self._notes,
            )
        )

    async def _enforce(self, broker: Broker, homeguard: "HomeGuard", started: asyncio.Event) -> None:
        """Make blocks of devices with an account real, at our own broker."""
        await started.wait()  # every screen waits for the server, and not for this
        from cli.broker_enforcer import broker_enforcer

        assert homeguard.accounts is not None
        await broker_enforcer(broker, self._settings, homeguard.accounts).run()

    async def _simulate(self, broker_ready: asyncio.Event, stopping: asyncio.Event) -> None:
        from devices_sim import device_ids, run_home  # as in _device_ids

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


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    address = ip_address(host)
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == 4 else "::1")  # everywhere includes here
    return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"
