"""`homeguard up` and `homeguard serve`: everything in one go, or beside a broker of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from api.logs import configure_logging
from bridge.address import Address
from bridge.broker import Broker
from bridge.broker.broker import LOOPBACK
from bridge.control import admin_of
from cli.errors import errors_told
from cli.run import Run
from cli.tls import find_certificate, is_local, lan_address
from homeguard.errors import Misconfigured
from homeguard.private_home import require_private_home
from homeguard.settings import Settings, load_settings

Port = Annotated[int | None, typer.Option(help="Port of the web server.", show_default="8000, or the next free")]
Host = Annotated[str | None, typer.Option(help="Address of the web server.", show_default="127.0.0.1")]
DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.", show_default=False)]
NewJournal = Annotated[
    bool, typer.Option("--new-journal", help="Begin with an empty journal where the present one is damaged.")
]

InsecureLan = Annotated[
    bool | None,
    typer.Option("--insecure-lan", help="Take MQTT without TLS beyond this machine.", show_default=False),
]


def up(
    port: Port = None,
    host: Host = None,
    mqtt_port: Annotated[int | None, typer.Option(help="Port of the broker.", show_default="1883, or the next")] = None,
    mqtt_url: Annotated[str | None, typer.Option(help="A broker of your own, instead of starting one.")] = None,
    lan: Annotated[
        bool, typer.Option("--lan", help="Open MQTT to the network, over TLS; makes certificates where there are none.")
    ] = False,
    insecure_lan: InsecureLan = None,
    sim: Annotated[int, typer.Option(min=0, max=200, help="Add so many simulated devices.")] = 0,
    data_dir: DataDir = None,
    new_journal: NewJournal = False,
) -> None:
    """Run everything: the broker, the bridge, the API, and simulated devices if you like."""
    with errors_told():
        settings = load_settings(
            data_dir=data_dir,
            host=host,
            port=port,
            mqtt_port=mqtt_port,
            mqtt_url=mqtt_url,
            insecure_lan=insecure_lan,
        )
        configure_logging(settings.log_level)
        require_private_home(settings.data_dir, None if settings.database_url else Path(settings.database))
        if settings.mqtt_url is None:
            _up(settings, lan=lan, sim=sim, begin_anew=new_journal)
        elif lan or sim:
            raise Misconfigured("--lan and --sim are for the broker that `homeguard up` starts, not for your own")
        else:
            _serve(settings, begin_anew=new_journal)


def serve(
    port: Port = None,
    host: Host = None,
    insecure_lan: InsecureLan = None,
    data_dir: DataDir = None,
    new_journal: NewJournal = False,
) -> None:
    """Run the bridge and the API beside a broker of your own (HOMEGUARD_MQTT_URL)."""
    with errors_told():
        settings = load_settings(data_dir=data_dir, host=host, port=port, insecure_lan=insecure_lan)
        configure_logging(settings.log_level)
        require_private_home(settings.data_dir, None if settings.database_url else Path(settings.database))
        _serve(settings, begin_anew=new_journal)


def _up(settings: Settings, *, lan: bool, sim: int, begin_anew: bool) -> None:
    shown = find_certificate(settings, makes_one=lan)
    if lan and shown is None and not settings.insecure_lan:
        raise Misconfigured("--lan needs TLS, which HOMEGUARD_TLS=false forbids: allow it, or say --insecure-lan")
    is_open = lan or settings.insecure_lan
    broker = Broker.prepare(
        settings,
        lan=lan,
        pair=shown.pair if shown else None,
        tls_host=shown.host_for(lan_address() if is_open else LOOPBACK) if shown else None,
        device_ids=_device_ids(sim),
    )
    try:
        Run(settings, _address_of(broker), broker, sim, shown, begin_anew=begin_anew).run()
    finally:
        broker.release()


def _serve(settings: Settings, *, begin_anew: bool) -> None:
    if settings.mqtt_url is None:
        raise Misconfigured("HOMEGUARD_MQTT_URL is not set: which broker? `homeguard up` starts one of its own")
    address = Address.of(settings)
    for each in (address, admin_of(settings)):
        if each and not (each.is_tls or settings.insecure_lan or is_local(each.host)):
            raise Misconfigured(
                f"mqtt:// to {each.host} sends a password and all events readable over the network: "
                "use mqtts://, or say --insecure-lan where nobody else can listen"
            )
    Run(settings, address, None, 0, find_certificate(settings), begin_anew=begin_anew).run()


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
