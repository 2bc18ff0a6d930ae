"""What `homeguard up` prints when everything runs: where it is, and a line to paste."""

import shlex
from collections.abc import Sequence

from bridge.address import Address
from homeguard.settings import Settings

ALERT = '{"device_id":"cam-1","reason":"Port scan"}'


def banner(
    settings: Settings,
    *,
    url: str,
    address: Address,
    publish_command: str | None,
    over_tls: tuple[str, int] | None,
    password: str | None,
    notes: Sequence[str],
) -> str:
    """Write it; `password` is the admin's where it was made just now.

    `publish_command` and `over_tls` (where devices connect) are those of our own broker.
    """
    signed_in = f"admin, with the password {password} (shown this once)" if password else "with your user and password"
    lines = [
        "",
        "HomeGuard is running.",
        "",
        f"  Open         {url}/",
        f"  Sign in      {signed_in}",
        f"  API          {url}/docs",
        f"  Live         {url.replace('http', 'ws', 1)}/ws/alerts  {url.replace('http', 'ws', 1)}/ws/devices",
        f"  Broker       {address.host} port {address.port}",
        *([f"  With TLS     {over_tls[0]} port {over_tls[1]}"] if over_tls else []),
        f"  Data         {settings.data_dir}",
        *(f"  Note         {note}" for note in notes),
        "",
        *_how_to_publish(settings, address, publish_command),
        "",
        "Follow it with `homeguard tail alerts`. Stop with Ctrl-C.",
        "",
    ]
    return "\n".join(lines)


def _how_to_publish(settings: Settings, address: Address, publish_command: str | None) -> list[str]:
    if not settings.has_flat_topics:
        return [
            "Only devices publish, each with its own account and on its own topics",
            f"({settings.topic_prefix}/alerts/ID and the like): HOMEGUARD_FLAT_TOPICS is closed.",
        ]
    return ["Publish an alert from another terminal:", "", f"  {_publish_line(settings, address, publish_command)}"]


def _publish_line(settings: Settings, address: Address, publish_command: str | None) -> str:
    what = f"-t {settings.topic_prefix}/alerts -m {shlex.quote(ALERT)}"
    if publish_command is None:
        return f"mosquitto_pub -h {address.host} -p {address.port} -u YOUR_USER -P YOUR_PASSWORD -q 1 {what}"
    return f"{publish_command} {what}"
