"""The peers: what a user would pick instead of HomeGuard, and the limit."""

import os
import sys
from pathlib import Path
from typing import Final

from bench.processes import ROOT, listens, program, start, wait_for
from bench.server import FRAME_BYTES, Server

_PUBLISH_BYTES: Final = 21  # what MQTT puts before the payload on the topic homeguard/alerts


class Peer(Server):
    """A server without a broker: the client gives it each frame's payload on a trigger port."""

    def command(self) -> list[str | Path]:
        """Return what to run."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait for both ports."""
        environment = {"PYTHONPATH": str(ROOT)}
        if self.place.node_modules is not None:
            environment["WS_FROM"] = f"{self.place.node_modules}/"
        log = self.place.directory / "peer.log"
        self.process = start(self.command(), core=self.place.cores.server, log=log, environment=environment)
        ready = lambda: listens(self.port) and listens(self.feed_port)  # noqa: E731
        wait_for(ready, self.process, type(self).__name__, log)

    @property
    def options(self) -> list[str]:
        """Speak plain WebSocket, and trigger with HomeGuard's own frame."""
        return [
            *("--port", str(self.port), "--speech", "plain", "--trigger", str(self.feed_port)),
            *("--envelope", "--body-bytes", str(FRAME_BYTES)),
        ]


class SendLoop(Peer):
    """The limit: send() in a loop in C, one frame a write."""

    joined = 1

    def command(self) -> list[str | Path]:
        """Run it."""
        return [self.place.programs.sendloop, str(self.port), str(self.feed_port), str(self.joined)]


class SendLoopJoined(SendLoop):
    """The limit with joined writes: as many waiting frames as 64 to a send."""

    joined = 64


class SendJson(Peer):
    """FastAPI and `send_json` in a loop."""

    def command(self) -> list[str | Path]:
        """Run it."""
        return [sys.executable, "-m", "bench.peers.send_json", str(self.port), str(self.feed_port)]


class Broadcast(Peer):
    """`websockets`' broadcast."""

    def command(self) -> list[str | Path]:
        """Run it."""
        return [sys.executable, "-m", "bench.peers.broadcast", str(self.port), str(self.feed_port)]


class NodeWs(Peer):
    """Node's ws."""

    def command(self) -> list[str | Path]:
        """Run it."""
        return ["node", ROOT / "bench" / "peers" / "ws.mjs", str(self.port), str(self.feed_port)]


class MosquittoListener(Server):
    """Mosquitto's own websockets listener: MQTT over WebSocket, QoS 0 to the subscribers."""

    def start(self) -> None:
        """Write its configuration and start it."""
        config = self.place.directory / "mosquitto-listener.conf"
        config.write_text(
            f"listener {self.feed_port} 127.0.0.1\nlistener {self.port}\nprotocol websockets\nallow_anonymous true\n"
            "set_tcp_nodelay true\nmax_inflight_messages 500\nmax_queued_messages 100000\n"
            f"log_dest stderr\nlog_type error\nuser {'root' if os.geteuid() == 0 else ''}\n"
        )
        log = self.place.directory / "mosquitto-listener.log"
        command: list[str | Path] = [program("mosquitto") or "mosquitto", "-c", config]
        self.process = start(command, core=self.place.cores.server, log=log)
        wait_for(lambda: listens(self.port) and listens(self.feed_port), self.process, "Mosquitto", log)

    @property
    def options(self) -> list[str]:
        """Speak MQTT over WebSocket; payloads are shorter by MQTT's own header, so that frames are equally long."""
        return [
            *("--port", str(self.port), "--path", "/mqtt", "--speech", "mqtt", "--mqtt", str(self.feed_port)),
            *("--envelope", "--body-bytes", str(FRAME_BYTES - _PUBLISH_BYTES)),
        ]
