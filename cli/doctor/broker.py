"""What the broker keeps for a bridge that is away, and whether it keeps it when it is killed."""

import asyncio
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bridge.address import Address
from bridge.broker.conf_file import ConfFile
from bridge.broker.versions import SNAPSHOT, SQLITE_PLUGIN, parse_version
from bridge.link import BrokerUnavailable
from bridge.mqtt_link import MqttLink
from cli.doctor.finding import Check, Finding, fine, loss, unseen, warning
from cli.doctor.home import LOOK_INSIDE, Home
from cli.doctor.probe import Door, knock

TELL_YOURS: Final = "HOMEGUARD_MQTT_URL=mqtt://user:password@host:1883 homeguard doctor"
ENOUGH_MESSAGES: Final = 10_000  # ten hours of a busy home, one every four seconds; Mosquitto's default is 1,000
SHORT_SECONDS: Final = 5  # a killed broker forgets so much at most: a publisher who asks for proof resends it
LONG_SECONDS: Final = 60
SYS_SECONDS: Final = 3.0  # retained topics come at once, or not at all
ENOUGH_DAYS: Final = 7  # as long as the bridge asks for: bridge.link.SESSION_EXPIRY_SECONDS
DAYS: Final = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "y": 365}  # mosquitto.conf(5), `persistent_client_expiration`
VERSION_TOPIC: Final = "$SYS/broker/version"
DROPPED_TOPIC: Final = "$SYS/broker/publish/messages/dropped"


def answers(home: Home) -> Iterator[Finding]:
    """Connect with an account, under a client id of the doctor's own."""
    if home.broker is None:
        yield unseen("no broker of HomeGuard's own is known here", mend=TELL_YOURS if home.running else "homeguard up")
        return
    where = f"{home.broker.host}:{home.broker.port}"
    if home.is_ours and home.broker.password is None:
        yield unseen(f"the broker at {where}: its password may not be read by this user")
        return
    match knock(home.broker):
        case Door.OPEN:
            yield fine(f"the broker answers at {where}")
        case Door.REFUSED if home.is_ours:
            yield warning(
                f"the broker at {where} does not take the password in secrets/broker-operator-password",
                would_lose="nothing, if it was changed on purpose; the printed `mosquitto_pub` line does not work",
                mend=f"mosquitto_ctrl -p {home.broker.port} -u homeguard-admin dynsec setClientPassword operator",
            )
        case Door.REFUSED:
            yield unseen(f"the broker at {where} takes the account only with the bridge's client id, if at all")
        case Door.SILENT:
            how = " by TLS that is trusted here" if home.broker.is_tls else ""
            yield unseen(
                f"the broker at {where} does not answer{how}", mend=home.start_command if home.is_ours else None
            )


def queue(home: Home) -> Iterator[Finding]:
    """See how much may wait for the bridge while it is away."""
    conf = home.conf
    if conf is None:
        yield unseen(f"queue limit: {home.conf_why}", mend=None if home.is_ours else LOOK_INSIDE)
        return
    messages, size = conf.number("max_queued_messages", 1000), conf.number("max_queued_bytes", 0)
    if messages == 0 and size == 0:
        yield warning(
            "what waits for an absent client has no limit",
            would_lose="the whole broker, when its memory is full",
            mend=home.mend_broker_by("max_queued_bytes 268435456"),
        )
    elif 0 < messages < ENOUGH_MESSAGES:
        yield loss(
            f"at most {messages:,} messages wait for the bridge while it is away",
            would_lose="what comes after them, while publishers see success",
            mend=home.mend_broker_by("max_queued_messages 100000"),
        )
    else:
        limits = [f"{messages:,} messages"] * (messages > 0) + [f"{size / 1e6:,.0f} MB"] * (size > 0)
        yield fine(f"{' or '.join(limits)} may wait for the bridge while it is away")
    if not conf.flag("queue_qos0_messages", default=False):
        yield warning(
            "what is published under QoS 0 does not wait for the bridge",
            would_lose="what a QoS 0 publisher says while HomeGuard restarts",
            mend=home.mend_broker_by("queue_qos0_messages true"),
        )


def persistence(home: Home) -> Iterator[Finding]:
    """See what a killed broker forgets."""
    conf = home.conf
    if conf is None:
        yield unseen(f"persistence: {home.conf_why}", mend=None if home.is_ours else LOOK_INSIDE)
        return
    if conf.has_plugin(SQLITE_PLUGIN):
        mend = home.mend_broker("plugin_opt_flush_period 1, below the line of the plugin")
        yield _window(conf.number("plugin_opt_flush_period", 5), mend)
    elif not conf.flag("persistence", default=False):
        location = [] if "persistence_location" in conf.options else ["persistence_location /var/lib/mosquitto/"]
        yield loss(
            "the broker keeps its queues in memory only",
            would_lose="all that is queued, retained or subscribed, at every restart of the broker",
            mend=home.mend_broker_by("persistence true", *location, "autosave_interval 1"),
        )
    elif conf.flag("autosave_on_changes", default=False):
        yield _changes(home, conf)
    elif (interval := conf.number("autosave_interval", 1800)) == 0:
        yield loss(
            "the broker saves its queues only when it is stopped",
            would_lose="messages that publishers saw acknowledged",
            mend=home.mend_broker_by("autosave_interval 1"),
        )
    else:
        yield _window(interval, home.mend_broker_by("autosave_interval 1"))


