"""The HomeGuard that runs: whether it works, and where it and its broker listen."""

import shlex
from collections.abc import Iterator
from typing import Any, Final

import httpx

from cli.doctor.finding import Check, Finding, fine, loss, unseen, warning
from cli.doctor.home import Home
from cli.doctor.sockets import Listening, listening_sockets
from cli.errors import printable
from homeguard.certificates.tls import client_context
from homeguard.errors import Misconfigured
from homeguard.health import ONLINE

ANSWER_SECONDS: Final = 5.0
MUCH_LAG_SECONDS: Final = 10  # ingest is behind the broker; a burst is gone in less


def ready(home: Home) -> Iterator[Finding]:
    """Ask HomeGuard whether an event would get through."""
    if home.running is None:
        yield unseen(f"no HomeGuard runs on {home.data_dir}", mend=home.start_command)
        return
    try:
        verify = client_context(home.running.ca_file) if home.running.url.startswith("https:") else True
        answer = httpx.get(f"{home.running.url}/readyz", timeout=ANSWER_SECONDS, trust_env=False, verify=verify)
        state: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError, Misconfigured) as error:
        yield loss(
            f"HomeGuard (process {home.running.pid}) does not answer at {home.running.url}: {error or 'no answer'}",
            would_lose="what the broker cannot keep until it works again; nobody sees an alert",
            mend=f"kill {home.running.pid} && {home.start_command}",
        )
        return
    yield from _judged(home, state)


def _judged(home: Home, state: dict[str, Any]) -> Iterator[Finding]:
    reason = printable(str(state.get("reason") or "no reason given"))
    if state.get("storage") != ONLINE:
        yield loss(
            f"HomeGuard cannot store: {reason}",
            would_lose="what the broker cannot keep until it can; nothing is acknowledged meanwhile",
            mend=f"df -h {shlex.quote(str(home.data_dir))}",
        )
    if state.get("bridge") != ONLINE:
        yield loss(
            f"HomeGuard is not connected to the broker: {reason}",
            would_lose="what the broker cannot keep until it is back",
            mend="homeguard up" if home.is_ours else "systemctl status mosquitto",
        )
    if state.get("status") == "ready":
        yield fine("HomeGuard is connected and stores: an event published now is shown")
    lag = int(state.get("lag_seconds") or 0)
    if lag > MUCH_LAG_SECONDS:
        yield warning(
            f"HomeGuard is {lag} s behind the broker",
            would_lose="nothing while the broker's queue has room",
            mend=f"top -p {home.running.pid}" if home.running else None,
        )


def ports(home: Home) -> Iterator[Finding]:
    """Tell where HomeGuard and its broker listen, as the kernel has it, and whether that was meant."""
    homeguard_pid = home.running.pid if home.running else None
    for name, pid in (("HomeGuard", homeguard_pid), ("Mosquitto", home.broker_pid)):
        if pid is None:
            continue
        try:
            places = listening_sockets(pid)
        except OSError as error:
            yield unseen(f"ports of {name} (process {pid}): {error.strerror}")
            continue
        yield fine(f"{name} (process {pid}) listens on {', '.join(map(str, places)) or 'no port'}")
        yield from _unmeant(home, places) if name == "Mosquitto" else _open_web(home, places)


def _unmeant(home: Home, places: list[Listening]) -> Iterator[Finding]:
    """Find what the broker opens though its configuration does not say so."""
    if home.conf is None:
        return
    meant = {listener.port: listener.is_local for listener in home.conf.listeners}
    for place in places:
        if place.port not in meant or (meant[place.port] and not place.is_local):
            yield loss(
                f"the broker listens on {place}, which its configuration does not say",
                would_lose="nothing by itself; but that door is guarded by nobody's plan",
                mend=home.mend_broker("compare the listeners"),
            )


def _open_web(home: Home, places: list[Listening]) -> Iterator[Finding]:
    if home.running is not None and home.running.url.startswith("https:"):
        return
    for place in places:
        if not place.is_local:
            yield warning(
                f"the web server is open to the network at {place}, without TLS of its own",
                would_lose="nothing by itself; but passwords and tokens can be read without a proxy with TLS in front",
                mend="homeguard certs && homeguard up  # or a proxy with TLS, and HOMEGUARD_HOST=127.0.0.1",
            )


CHECKS: Final[tuple[Check, ...]] = (ready, ports)
