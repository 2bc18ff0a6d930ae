"""`homeguard enforce`: makes blocks real from this box, which may be the router and hold nothing else of HomeGuard."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.enforce_account import account_of, read_secret, trust
from cli.enforce_unit import unit
from cli.errors import errors_told
from homeguard.errors import HomeGuardError, Misconfigured
from homeguard.topics import NeighboursTopic, Topics, is_device_id

if TYPE_CHECKING:
    from enforce.client import EnforcerClient
    from enforce.enforcer import Enforcer
    from enforce.neighbours.newcomers import Newcomer
    from homeguard.client.link import Account

logger = logging.getLogger(__name__)

WATCH_AGAIN_SECONDS = 5.0  # after the kernel or the broker was away; then everybody who is there is told again


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    kind: str
    name: str
    watch: bool
    state_dir: Path
    webhook: str | None
    webhook_secret_file: Path | None
    webhook_ca: Path | None


def enforce(
    firewall: Annotated[bool, typer.Option("--firewall", help="Block by nftables on this box.")] = False,
    webhook: Annotated[str | None, typer.Option(help="Tell this URL, signed, what is to be blocked.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Block nobody, and say so in the reports.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Also tell HomeGuard who is on this box's network.")] = False,
    mqtt_url: Annotated[
        str | None,
        typer.Option(help="mqtts://enforcer-NAME@host:8883", show_default="the `homeguard up` of this box"),
    ] = None,
    password_file: Annotated[Path | None, typer.Option(help="Where the password of the account is.")] = None,
    cafile: Annotated[Path | None, typer.Option(help="The authority of the broker's certificate.")] = None,
    name: Annotated[str | None, typer.Option(help="Under which it reports.", show_default="what it is")] = None,
    topic_prefix: Annotated[
        str, typer.Option(help="First level of every topic.", envvar="HOMEGUARD_TOPIC_PREFIX")
    ] = "homeguard",
    webhook_secret_file: Annotated[Path | None, typer.Option(help="The secret that signs; 16 bytes or more.")] = None,
    webhook_ca: Annotated[Path | None, typer.Option(help="The authority of the webhook's certificate.")] = None,
    state_dir: Annotated[
        Path | None, typer.Option(help="What must outlive a restart.", show_default="$STATE_DIRECTORY, or the data's")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let passwords and wishes leave this box unencrypted.")
    ] = False,
    print_unit: Annotated[bool, typer.Option("--print-unit", help="Print a systemd unit for this, and end.")] = False,
) -> None:
    """Make blocks real: one enforcer, for as long as it runs."""
    with errors_told("homeguard enforce"):
        kind = _kind(firewall=firewall, webhook=webhook, dry_run=dry_run, watch=watch)
        wanted = Wanted(
            kind,
            _checked_name(name or kind),
            watch,
            state_dir or _state_dir(),
            None if webhook is None else _checked_target(webhook, insecure=insecure),
            webhook_secret_file,
            webhook_ca,
        )
        if print_unit:
            said = {
                "--webhook": webhook,
                "--webhook-ca": webhook_ca,
                "--cafile": cafile,
                "--topic-prefix": None if topic_prefix == "homeguard" else topic_prefix,
            }
            words = [word for name, value in said.items() if value is not None for word in (name, str(value))]
            words += ["--watch"] * watch + ["--insecure"] * insecure
            typer.echo(unit(wanted.kind, wanted.name, words, mqtt_url=mqtt_url))
            return
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(message)s")
        logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each look at the webhook
        account = account_of(wanted.name, mqtt_url, password_file, cafile, insecure=insecure)
        asyncio.run(_run(wanted, account, Topics(topic_prefix)))


def _kind(*, firewall: bool, webhook: str | None, dry_run: bool, watch: bool) -> str:
    kinds = {"firewall": firewall, "webhook": webhook is not None, "dry-run": dry_run}
    chosen = [kind for kind, is_chosen in kinds.items() if is_chosen]
    if watch and not chosen:
        return "neighbours"
    if len(chosen) != 1:
        raise Misconfigured(
            "say one of --firewall, --webhook URL and --dry-run, or --watch alone; for more, start it once for each"
        )
    return chosen[0]


def _checked_name(name: str) -> str:
    if not is_device_id(name):
        raise Misconfigured(f"--name {name!r}: 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter or digit")
    if name == "broker":
        raise Misconfigured("--name broker is the enforcer within `homeguard up`: choose another")
    return name


def _checked_target(url: str, *, insecure: bool) -> str:
    from enforce.webhook import checked_target

    return checked_target(url, insecure=insecure)


def _state_dir() -> Path:
    given = os.environ.get("STATE_DIRECTORY")  # systemd.exec(5); with several, the first
    if given:
        return Path(given.split(":")[0])
    from homeguard.places import default_data_dir

    return Path(os.environ.get("HOMEGUARD_DATA_DIR") or default_data_dir()) / "enforce"


async def _run(wanted: Wanted, account: "Account", topics: Topics) -> None:
    from enforce.client import EnforcerClient

    enforcer = await _make(wanted, account)
    client = EnforcerClient(enforcer, account, topics)
    tell_all = _teller(wanted.name, client, topics) if wanted.watch else None
    main = asyncio.current_task()
    assert main is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, main.cancel)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(client.run(), name="enforcer")
            if tell_all is not None:
                tasks.create_task(tell_all(), name="neighbours")
    except asyncio.CancelledError:
        logger.info("enforcer %s: stopped; what is in force stays", wanted.name)


async def _make(wanted: Wanted, account: "Account") -> "Enforcer":
    match wanted.kind:
        case "firewall":
            return await _firewall(wanted, account)
        case "webhook":
            return _webhook(wanted)
        case "neighbours":
            from enforce.onlooker import Onlooker

            return Onlooker(wanted.name)
        case _:
            from enforce.dry_run import DryRun

            return DryRun(wanted.name)


async def _firewall(wanted: Wanted, account: "Account") -> "Enforcer":
    try:
        from enforce.firewall.enforcer import FirewallEnforcer
    except ImportError as error:
        raise Misconfigured(f"the firewall needs more: pip install 'homeguard[enforce]' ({error})") from error
    wanted.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    enforcer = FirewallEnforcer(
        wanted.name, broker_host=account.host, saved=wanted.state_dir / f"{wanted.name}-firewall.json"
    )
    try:
        count = await enforcer.restore()
        if count:
            logger.info("enforcer %s: blocks %d devices as before the boot", wanted.name, count)
    except HomeGuardError as error:
        logger.warning("enforcer %s: not blocked as before the boot: %s", wanted.name, error)
    return enforcer


def _webhook(wanted: Wanted) -> "Enforcer":
    from enforce.webhook import WebhookEnforcer
    from enforce.webhook_outbox import WebhookOutbox

    assert wanted.webhook is not None
    if wanted.webhook_secret_file is None:
        raise Misconfigured("--webhook needs --webhook-secret-file: `openssl rand -hex 32 > FILE; chmod 600 FILE`")
    secret = read_secret(wanted.webhook_secret_file, "--webhook-secret-file").strip()
    outbox = WebhookOutbox(wanted.state_dir / f"{wanted.name}-webhook.db")
    return WebhookEnforcer(wanted.webhook, secret, outbox, wanted.name, tls=trust(wanted.webhook_ca, "--webhook-ca"))


def _teller(name: str, client: "EnforcerClient", topics: Topics) -> Callable[[], Coroutine[None, None, None]]:
    """Return what tells for ever who is on the network; whoever was told while the broker was away is told again."""
    try:
        from enforce.neighbours.watch import watch
    except ImportError as error:
        raise Misconfigured(f"--watch needs more: pip install 'homeguard[enforce]' ({error})") from error
    import orjson

    async def tell(newcomer: "Newcomer") -> None:
        await client.say(topics.format(NeighboursTopic(name)), orjson.dumps(newcomer.to_json()))

    async def tell_all() -> None:
        while True:
            try:
                await watch(tell)
            except HomeGuardError as error:
                logger.debug("neighbours: %s; trying again", error)
            await asyncio.sleep(WATCH_AGAIN_SECONDS)

    return tell_all
