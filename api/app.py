"""The composition root: makes every part once and joins them. The only place in api/ that knows the bridge."""

import asyncio
import logging
import socket
import ssl
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api import problems
from api.auth.keys import Keys
from api.auth.passwords import Passwords
from api.auth.provider import Provider
from api.auth.tickets import Tickets
from api.auth.tokens import Tokens
from api.context import Context, NoAccounts
from api.dashboard import dashboard
from api.docs_page import add_docs
from api.doors import Doors
from api.live.endpoint import LiveDoor
from api.live.fanout import Fanout
from api.live.limits import Gate, Limits
from api.live.log import LiveLog
from api.live.standing import watch_sessions
from api.rest.router import router
from api.server import Server
from api.services.seen import keep_seen
from bridge.account_watch import AccountWatch, OwnBroker
from bridge.accounts import DeviceAccounts
from bridge.address import Address
from bridge.bridge import Bridge
from bridge.broker_version import BrokerVersion
from bridge.control import Control
from bridge.housekeeping import keep_house
from homeguard import __version__
from homeguard.clock import Clock, utc_now
from homeguard.errors import HomeGuardError, Misconfigured
from homeguard.events import Channel, Event
from homeguard.examples import MqttDoor
from homeguard.health import OFFLINE, ONLINE, Health
from homeguard.journal import Journal
from homeguard.journal.database import is_postgres
from homeguard.journal.feed import events_since, tail_floor
from homeguard.journal.intake import Rules
from homeguard.journal.integrity import check_at_start
from homeguard.journal.watch import watch_storage
from homeguard.settings import Settings
from homeguard.topics import Topics

logger = logging.getLogger(__name__)

REOPEN_SECONDS: Final = 15.0  # a second restore right behind the first has the files alone for some seconds
BRIDGE_STOP_SECONDS: Final = 2.0  # for the last batch; what is cut off comes again


def open_context(settings: Settings, *, clock: Clock = utc_now, begin_anew: bool = False) -> Context:
    """Open the journal and the keys. Blocks, while the journal is looked at some seconds at most.

    Raises:
        Misconfigured: a file or the database cannot be used; a damaged journal was set aside, and not `begin_anew`.
    """
    keys, provider = Keys.open(settings.jwt_key_file), Provider.of(settings, clock)
    if not is_postgres(settings.database):
        check_at_start(Path(settings.database), begin_anew=begin_anew, clock=clock)
    journal = Journal.open(settings.database, clock=clock, begin_anew=begin_anew)
    health = Health()
    journal.on_health(lambda fault: health.update(storage=OFFLINE if fault else ONLINE, reason=fault))
    return Context(
        settings=settings,
        topics=Topics(settings.topic_prefix),
        journal=journal,
        health=health,
        tokens=Tokens(keys, settings, clock),
        tickets=Tickets(clock),
        passwords=Passwords(),
        clock=clock,
        provider=provider,
    )


async def make_fanout(context: Context) -> Fanout:
    """Make the live side, fed by every commit of the journal."""
    settings = context.settings
    log = await _recent_log(context)
    fanout = Fanout(log, context.health, context.clock, settings.heartbeat_seconds)
    context.journal.on_commit(fanout.append)
    context.on_sessions_ended(fanout.close_sessions)
    context.listeners = fanout.everybody
    return fanout


async def _recent_log(context: Context) -> LiveLog:
    """Make the live log with the newest events in memory: all who come back after a restart are served from it."""
    journal, settings = context.journal, context.settings

    def recent() -> tuple[dict[Channel, int], list[Event]]:
        floors = {channel: tail_floor(channel, settings.live_tail_events) for channel in Channel}
        events = [
            event
            for channel, floor in floors.items()
            for event in events_since(journal.epoch, [channel], floor, settings.live_tail_events).events
        ]
        return floors, events

    floors, events = await journal.read(recent)
    log = LiveLog(floors, settings.live_tail_events, settings.live_tail_bytes)
    log.append(events)
    return log


