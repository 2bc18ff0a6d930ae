"""Who gets into the broker: accounts, listeners, WebSockets, client ids."""

import asyncio
import shlex
from collections.abc import Iterator
from typing import Any, Final

from bridge.broker.accounts import ADMIN, SERVICE
from bridge.broker.conf_file import Listener
from bridge.broker.roles import DEVICE_ROLE
from bridge.control import list_accounts
from bridge.link import BrokerUnavailable
from cli.doctor.finding import Check, Finding, counted, fine, loss, unseen, warning
from cli.doctor.home import LOOK_INSIDE, RESTART_OURS, Home
from cli.doctor.probe import Door, knock, speaks_websocket, without_account
from homeguard.settings import Settings

FORGED: Final = "whoever reaches it forges alerts, lifts blocks, and takes the bridge's session with all that is queued"
OVERHEARD: Final = "nothing by itself; but who listens in the network reads passwords and events, and may use them"
PASSWORDS: Final = "/etc/mosquitto/passwd"
CUSTOMARY_WEBSOCKET_PORT: Final = 9001  # of Mosquitto's own examples


def anonymous_access(home: Home) -> Iterator[Finding]:
    """Try to get in without an account, really."""
    if home.broker is None:
        yield unseen("anonymous access: no broker is known here")
        return
    match knock(without_account(home.broker)):
        case Door.SILENT:
            yield unseen("anonymous access: not tried, the broker does not answer")
        case Door.OPEN:
            yield loss(
                f"anybody gets into the broker at {home.broker.host}:{home.broker.port} without an account",
                would_lose=FORGED,
                mend=_closed(home),
            )
        case Door.REFUSED:
            yield fine("nobody gets into the broker without an account (tried)")
    yield from _anonymous_listeners(home)


def _anonymous_listeners(home: Home) -> Iterator[Finding]:
    """Name the listeners that the configuration opens, besides the one that was tried."""
    if home.conf is None or home.broker is None:
        return
    for listener in home.conf.listeners:
        if listener.port != home.broker.port and home.conf.allows_anonymous(listener):
            yield loss(f"the listener {listener} lets everybody in", would_lose=FORGED, mend=_closed(home))


def _closed(home: Home) -> str:
    """Write the line that closes a broker, with an account for the bridge."""
    if home.is_ours:
        return RESTART_OURS
    if home.conf is not None and home.conf.flag("per_listener_settings", default=False):
        return home.mend_broker("allow_anonymous false and a password_file below each listener")
    user = home.broker.username if home.broker and home.broker.username else "homeguard"
    said = home.conf.options.get("password_file") if home.conf else None  # Mosquitto does not start on a second one
    lines = ["allow_anonymous false", *([] if said else [f"password_file {PASSWORDS}"])]
    path = shlex.quote(said or PASSWORDS)
    add_account = f"sudo touch {path} && sudo mosquitto_passwd {path} {shlex.quote(user)}"
    return f"{add_account} && {home.mend_broker_by(*lines)}"


def listeners(home: Home) -> Iterator[Finding]:
    """Look at where the configuration lets the broker listen, and whether what goes there can be read."""
    if home.conf is None:
        yield unseen(f"listeners: {home.conf_why}", mend=None if home.is_ours else LOOK_INSIDE)
        return
    for listener in home.conf.listeners:
        yield _judged(home, listener)


def _judged(home: Home, listener: Listener) -> Finding:
    if listener.is_websockets and listener.is_local and not listener.address.startswith("/"):
        return loss(
            f"the websockets listener {listener} is open to every address: Mosquitto 2.0 ignores the one it names",
            would_lose=OVERHEARD,
            mend=home.mend_broker(f"take the listener on port {listener.port} out: HomeGuard needs none"),
        )
    if listener.is_local:
        return fine(f"the broker listens on {listener}, for this machine alone")
    if listener.is_tls:
        return fine(f"the broker listens on {listener}, with TLS")
    kind = "a websockets listener" if listener.is_websockets else "a listener"
    return warning(
        f"{kind} without TLS is open to the network: {listener}",
        would_lose=OVERHEARD,
        mend="homeguard up --lan  # with TLS" if home.is_ours else home.mend_broker("give it certfile and keyfile"),
    )


