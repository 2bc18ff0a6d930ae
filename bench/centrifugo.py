"""Centrifugo as a peer, where there is a binary on the PATH: its unidirectional WebSocket, fed by its HTTP API.

Written from its documentation, without a binary to try: https://centrifugal.dev/docs/transports/uni_websocket and
…/uni_client_protocol (frames), …/server/authentication (the `channels` of a token), …/server/server_api (`batch`),
…/server/configuration, as they were for v6.8; the names of v5's options from the same pages below /docs/5/. So it
proves itself before it is measured: what it does not do as written leaves it out of the tables, with the reason.
"""

import json
import re
import subprocess
import time
import urllib.request
from typing import Any, Final

import jwt
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from bench.processes import CannotMeasure, listens, program, start, wait_for
from bench.server import FRAME_BYTES, Place, Server

CHANNEL: Final = "alerts"  # without a slash or a colon, which mean something in a name of Centrifugo's
PATH: Final = "/connection/uni_websocket"
KEY: Final = "a key for one run on loopback, and no secret"
TOKEN_SECONDS: Final = 24 * 3600
QUEUE_BYTES: Final = 64 * 1024 * 1024  # a client may fall behind so far; the default of 1 MiB would end a saturated one
PROOF_SECONDS: Final = 5.0  # until the first frame
_AROUND: Final = '{{"channel":"{channel}","pub":{{"data":{data}}}}}'  # what it writes around an event


class Centrifugo(Server):
    """One node with its in-memory engine, without history: nothing is kept."""

    def start(self) -> None:
        """Write its configuration, start it, and let one event through."""
        binary = program("centrifugo")
        if binary is None:
            raise CannotMeasure("no binary on the PATH")
        config = self.place.directory / "centrifugo.json"
        config.write_text(json.dumps(_config(_major(binary), self.port), indent=1))
        log = self.place.directory / "centrifugo.log"
        self.process = start([binary, "--config", config], core=self.place.cores.server, log=log)
        wait_for(lambda: listens(self.port), self.process, "Centrifugo", log)
        try:
            self._prove()
        except (OSError, EOFError, ValueError, WebSocketException) as error:
            raise CannotMeasure(f"{type(error).__name__}: {error}") from error

    @property
    def options(self) -> list[str]:
        """Speak its protocol on one port; payloads are shorter by what it writes around them."""
        around = len(_AROUND.format(channel=CHANNEL, data=""))
        return [
            *("--port", str(self.port), "--path", PATH, "--speech", "centrifugo", "--topic", CHANNEL),
            *("--trigger", str(self.port), "--body-bytes", str(FRAME_BYTES - around)),
        ]

    @property
    def secrets(self) -> dict[str, str]:
        """Return the first frame of a client."""
        return {"BENCH_GREETING": self._greeting}

    @property
    def _greeting(self) -> str:
        claims = {"sub": "bench", "channels": [CHANNEL], "exp": int(time.time()) + TOKEN_SECONDS}
        return json.dumps({"token": jwt.encode(claims, KEY, "HS256")})

    def _prove(self) -> None:
        """Publish one event, and see that it comes to a client as the measuring client expects it."""
        event = '{"reason":"Proof","id":"000000000000","t":"0000000000000000"}'
        expected = _AROUND.format(channel=CHANNEL, data=event)
        with connect(f"ws://127.0.0.1:{self.port}{PATH}", open_timeout=PROOF_SECONDS, compression=None) as client:
            client.send(self._greeting)
            greeting = str(client.recv(PROOF_SECONDS))
            if CHANNEL not in json.loads(greeting).get("connect", {}).get("subs", {}):
                raise CannotMeasure(f"it does not subscribe a client to the channel of its token: {greeting[:200]}")
            self._publish(event)
            said = str(client.recv(PROOF_SECONDS))
            if said != expected:
                raise CannotMeasure(f"an event comes as {said[:200]}, not as {expected}")

    def _publish(self, event: str) -> None:
        command = f'{{"commands":[{{"publish":{{"channel":"{CHANNEL}","data":{event}}}}}]}}'
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/batch", command.encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PROOF_SECONDS) as answer:  # noqa: S310
            said = answer.read().decode(errors="replace")
        if '"error":' in said:
            raise CannotMeasure(f"its API refuses an event: {said[:200]}")


def why_not(place: Place) -> str | None:
    """Tell why it cannot be measured here, None where it can: it was started, and an event came through."""
    if program("centrifugo") is None:
        return "no binary on the PATH"
    try:
        with Centrifugo(place):
            return None
    except CannotMeasure as error:
        return f"it does not do what its documentation says ({error})"


def _major(binary: str) -> int:
    done = subprocess.run([binary, "version"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    found = re.search(r"\bv?(\d+)\.\d+", done.stdout)
    if found is None:
        raise CannotMeasure(f"`centrifugo version` says no version: {done.stdout[:100]!r}")
    return int(found[1])


def _config(major: int, port: int) -> dict[str, Any]:
    """Write the configuration as this version names it; the API needs no key, for it is on loopback."""
    if major >= 6:
        return {
            "http_server": {"address": "127.0.0.1", "port": port},
            "http_api": {"insecure": True},
            "client": {"token": {"hmac_secret_key": KEY}, "queue_max_size": QUEUE_BYTES},
            "uni_websocket": {"enabled": True},
            "log": {"level": "error"},
        }
    return {
        "address": "127.0.0.1",
        "port": port,
        "api_insecure": True,
        "token_hmac_secret_key": KEY,
        "client_queue_max_size": QUEUE_BYTES,
        "uni_websocket": True,
        "log_level": "error",
    }
