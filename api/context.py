"""What the two doors share: made once by app.py, found by every request in `app.state.context`."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from api.auth.known import KnownTokens
from api.auth.passwords import Passwords
from api.auth.provider import Provider
from api.auth.seen import Seen
from api.auth.tickets import Tickets
from api.auth.tokens import Tokens
from api.limits.calls import Calls
from api.limits.sign_ins import SignIns
from api.live.fanout import Listener
from homeguard.clock import Clock
from homeguard.errors import NotAvailable
from homeguard.examples import MqttDoor
from homeguard.health import Health
from homeguard.journal import Journal
from homeguard.journal.stats import Minute
from homeguard.settings import Settings
from homeguard.topics import Topics

NO_ACCOUNTS: Final = (
    "HomeGuard makes the accounts of devices at the broker that `homeguard up` starts, or at a Mosquitto with the "
    "dynamic-security plugin whose admin's account it has (HOMEGUARD_MQTT_ADMIN_URL); make one by your broker's means"
)


class Credentials(Protocol):
    """What a device signs in with at the broker."""

    @property
    def username(self) -> str:
        """The name of the account."""

    @property
    def password(self) -> str:
        """Random, and kept by nobody but the device."""

    @property
    def client_id(self) -> str | None:
        """The client id that the account works with, and no other."""


class Accounts(Protocol):
    """The accounts of devices at the broker; each change is read back.

    Everything raises `NotAvailable` where the broker has no such accounts, and `Unavailable` where it is away.
    """

    async def add(self, device_id: str) -> Credentials:
        """Give a device an account; `Conflict` where it has one, `BadInput` where its id can have none."""

    async def rotate(self, device_id: str) -> Credentials:
        """Give a device a new password, which throws off who uses the old one; `NotFound` where it has no account."""

    async def remove(self, device_id: str) -> bool:
        """Remove a device's account, which throws it off; says whether it had one."""


class NoAccounts:
    """What is there instead at a broker where HomeGuard may not make accounts."""

    async def add(self, device_id: str) -> Credentials:
        """Say what is missing."""
        raise NotAvailable(NO_ACCOUNTS)

    async def rotate(self, device_id: str) -> Credentials:
        """Say what is missing."""
        raise NotAvailable(NO_ACCOUNTS)

    async def remove(self, device_id: str) -> bool:
        """Say what is missing."""
        raise NotAvailable(NO_ACCOUNTS)


async def _untold() -> str | None:
    return None


@dataclass(slots=True)
class Context:
    """The parts that services need; `on_sessions_ended` hears the ids of sessions whose sockets must close.

    `listeners` tells who is connected to this process: nobody, where it serves no live channels. `provider` is whose
    tokens are taken beside ours. `broker_version` tells which broker the bridge of this process is connected to;
    `publish_command` is what people paste to publish there, `mqtt_door` where devices reach it.
    """

    settings: Settings
    topics: Topics
    journal: Journal
    health: Health
    tokens: Tokens
    tickets: Tickets
    passwords: Passwords
    clock: Clock
    known_tokens: KnownTokens = field(default_factory=KnownTokens)
    listeners: Callable[[], Sequence[Listener]] = tuple
    provider: Provider | None = None
    broker_version: Callable[[], Awaitable[str | None]] = _untold
    publish_command: str | None = None
    accounts: Accounts = field(default_factory=NoAccounts)
    mqtt_door: MqttDoor = field(default_factory=lambda: MqttDoor("127.0.0.1", 1883))
    settled_minutes: dict[datetime, Minute] = field(default_factory=dict)
    session_listeners: list[Callable[[Collection[str]], None]] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    sign_ins: SignIns = field(init=False)
    calls: Calls = field(init=False)

    def __post_init__(self) -> None:
        """Make what counts, by the settings."""
        settings = self.settings
        self.sign_ins = SignIns(settings.max_sign_ins_per_user, settings.max_sign_ins_per_address)
        self.calls = Calls(settings.max_calls_per_user, settings.max_calls_per_address)

    def on_sessions_ended(self, listener: Callable[[Collection[str]], None]) -> None:
        """Call with the ids of sessions that were signed out, revoked or lost their user."""
        self.session_listeners.append(listener)

    def sessions_ended(self, session_ids: Collection[str]) -> None:
        """Tell everybody that these sessions are over."""
        self.known_tokens.forget(session_ids)
        for listener in self.session_listeners:
            listener(session_ids)