def _changes(home: Home, conf: ConfFile) -> Finding:
    changes = conf.number("autosave_interval", 1800)
    if changes <= 1:
        return warning(
            "the broker writes all its queues anew for every message",
            would_lose="nothing; but it takes a hundred a second where thousands wait (docs/decisions/0013)",
            mend=home.mend_broker_by("autosave_on_changes false"),
        )
    return loss(
        f"a killed broker forgets up to {changes:,} changes, however old",
        would_lose="messages that publishers saw acknowledged",
        mend=home.mend_broker_by("autosave_on_changes false", "autosave_interval 1"),
    )


def _window(seconds: int, mend: str) -> Finding:
    what = f"a killed broker forgets the last {seconds + 1:,} s at most"
    if seconds <= SHORT_SECONDS:
        return fine(f"{what}; a publisher that asks for the proof of storage sends it again")
    say = warning if seconds <= LONG_SECONDS else loss
    return say(what, would_lose="messages of that time that publishers saw acknowledged", mend=mend)


def expiry(home: Home) -> Iterator[Finding]:
    """See how long a session, and what is queued for it, waits for its client."""
    said = home.conf.options.get("persistent_client_expiration") if home.conf else None
    if said is None:
        return  # for ever, and where there is no file somebody else has said so
    days = DAYS.get(said[-1:], 0) * int(said[:-1]) if said[:-1].isdecimal() else 0
    if days >= ENOUGH_DAYS:
        yield fine(f"a session waits {said} for its client")
    else:
        yield loss(
            f"the broker forgets a client that was away for {said}, and what is queued for it",
            would_lose="all that came while HomeGuard was off, once it was off for longer",
            mend=home.mend_broker_by("persistent_client_expiration 30d"),
        )


def sessions(home: Home) -> Iterator[Finding]:
    """Try whether the broker keeps a session for who comes back, and see whether the bridge has one."""
    if home.broker is None:
        return
    if knock(home.broker) is Door.SILENT:
        yield unseen("sessions: not tried, the broker does not answer")
        return
    try:
        is_kept = asyncio.run(_keeps_sessions(home.broker))
    except BrokerUnavailable as error:
        yield unseen(f"sessions: {error}")
        return
    if not is_kept:
        yield loss(
            "the broker forgets a session as soon as its client leaves",
            would_lose="all that comes while HomeGuard restarts",
        )
        return
    yield fine("the broker keeps a session for who comes back (tried with one of the doctor's own)")
    yield from _bridge_session(home)


async def _keeps_sessions(address: Address) -> bool:
    """Leave and come back as the bridge does, under an id of our own; in the end the session is gone again."""
    async with MqttLink.connect(address):
        pass
    async with MqttLink.connect(address) as link:
        is_kept = link.session_present
    async with MqttLink.connect(address, keeps_session=False):
        return is_kept


def _bridge_session(home: Home) -> Iterator[Finding]:
    """Look for the bridge's session in what the broker has saved, as nobody may connect in its name."""
    saved = [home.data_dir / "broker" / name for name in (SNAPSHOT, "mosquitto.sqlite3", "mosquitto.sqlite3-wal")]
    files = [path for path in saved if path.exists()]
    client_id = home.bridge_client_id
    if not (home.is_ours and home.running and client_id and files):
        return
    if any(_holds(path, client_id.encode()) for path in files):
        yield fine("the bridge's session is among what the broker has saved")
    else:
        yield warning(
            "the broker has saved no session for the bridge yet",
            would_lose="what comes while HomeGuard restarts, if the broker is killed too",
            mend="sleep 5; homeguard doctor",
        )


def _holds(path: Path, text: bytes) -> bool:
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(text) >= 0


def system_topics(home: Home) -> Iterator[Finding]:
    """Read what a broker of one's own says of itself."""
    if home.is_ours or home.broker is None:
        return  # our accounts may not read $SYS; ours is asked by its program, see machine.versions
    try:
        said = asyncio.run(_system_topics(home.broker))
    except (BrokerUnavailable, TimeoutError):
        yield unseen("the broker does not show $SYS to this account: neither its version nor what it has dropped")
        return
    version = parse_version(said.get(VERSION_TOPIC, ""))
    yield fine(f"the broker is Mosquitto {version}") if version else unseen("the broker is not Mosquitto, or hides it")
    dropped = said.get(DROPPED_TOPIC, "0")
    if dropped != "0":
        yield loss(
            f"the broker has dropped {dropped} messages since it started",
            would_lose="those, for good: a client's queue was full",
            mend=LOOK_INSIDE,
        )


async def _system_topics(address: Address) -> dict[str, str]:
    said: dict[str, str] = {}
    async with MqttLink.connect(address, keeps_session=False) as link:
        for topic in (VERSION_TOPIC, DROPPED_TOPIC):
            await link.subscribe(topic)
        async with asyncio.timeout(SYS_SECONDS):
            while len(said) < 2:
                messages = await link.receive(10)
                link.acknowledge(messages)
                said |= {message.topic: message.payload.decode(errors="replace") for message in messages}
    return said


CHECKS: Final[tuple[Check, ...]] = (answers, queue, persistence, expiry, sessions, system_topics)