def websockets(home: Home) -> Iterator[Finding]:
    """Try to open a WebSocket where one may be: HomeGuard needs none of the broker's."""
    if home.broker is None or knock(home.broker) is Door.SILENT:
        return  # said by others
    named = [listener.port for listener in home.conf.listeners if listener.port] if home.conf else []
    ports = dict.fromkeys([home.broker.port, *named, CUSTOMARY_WEBSOCKET_PORT])
    opened = [port for port in ports if speaks_websocket(home.broker.host, port)]
    for port in opened:
        yield warning(
            f"port {port} of {home.broker.host} speaks MQTT over WebSockets, past HomeGuard's tokens",
            would_lose="nothing by itself; but Mosquitto 2.0 opens such a listener to every address, whatever it names",
            mend=home.mend_broker(f"take the listener on port {port} out: HomeGuard needs none")
            if port in named
            else f"sudo ss -tlnp 'sport = :{port}'  # who listens there",
        )
    if not opened:
        yield fine("the broker opens no WebSocket past HomeGuard (tried)")


def client_ids(home: Home) -> Iterator[Finding]:
    """See whether others could connect as the bridge, and so take its session."""
    yield from _ours_bound(home) if home.is_ours else _yours_bound(home)


def _ours_bound(home: Home) -> Iterator[Finding]:
    if home.admin is None or home.admin.password is None:
        yield unseen("client ids: no account of the broker's admin is known here")
        return
    if knock(home.admin) is Door.SILENT:
        yield unseen("client ids: not tried, the broker does not answer")
        return
    try:
        accounts = asyncio.run(list_accounts(home.admin))
    except BrokerUnavailable as error:
        yield unseen(f"client ids: {error}")
        return
    yield _service_bound(accounts)
    loose = sorted(account["username"] for account in accounts if _is_loose(account))
    if loose:
        first = shlex.quote(loose[0])
        yield warning(
            f"{counted(len(loose), 'device')} may use any client id: {', '.join(loose[:5])}",
            would_lose="nothing of HomeGuard's; but each may throw another device off",
            mend=f"mosquitto_ctrl -p {home.admin.port} -u {ADMIN} dynsec setClientId {first} {first}",
        )


def _service_bound(accounts: list[dict[str, Any]]) -> Finding:
    if any(account["username"] == SERVICE and account.get("clientid") for account in accounts):
        return fine(f"the bridge's account is bound to a secret client id ({len(accounts)} accounts read)")
    return warning(
        "the bridge's account works with any client id",
        would_lose="nothing while its password is secret; with it, the bridge's session and what is queued",
        mend=RESTART_OURS,
    )


def _is_loose(account: dict[str, Any]) -> bool:
    roles = [str(role["rolename"]) for role in account.get("roles", [])]
    return not account.get("clientid") and any(role.startswith(DEVICE_ROLE) for role in roles)


def _yours_bound(home: Home) -> Iterator[Finding]:
    assert home.broker is not None
    if home.conf is not None and any(_binds(home, listener) for listener in home.conf.listeners):
        yield fine("the broker makes the user name the client id: nobody else can be the bridge")
        return
    default = Settings.model_fields["mqtt_client_id"].default
    if home.settings.mqtt_client_id != default:
        yield fine("the bridge's client id is one of your own; keep it secret")
    elif knock(home.broker) is Door.OPEN:
        yield loss(
            f"the bridge's client id is the one everybody knows ({default}), and this broker binds none",
            would_lose="any account that connects with it throws the bridge off and takes what is queued for it",
            mend="export HOMEGUARD_MQTT_CLIENT_ID=homeguard-bridge-$(openssl rand -hex 16)",
        )
    else:
        yield unseen("client ids: the broker did not let the doctor in with the bridge's account and an id of its own")


def _binds(home: Home, listener: Listener) -> bool:
    return (
        home.broker is not None
        and listener.port == home.broker.port
        and listener.options.get("use_username_as_clientid") in {"true", "1"}
    )


CHECKS: Final[tuple[Check, ...]] = (anonymous_access, listeners, websockets, client_ids)
