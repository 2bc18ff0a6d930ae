"""An enforcer of blocks, played by a test: an account of its own at the broker (docs/contract.md), and reports."""

import json
import subprocess
from typing import Any

from tests.integration.home import Home

NAME = "firewall"
PASSWORD = "an enforcer's password"


class Enforcer:
    """Reports what it is told to; `home` runs."""

    def __init__(self, home: Home) -> None:
        """Make the account."""
        self._home = home
        topic = f"homeguard/blocks/+/report/{NAME}"
        for words in (
            ["createRole", NAME],
            ["addRoleACL", NAME, "publishClientSend", topic, "allow"],
            ["createClient", NAME, "-p", PASSWORD],
            ["addClientRole", NAME, NAME],
        ):
            admin = (home.data_dir / "secrets" / "broker-admin-password").read_text().strip()
            self._run("mosquitto_ctrl", "-u", "homeguard-admin", "-P", admin, after=["dynsec", *words])

    def report(self, device_id: str, state: str, **more: Any) -> None:
        """Say what is really in force."""
        where = [
            "-q",
            "1",
            "-t",
            f"homeguard/blocks/{device_id}/report/{NAME}",
            "-m",
            json.dumps({"state": state, **more}),
        ]
        self._run("mosquitto_pub", "-u", NAME, "-P", PASSWORD, after=where)

    def _run(self, program: str, *who: str, after: list[str]) -> None:
        where = ["-h", "127.0.0.1", "-p", str(self._home.mqtt_port)]
        subprocess.run([program, *where, *who, *after], check=True, timeout=10, capture_output=True)
