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
        """Make the account, and say that it is there: from then on every block waits for it."""
        self._home = home
        administer(home, ["createRole", NAME])
        for topic in f"homeguard/blocks/+/report/{NAME}", f"homeguard/enforcers/{NAME}":
            administer(home, ["addRoleACL", NAME, "publishClientSend", topic, "allow"])
        administer(home, ["createClient", NAME, "-p", PASSWORD])
        administer(home, ["addClientRole", NAME, NAME])
        there = json.dumps({"state": "online", "kind": NAME})
        self._publish(["-r", "-t", f"homeguard/enforcers/{NAME}", "-m", there])

    def report(self, device_id: str, state: str, **more: Any) -> None:
        """Say what is really in force."""
        topic, said = f"homeguard/blocks/{device_id}/report/{NAME}", json.dumps({"state": state, **more})
        self._publish(["-t", topic, "-m", said])

    def _publish(self, words: list[str]) -> None:
        run(self._home, "mosquitto_pub", NAME, PASSWORD, ["-q", "1", *words])


def administer(home: Home, words: list[str]) -> None:
    """Change what accounts of the home's broker may do."""
    password = (home.data_dir / "secrets" / "broker-admin-password").read_text().strip()
    run(home, "mosquitto_ctrl", "homeguard-admin", password, ["dynsec", *words])


def run(home: Home, program: str, username: str, password: str, words: list[str]) -> None:
    """Run one of Mosquitto's programs as somebody."""
    where = ["-h", "127.0.0.1", "-p", str(home.mqtt_port), "-u", username, "-P", password]
    subprocess.run([program, *where, *words], check=True, timeout=10, capture_output=True)
