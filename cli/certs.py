"""`homeguard certs`: the certificates of this home, for HTTPS, for MQTT over TLS, and for devices."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.broker.accounts import checked_account_id
from bridge.broker.dynsec import saved_account
from bridge.broker.files import BrokerFiles
from cli.errors import errors_told
from cli.running import find_running
from homeguard.certificates.authority import DEVICE_DAYS
from homeguard.certificates.names import Names, machine_names, named
from homeguard.certificates.read import Described
from homeguard.certificates.store import Certificates
from homeguard.clock import to_rfc3339
from homeguard.errors import BadInput
from homeguard.settings import Settings, load_settings

app = typer.Typer(help="Make and show certificates: for HTTPS, MQTT over TLS, and devices.")

DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.", show_default=False)]
MoreNames = Annotated[
    list[str] | None, typer.Option("--name", help="Another name of this box; may be repeated.", show_default=False)
]
MoreAddresses = Annotated[
    list[str] | None, typer.Option("--address", help="Another address of it; may be repeated.", show_default=False)
]
DeviceId = Annotated[str, typer.Argument(metavar="ID", help="The device.", show_default=False)]


@app.callback(invoke_without_command=True)
def certs(
    context: typer.Context, name: MoreNames = None, address: MoreAddresses = None, data_dir: DataDir = None
) -> None:
    """Make the authority and the server's certificate where there is none, or its names or its end ask for another."""
    if context.invoked_subcommand is not None:
        return
    with errors_told("homeguard certs"):
        settings = load_settings(data_dir=data_dir)
        certificates, asked = Certificates(settings.data_dir), _asked(name, address)
        names = machine_names() | asked
        is_new = certificates.authority() is None
        authority = certificates.make_authority(names)
        certificates.check(asked)
        server, why = certificates.ensure_server(names)
        if is_new:
            typer.echo(f"Made an authority for this home: {certificates.files.authority.certificate}")
        if why is not None:
            typer.echo(f"Made a certificate for {server.names}, good until {server.ends_at:%Y-%m-%d}.")
        else:
            typer.echo(f"There is a certificate for {server.names}, good until {server.ends_at:%Y-%m-%d}.")
        _tell_left_out(certificates, names)
        _tell_what_follows(settings, authority, certificates, is_new=why is not None)


@app.command()
def renew(name: MoreNames = None, address: MoreAddresses = None, data_dir: DataDir = None) -> None:
    """Make the server's certificate anew, also before its end. The authority stays, and who trusts it needs nothing."""
    with errors_told("homeguard certs renew"):
        settings = load_settings(data_dir=data_dir)
        certificates, asked = Certificates(settings.data_dir), _asked(name, address)
        certificates.check(asked)
        names = machine_names() | asked
        server = certificates.renew_server(names)
        typer.echo(f"Made a certificate for {server.names}, good until {server.ends_at:%Y-%m-%d}.")
        _tell_left_out(certificates, names)
        if find_running(settings):
            typer.echo("The HomeGuard that runs takes it up by itself; connections that are open stay as they are.")


