"""`homeguard tail`: follows a channel in the terminal."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.errors import errors_told, printable
from homeguard.client import Frame, Token, subscribe, tls_context
from homeguard.clock import from_rfc3339
from homeguard.errors import BadCredentials
from homeguard.events import Channel

# Makes a token on this machine, or tells None where it has no secrets to make one with; asked anew when one ends.
TokenSource = Callable[[], str | None]
UrlSource = Callable[[], str | None]  # where the HomeGuard of this machine answers, None where none runs

DEFAULT_URL: Final = "http://127.0.0.1:8000"

_COLOURS: Final = {
    "info": "2",
    "low": "36",
    "medium": "33",
    "high": "31",
    "critical": "1;97;41",
    "online": "32",
    "offline": "2",
    "gap": "1;35",
}


def tail_command(token_source: TokenSource | None = None, url_source: UrlSource | None = None) -> Callable[..., None]:
    """Make the command; the sources serve those who give no token and no URL."""

    def tail(
        channel: Annotated[Channel, typer.Argument(help="What to follow.")] = Channel.ALERTS,
        since: Annotated[int | None, typer.Option(min=0, help="Begin behind this seq.")] = None,
        tail: Annotated[int | None, typer.Option(min=0, help="Begin with the newest N alerts.")] = None,
        url: Annotated[
            str | None,
            typer.Option(envvar="HOMEGUARD_URL", help="Where HomeGuard is.", show_default="the one that runs here"),
        ] = None,
        token: Annotated[
            str | None,
            typer.Option(envvar="HOMEGUARD_TOKEN", help="A token of `homeguard token`.", show_default=False),
        ] = None,
        ca_file: Annotated[
            Path | None,
            typer.Option(envvar="HOMEGUARD_CA_FILE", help="Whom to believe at https://.", show_default="this box's"),
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print the frames as they come.")] = False,
    ) -> None:
        """Print what happens on a channel, one line an event, until Ctrl-C."""
        with errors_told("homeguard tail"):
            shown = _token(token, token_source)
            try:
                tls = tls_context(ca_file) if ca_file is not None else None
                asyncio.run(_follow(url or _local(url_source), channel, shown, since, tail, tls, as_json))
            except KeyboardInterrupt:
                return
            except BrokenPipeError:  # whoever read our lines has seen enough
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return tail


tail = tail_command()


def _local(source: UrlSource | None) -> str:
    return (source() if source is not None else None) or DEFAULT_URL


def _token(token: str | None, source: TokenSource | None) -> Token:
    if token is not None:
        return token.strip()

    async def made() -> str:
        fresh = await asyncio.to_thread(source) if source is not None else None
        if fresh is None:
            raise BadCredentials("a token is needed: --token or HOMEGUARD_TOKEN, as `homeguard token` prints it")
        return fresh

    return made


async def _follow(
    url: str,
    channel: Channel,
    token: Token,
    since: int | None,
    tail: int | None,
    tls: ssl.SSLContext | None,
    as_json: bool,
) -> None:
    is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    frames = subscribe(url, channel, token=token, since=since, tail=tail, tls=tls, on_retry=_say_retry)
    async with aclosing(frames):
        async for frame in frames:
            for line in [json.dumps(frame.raw)] if as_json else lines_of(frame, is_coloured=is_coloured):
                print(line, flush=True)


def _say_retry(why: str, seconds: float) -> None:
    typer.echo(f"homeguard tail: {_plain(why)}; trying again in {seconds:.1f} s", err=True)


def lines_of(frame: Frame, *, is_coloured: bool = False) -> list[str]:
    """Write a frame for people: nothing for what is of no interest to them.

    What publishers wrote is printed without control characters: they could move the cursor or hide a line.
    """
    data = frame.data if isinstance(frame.data, dict) else {}
    match frame.type:
        case "new_alert":
            severity = _plain(data.get("severity"))
            mark = "" if data.get("verified") else "  (sender not proven)"
            return [
                _line(frame.at, severity, data.get("device_id"), f"{_plain(data.get('reason'))}{mark}", is_coloured)
            ]
        case "alert_acknowledged":
            return [_line(frame.at, "seen", data.get("by"), f"alert {_plain(data.get('alert_id'))}", is_coloured)]
        case "device_update":
            return [_device(frame.at, data, is_coloured)]
        case "device_removed":
            return [_line(frame.at, "removed", data.get("id"), "", is_coloured)]
        case "snapshot" if isinstance(frame.data, list):
            devices = [_device(None, device, is_coloured) for device in frame.data if isinstance(device, dict)]
            removed = frame.raw.get("removed")
            gone = removed if isinstance(removed, list) else []
            return devices + [_line(None, "removed", id, "", is_coloured) for id in gone]
        case "gap":
            why = f"events {frame.raw.get('from')} to {frame.raw.get('to')} cannot be shown ({frame.raw.get('reason')})"
            return [_line(None, "gap", "", _plain(why), is_coloured)]
    return []


def _device(at: str | None, device: dict[str, Any], is_coloured: bool) -> str:
    block = device.get("block")
    state = block.get("state") if isinstance(block, dict) else None
    words = [_plain(device.get("name")), f"block {_plain(state)}" if state not in (None, "none") else ""]
    moment = at or device.get("last_seen_at")
    return _line(
        moment, device.get("status") or "unknown", device.get("id"), "  ".join(filter(None, words)), is_coloured
    )


def _line(at: object, word: object, who: object, text: str, is_coloured: bool) -> str:
    padded = f"{_plain(word):<8}"
    if is_coloured and _plain(word) in _COLOURS:
        padded = f"\033[{_COLOURS[_plain(word)]}m{padded}\033[0m"
    return f"{_clock(at)}  {padded}  {_plain(who):<16}  {text}".rstrip()


def _clock(at: object) -> str:
    """Write a time as the watch on the wall shows it."""
    try:
        return from_rfc3339(str(at)).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return " " * 19


def _plain(value: object) -> str:
    return "" if value is None else printable(str(value))
