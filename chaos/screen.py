"""One screen, a process of its own: `python -m chaos.screen`, with what to do as JSON on its arguments.

Follows the alerts through `homeguard.client.subscribe` from the beginning and writes down what it renders. The ledger
is also its memory: killed and started again, it resumes behind the last line. Runs until it is ended.
"""

import asyncio
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import httpx
import orjson

from chaos.ledger import CATEGORY, Ledger, Rendered, read_rendered
from homeguard.backoff import Backoff
from homeguard.client import subscribe
from homeguard.client.frames import Frame
from homeguard.errors import BadCredentials, Unavailable

LONGEST_WAIT_SECONDS: Final = 1.0  # to the next attempt; the default of 30 s would measure the pauses, not HomeGuard
SIGN_IN_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Watch:
    """Where one screen signs in, and where it writes."""

    name: str
    url: str
    password: str
    directory: Path

    @property
    def ledger(self) -> Path:
        """Where it writes down what it rendered."""
        return self.directory / f"{self.name}.ledger"

    def write(self) -> str:
        """Write it for the command line."""
        return orjson.dumps(asdict(self) | {"directory": str(self.directory)}).decode()

    @classmethod
    def read(cls, text: str) -> "Watch":
        """Read it from the command line."""
        given = orjson.loads(text)
        return cls(**given | {"directory": Path(given["directory"])})


class Screen:
    """The alerts channel as one client shows it."""

    def __init__(self, watch: Watch) -> None:
        """Go on where the ledger ends."""
        self._watch = watch
        shown = read_rendered(watch.ledger)
        self._seq, self._epoch = (shown[-1].seq, shown[-1].epoch) if shown else (0, None)
        self._ledger = Ledger(watch.ledger)
        self._is_storage_online = True

    async def run(self) -> None:
        """Render for ever; a token that a stepped clock has ended is replaced by a new sign-in."""
        waits = Backoff(0.25, LONGEST_WAIT_SECONDS)
        while True:
            try:
                async for frame in subscribe(
                    self._watch.url,
                    "alerts",
                    token=self._sign_in,
                    since=self._seq,
                    epoch=self._epoch,
                    backoff=waits,
                    on_hello=lambda _: self._ledger.write({"greeted": time.monotonic()}),
                ):
                    self._take(frame)
            except BadCredentials as error:
                self._ledger.write({"signed_out": str(error)})
                await asyncio.sleep(waits.next())

    def _take(self, frame: Frame) -> None:
        if frame.type == "status":
            self._take_status(frame.data["storage"] == "online", frame.data.get("reason"))
        elif frame.type == "gap":
            self._render(Rendered("gap", frame.raw["to"], frame.raw["from"], frame.epoch, at=time.monotonic()))
        elif frame.seq is not None:
            self._render(_rendered(frame, frame.seq))

    def _render(self, rendered: Rendered) -> None:
        self._ledger.write(asdict(rendered))
        self._seq, self._epoch = rendered.seq, rendered.epoch

    def _take_status(self, is_online: bool, reason: str | None) -> None:
        if self._is_storage_online and not is_online:
            self._ledger.write({"storage_offline": reason})
        self._is_storage_online = is_online

    async def _sign_in(self) -> str:
        try:
            async with httpx.AsyncClient(timeout=SIGN_IN_SECONDS) as client:
                who = {"username": "admin", "password": self._watch.password}
                answer = await client.post(f"{self._watch.url}/api/auth/login", json=who)
                answer.raise_for_status()
                return str(answer.json()["access_token"])
        except httpx.HTTPError as error:
            raise Unavailable("the sign-in", str(error)) from error


def _rendered(frame: Frame, seq: int) -> Rendered:
    is_ours = frame.type == "new_alert" and frame.data.get("category") == CATEGORY
    details = frame.data["details"] if is_ours else {}
    return Rendered(
        "event",
        seq,
        frame.prev or 0,
        frame.epoch,
        frame.data["device_id"] if is_ours else None,
        details.get("number"),
        time.monotonic(),
        details.get("born", 0.0),
    )


if __name__ == "__main__":
    asyncio.run(Screen(Watch.read(sys.argv[1])).run())
