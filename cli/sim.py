"""`homeguard sim`: a simulated home against a running HomeGuard."""

import asyncio
import secrets
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import unquote, urlsplit

import typer

from cli.errors import errors_told
from devices_sim import Scenario, device_ids, run_home
from homeguard.client import tls_context
from homeguard.errors import Misconfigured

SECURE: Final = "mqtts"

# Makes or finds the accounts of these devices: host, port, and a password for each.
Credentials = Callable[[Sequence[str]], tuple[str, int, Mapping[str, str]]]


def sim_command(credentials: Credentials | None = None) -> Callable[..., None]:
    """Make the command; `credentials` serves those who give no `--mqtt-url`."""

    def sim(
        scenario: Annotated[Scenario, typer.Option(help="The story to live.")] = Scenario.QUIET_HOME,
        devices: Annotated[int, typer.Option(min=1, max=1000, help="How many devices.")] = 6,
        rate: Annotated[
            float | None,
            typer.Option(min=0.001, max=10_000, help="Events a second over the whole home; unset: the scenario's own."),
        ] = None,
        seed: Annotated[int | None, typer.Option(help="The same seed tells the same story.")] = None,
        speed: Annotated[float, typer.Option(min=0.01, max=1000, help="How many times as fast as life.")] = 1.0,
        mqtt_url: Annotated[
            str | None,
            typer.Option(envvar="HOMEGUARD_SIM_MQTT_URL", help="A broker of one's own: mqtt://user:password@host:1883"),
        ] = None,
        ca_file: Annotated[
            Path | None,
            typer.Option(envvar="HOMEGUARD_CA_FILE", help="Whom to believe at mqtts://.", show_default="this box's"),
        ] = None,
        prefix: Annotated[
            str, typer.Option(envvar="HOMEGUARD_TOPIC_PREFIX", help="First level of the topics.")
        ] = "homeguard",
        outbox_dir: Annotated[
            Path | None, typer.Option(help="Where alerts wait that are not proved stored; unset: in memory.")
        ] = None,
    ) -> None:
        """Let simulated devices live in your home until Ctrl-C."""
        ids = device_ids(devices)
        chosen = seed if seed is not None else secrets.randbelow(1_000_000)
        with errors_told("homeguard sim"):
            host, port, username, passwords = _accounts(ids, mqtt_url, credentials)
            tls = tls_context(ca_file) if mqtt_url is not None and mqtt_url.startswith(f"{SECURE}:") else None
            typer.echo(f"{devices} devices live {scenario} at {host}:{port} (--seed {chosen}); Ctrl-C ends it.")
            asyncio.run(
                _until_interrupted(
                    lambda stop: run_home(
                        host,
                        port,
                        passwords,
                        scenario,
                        rate,
                        chosen,
                        stop,
                        prefix,
                        outbox_dir,
                        username=username,
                        tls=tls,
                        speed=speed,
                    )
                )
            )

    return sim


sim = sim_command()


async def _until_interrupted(live: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await live(stop)


def _accounts(
    ids: Sequence[str], mqtt_url: str | None, credentials: Credentials | None
) -> tuple[str, int, str | None, Mapping[str, str]]:
    """Tell host, port, the one account's name (None where each device has its own), and the passwords."""
    if mqtt_url is None:
        if credentials is None:
            raise Misconfigured("say where the broker is: --mqtt-url mqtt://user:password@host:1883")
        host, port, passwords = credentials(ids)
        return host, port, None, passwords
    try:
        parts = urlsplit(mqtt_url)
        port = parts.port or (8883 if parts.scheme == SECURE else 1883)
    except ValueError as error:
        raise Misconfigured(f"--mqtt-url: {error}") from None
    if parts.scheme not in ("mqtt", SECURE) or not parts.hostname or not parts.username:
        raise Misconfigured("--mqtt-url must look like mqtt://user:password@host:1883, or mqtts:// for TLS")
    password = unquote(parts.password or "")
    return parts.hostname, port, unquote(parts.username), dict.fromkeys(ids, password)
