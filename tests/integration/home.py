"""`homeguard up` as a person starts it: a process of its own, its words, its doors, its end."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from bridge.broker import known_address
from homeguard.certificates.tls import client_context
from homeguard.settings import load_settings
from tests.waiting import wait_until

HOMEGUARD = str(Path(sys.executable).with_name("homeguard"))
PASSWORD = "correct horse battery"


class Home:
    """One data directory, and the `homeguard` processes that run on it."""

    def __init__(self, data_dir):
        self.data_dir = data_dir
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.process: Any = None

    def environment(self, **variables):
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("HOMEGUARD_")},
            "HOMEGUARD_DATA_DIR": str(self.data_dir),
            "PYTHONUNBUFFERED": "1",
            "HOMEGUARD_TELL_NEW": "false",  # most tests are of a home that knows its devices
            **variables,
        }

    def start(self, *options, command="up", **variables):
        """Start it and return at once."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [HOMEGUARD, command, *options], stdout=log, stderr=log, env=self.environment(**variables)
            )
        return self

    def up(self, *options, password=PASSWORD, **variables):
        """Start everything on free ports, and wait until it says so."""
        begins = len(self.said)
        given = variables | ({"HOMEGUARD_ADMIN_PASSWORD": password} if password else {})
        self.start("--port", "0", "--mqtt-port", "0", *options, **given)
        wait_until(lambda: "HomeGuard is running" in self.said[begins:] or self.process.poll() is not None, timeout=30)
        assert self.process.poll() is None, self.said
        return self

    def run(self, *words, **options):
        """Run another command to its end."""
        return subprocess.run(
            [HOMEGUARD, *words], env=self.environment(), capture_output=True, text=True, timeout=30, **options
        )

    @contextmanager
    def beside(self, *words):
        """Run another command beside it, until the block ends; it must end well on Ctrl-C."""
        process = subprocess.Popen(
            [HOMEGUARD, *words], env=self.environment(), stdout=subprocess.PIPE, text=True, bufsize=1
        )
        try:
            yield process
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()

    @property
    def said(self):
        return self.log.read_text() if self.log.exists() else ""

    @property
    def running(self):
        return json.loads((self.data_dir / "running.json").read_text())

    @property
    def tls(self):
        """Whom to believe, None where it speaks no TLS."""
        return client_context(self.running["ca_file"]) if self.running["url"].startswith("https:") else None

    @property
    def port(self):
        return int(self.running["url"].rpartition(":")[2].rstrip("/"))

    @property
    def mqtt_port(self):
        return known_address(load_settings(data_dir=self.data_dir))[1]

    @property
    def broker_pid(self):
        return int((self.data_dir / "broker" / "mosquitto.pid").read_text())

    def publish_line(self):
        """Return the mosquitto_pub line that was printed last."""
        return re.findall(r"^ *(mosquitto_pub .*)$", self.said, re.MULTILINE)[-1]

    def publish(self, payload, topic="alerts"):
        """Publish as the operator, with Mosquitto's own client."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        subprocess.run([*self.pub(topic), "-m", text], check=True, timeout=10)

    def publish_many(self, payloads, topic="alerts"):
        """Publish one after another, over one connection."""
        lines = "".join(f"{json.dumps(payload)}\n" for payload in payloads)
        subprocess.run([*self.pub(topic), "-l"], input=lines, text=True, check=True, timeout=60)

    def pub(self, topic):
        """Return the words of mosquitto_pub as the operator, without what it publishes."""
        password = (self.data_dir / "secrets" / "broker-operator-password").read_text().strip()
        where = ["-h", "127.0.0.1", "-p", str(self.mqtt_port), "-u", "operator", "-P", password]
        return ["mosquitto_pub", *where, "-q", "1", "-t", f"homeguard/{topic}"]

    def kill(self):
        """End it as a power cut does: SIGKILL, and nothing is said to anybody."""
        self.process.kill()
        self.process.wait(10)

    def stop(self, number=signal.SIGTERM):
        """Ask it to end; returns its exit status."""
        if self.process is None:
            return None
        self.process.send_signal(number)
        return self.process.wait(15)

    @asynccontextmanager
    async def client(self, password=PASSWORD):
        """Sign in as the admin."""
        async with httpx.AsyncClient(base_url=self.running["url"], timeout=10, verify=self.tls or True) as client:
            answer = await client.post("/api/auth/login", json={"username": "admin", "password": password})
            assert answer.status_code == 200, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client

    @asynccontextmanager
    async def listen(self, path, client):
        """Open a channel with the client's token."""
        url = self.running["url"].replace("http", "ws", 1) + path
        headers = {"Authorization": client.headers["Authorization"]}
        async with connect(url, additional_headers=headers, compression=None, proxy=None, ssl=self.tls) as websocket:
            yield websocket


async def hear(websocket, condition, seconds=20):
    """Receive frames until one fits; returns it."""
    async with asyncio.timeout(seconds):
        while True:
            frame = json.loads(await websocket.recv())
            if condition(frame):
                return frame