@app.command()
def device(
    id: DeviceId,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good.")] = DEVICE_DAYS,
    new_key: Annotated[bool, typer.Option("--new-key", help="With a new key; what it had counts no more.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Make a certificate with which a device signs in at HOMEGUARD_MQTTS_DEVICE_PORT: its name is the account."""
    with errors_told("homeguard certs device"):
        settings = load_settings(data_dir=data_dir)
        certificates = Certificates(settings.data_dir)
        _check_known(settings, checked_account_id(id))
        if new_key and certificates.files.device(id).certificate.exists():
            certificates.revoke_device(id)
            typer.echo(f"What {id} had counts no more.")
        made = certificates.issue_device(id, days)
        pair = certificates.files.device(id)
        typer.echo(f"Made a certificate for {id}, good until {made.ends_at:%Y-%m-%d}. Bring to the device:")
        for path, what in (
            (pair.certificate, "its certificate"),
            (pair.key, "its key: a secret"),
            (certificates.files.authority.certificate, "who vouches for HomeGuard"),
        ):
            typer.echo(f"  {path}  ({what})")
        typer.echo(f"`homeguard certs revoke {id}` takes it back.")


@app.command()
def revoke(id: DeviceId, data_dir: DataDir = None) -> None:
    """Take a device's certificate back: the broker lets nobody in with it any more."""
    with errors_told("homeguard certs revoke"):
        settings = load_settings(data_dir=data_dir)
        certificates = Certificates(settings.data_dir)
        count = certificates.revoke_device(checked_account_id(id))
        typer.echo(f"What {id} was given counts no more: {count} certificate{'' if count == 1 else 's'}.")
        typer.echo("A connection that is open with it stays open: block the device to throw it off.")


@app.command()
def show(
    is_json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False, data_dir: DataDir = None
) -> None:
    """Say who is vouched for, until when, and the fingerprints."""
    with errors_told("homeguard certs show"):
        certificates = Certificates(load_settings(data_dir=data_dir).data_dir)
        authority, server = certificates.authority(), certificates.server()
        if authority is None:
            raise BadInput(f"there are no certificates in {certificates.files.directory}: `homeguard certs` makes them")
        files = certificates.files
        shown: list[tuple[str, Path, Described]] = [("authority", files.authority.certificate, authority)]
        if server is not None:
            shown.append(("server", files.server.certificate, server))
        for id, described in certificates.devices().items():
            shown.append((f"device {id}", files.device(id).certificate, described))
    if is_json:
        typer.echo(json.dumps([_as_json(*each) for each in shown], indent=2))
    else:
        typer.echo("\n\n".join(_as_text(*each, certificates.now) for each in shown))


def _asked(names: Sequence[str] | None, addresses: Sequence[str] | None) -> Names:
    return named(names or (), addresses or ())


def _check_known(settings: Settings, device_id: str) -> None:
    """Refuse a device without an account at our own broker, where a certificate would open nothing."""
    accounts = BrokerFiles(settings.data_dir.absolute() / "broker").accounts
    if settings.mqtt_url is None and accounts.exists() and saved_account(accounts, device_id) is None:
        raise BadInput(
            f"no device {device_id} has an account at the broker: `homeguard device add {device_id}` makes one",
            field="id",
        )


def _tell_left_out(certificates: Certificates, names: Names) -> None:
    if outside := certificates.outside(names):
        typer.echo(f"Left out, for the authority may not vouch for it: {outside}. docs/tls.md says what to do.")


def _tell_what_follows(settings: Settings, authority: Described, certificates: Certificates, *, is_new: bool) -> None:
    typer.echo(f"Browsers and devices must trust {certificates.files.authority.certificate}: docs/tls.md says how.")
    typer.echo(f"Its fingerprint (SHA-256): {authority.fingerprint}")
    running = find_running(settings)
    if running is None:
        typer.echo("`homeguard up` uses them from its next start on.")
    elif not running.url.startswith("https:"):
        typer.echo("The HomeGuard that runs does not speak TLS yet: start it again.")
    elif is_new:
        typer.echo("The HomeGuard that runs takes the new one up by itself.")


def _as_json(what: str, path: Path, described: Described) -> dict[str, Any]:
    return {
        "what": what,
        "file": str(path),
        "subject": described.subject,
        "issuer": described.issuer,
        "names": [*described.names.dns, *map(str, described.names.addresses)],
        "begins_at": to_rfc3339(described.begins_at),
        "ends_at": to_rfc3339(described.ends_at),
        "serial": f"{described.serial:x}",
        "sha256": described.fingerprint,
    }


def _as_text(what: str, path: Path, described: Described, now: datetime) -> str:
    left = (described.ends_at - now).days
    end = f"{described.ends_at:%Y-%m-%d}" + (f", in {left:,} days" if left >= 0 else ": IT HAS ENDED")
    rows = [
        ("file", str(path)),
        ("subject", described.subject),
        *([("names", str(described.names))] if described.names else []),
        ("issuer", described.issuer),
        ("ends", end),
        ("sha256", described.fingerprint),
    ]
    return "\n".join([what[0].upper() + what[1:], *(f"  {k:<8} {v}" for k, v in rows)])