def create_rest() -> FastAPI:
    """Make the HTTP side; requests need `app.state.context`, the OpenAPI document does not."""
    app = FastAPIOffline(
        title="HomeGuard",
        version=__version__,
        summary="The event bus of a guarded home.",
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    problems.install(app)
    add_docs(app)
    app.include_router(router)
    return app


def create_app(context: Context, fanout: Fanout) -> Doors:
    """Make the ASGI application."""
    app = create_rest()
    app.state.context = context
    app.include_router(dashboard())
    return Doors(app, LiveDoor(context, fanout, Gate(_limits(context.settings))), context)


def _limits(settings: Settings) -> Limits:
    return Limits(
        connections=settings.max_connections,
        per_user=settings.max_connections_per_user,
        per_address=settings.max_connections_per_address,
        handshakes_per_second=settings.max_handshakes_per_second,
    )


class HomeGuard:
    """A running HomeGuard: bridge, journal and both doors in one process."""

    def __init__(
        self,
        settings: Settings,
        address: Address,
        *,
        admin: Address | None = None,
        own_broker: OwnBroker | None = None,
        mqtt_door: MqttDoor | None = None,
        publish_command: str | None = None,
        begin_anew: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Open what it needs. Blocks.

        `admin`: where the broker's admin signs in, None where HomeGuard may not manage accounts; `own_broker`: what it
        knows of accounts at its own. `mqtt_door`: where devices reach the broker.
        `publish_command`: what people paste to publish at our own broker. `begin_anew`: with an empty journal where the
        present one is damaged. `tls`: serves HTTPS with it.
        """
        self._tls = tls
        self._settings = settings
        self._address = address
        self._publish_command = publish_command
        self._broker_version = BrokerVersion(address)
        self._mqtt_door = mqtt_door or MqttDoor(address.host, address.port, address.is_tls)
        self._control = Control(admin) if admin is not None else None
        self._own_broker = own_broker
        self.accounts: DeviceAccounts | None = None
        if self._control is not None:
            self.accounts = DeviceAccounts(
                self._control, Topics(settings.topic_prefix), own_broker.file if own_broker else None
            )
        self.context = open_context(settings, begin_anew=begin_anew)

    async def run(self, listener: socket.socket, stopping: asyncio.Event, started: asyncio.Event) -> None:
        """Serve on a bound socket until `stopping`, then stop in order (DESIGN 5, Shutdown).

        Sets `started` when the server answers. Where the journal becomes another one, everything that knows the old
        one ends as if HomeGuard restarted, and begins again on the new one; who connects meanwhile waits.
        """
        while True:
            await self._run_on_one_journal(listener.dup(), stopping, started)
            if stopping.is_set():
                return
            logger.warning("journal: it was replaced, and is opened again")
            self.context = await self._open_again()

    async def _open_again(self) -> Context:
        """Open the journal that took the place of the other; whoever put it there may not be done with it.

        Raises:
            Misconfigured: it cannot be opened for `REOPEN_SECONDS`.
        """
        deadline = monotonic() + REOPEN_SECONDS
        while True:
            try:
                return await asyncio.to_thread(open_context, self._settings)
            except HomeGuardError as error:
                if monotonic() > deadline:
                    raise Misconfigured(str(error)) from error
                logger.warning("journal: %s; trying again", error)
            await asyncio.sleep(1)

    async def _run_on_one_journal(
        self, listener: socket.socket, stopping: asyncio.Event, started: asyncio.Event
    ) -> None:
        """Serve until `stopping`, or until the journal is another one."""
        ending = asyncio.Event()
        self.context.journal.on_replaced(ending.set)
        self.context.broker_version = self._broker_version.tell
        self.context.publish_command = self._publish_command
        self.context.accounts = self.accounts or NoAccounts()
        self.context.mqtt_door = self._mqtt_door
        fanout = await make_fanout(self.context)
        rules = self._rules()
        bridge = Bridge(self._address, self.context.journal, self.context.topics, self.context.health, rules=rules)
        server = Server(create_app(self.context, fanout), self._settings, self._tls)
        try:
            async with asyncio.TaskGroup() as group:
                bridging = group.create_task(bridge.run(), name="bridge")
                serving = group.create_task(server.run(listener, started), name="server")
                beside = [
                    group.create_task(fanout.run(), name="fanout"),
                    group.create_task(watch_sessions(self.context, fanout), name="sessions"),
                    group.create_task(keep_seen(self.context), name="seen"),
                    group.create_task(watch_storage(self.context.journal), name="storage"),
                    group.create_task(self._keep_house(), name="housekeeping"),
                    group.create_task(_pass_on(stopping, ending), name="stopping"),
                ]
                if self._control is not None:
                    watch = AccountWatch(self._control, self.context.journal, self.context.topics, self._own_broker)
                    beside.append(group.create_task(self._control.run(), name="control"))
                    beside.append(group.create_task(watch.run(), name="accounts"))
                await ending.wait()
                bridge.stop()
                if stopping.is_set():  # a batch for a journal that is gone cannot be finished
                    await asyncio.wait({bridging}, timeout=BRIDGE_STOP_SECONDS)
                bridging.cancel()
                server.stop()
                await asyncio.wait({serving})
                for task in beside:
                    task.cancel()
        finally:
            self.context.passwords.close()
            self.context.journal.close()

    async def _keep_house(self) -> None:
        await keep_house(
            self.context.journal,
            self.context.topics,
            self.context.health,
            self.context.clock,
            max_age=timedelta(days=self._settings.retention_days),
            max_events=self._settings.retention_events,
            audit_age=timedelta(days=self._settings.audit_days),
            silence=self._settings.silence,
        )

    def _rules(self) -> Rules:
        settings = self._settings
        return Rules(
            self.context.topics,
            flat_topics=settings.has_flat_topics,
            tell_new=settings.tell_new,
            quarantine_new=settings.quarantine_new,
            silence=settings.silence,
        )


async def _pass_on(stopping: asyncio.Event, ending: asyncio.Event) -> None:
    await stopping.wait()
    ending.set()
