"""`homeguard device …`: devices with an account of their own at the broker, whether HomeGuard runs or not."""

import json
from typing import Annotated, Any, Final

import typer

from cli.accounts import Desk, Result, at_desk
from cli.errors import errors_told, printable
from cli.journal import DataDir, with_journal
from homeguard.events import JsonObject
from homeguard.journal.devices import find_devices
from homeguard.settings import load_settings
from homeguard.urls import is_loopback

app = typer.Typer(name="device", help="Devices with an account of their own at the broker.", no_args_is_help=True)

TITLES: Final = {
    "mosquitto_pub": "From a shell",
    "esphome": "ESPHome",
    "tasmota": "Tasmota, in its console",
    "zigbee2mqtt": "Zigbee2MQTT",
}

Id = Annotated[str, typer.Argument(metavar="ID", help="The device.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it for programs.")]


@app.command()
def add(
    device_id: Id,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    kind: Annotated[str | None, typer.Option(help="What it is, such as camera.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Give a device an account; its password is printed this once, and kept by nobody."""

    async def work(desk: Desk) -> Result:
        return await desk.add(device_id, name, kind)

    with errors_told("homeguard device add"):
        _print(at_desk(load_settings(data_dir=data_dir), work), as_json=as_json)


@app.command()
def rotate(device_id: Id, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Give a device a new password; whoever uses the old one is thrown off."""

    async def work(desk: Desk) -> Result:
        return await desk.rotate(device_id)

    with errors_told("homeguard device rotate"):
        _print(at_desk(load_settings(data_dir=data_dir), work), as_json=as_json)


@app.command()
def remove(device_id: Id, data_dir: DataDir = None) -> None:
    """Remove a device and its account; it is thrown off. One that speaks again is a new one."""

    async def work(desk: Desk) -> None:
        await desk.remove(device_id)

    with errors_told("homeguard device remove"):
        at_desk(load_settings(data_dir=data_dir), work)
        typer.echo(f"{device_id} is removed, with its account")


@app.command("list")
def list_devices(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the devices that HomeGuard knows, and which of them have an account."""

    def read() -> list[JsonObject]:
        return [device.to_json() for device in find_devices()]

    with errors_told("homeguard device list"):
        devices = with_journal(load_settings(data_dir=data_dir), lambda journal: journal.read(read))
    if as_json:
        typer.echo(json.dumps(devices))
        return
    for device in devices:
        typer.echo(_line(device))


def _line(device: JsonObject) -> str:
    account = "account" if device["has_account"] else "-"
    block = "blocked" if device["block"]["desired"] else ""
    words = (device["status"] or "-", block or "-", device["kind"] or "-", device["name"] or "")
    status, blocked, kind, name = (printable(str(word)) for word in words)
    return f"{device['id']:<24} {account:<8} {status:<9} {blocked:<8} {kind:<12} {name}".rstrip()


def _print(result: Result | None, *, as_json: bool) -> None:
    assert result is not None
    typer.echo(json.dumps(result) if as_json else _text(result))


def _text(result: dict[str, Any]) -> str:
    mqtt = result["mqtt"]
    scheme = "mqtts" if mqtt["tls"] else "mqtt"
    lines = [
        f"Broker     {scheme}://{mqtt['host']}:{mqtt['port']}",
        f"User       {mqtt['username']}",
        f"Password   {mqtt['password']}   (shown this once, kept by nobody)",
        f"Client id  {mqtt['client_id']}   (no other works)",
    ]
    if is_loopback(mqtt["host"]):
        lines += ["", "This is for devices on this machine: `homeguard up --lan` opens the broker to the network."]
    for key, title in TITLES.items():
        lines += ["", f"{title}:", "", result["examples"][key].rstrip()]
    return "\n".join(lines)
