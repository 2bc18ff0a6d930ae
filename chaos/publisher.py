"""One publisher, a process of its own: `python -m chaos.publisher`, with what to do as JSON on its arguments.

Raises its numbers at a steady rate through `homeguard.client.Device`, and writes down what it was promised. Killed and
started again it goes on behind the last number that it had begun. Ends when everything it raised is proved stored.
"""

import asyncio
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from chaos.ledger import CATEGORY, Ledger, Published
from homeguard.backoff import Backoff
from homeguard.client import Device

LOOK_SECONDS: Final = 0.1  # between two looks at what has left the outbox
LONGEST_WAIT_SECONDS: Final = 1.0  # to the next attempt; the default of 30 s would measure the pauses, not HomeGuard


@dataclass(frozen=True, slots=True)
class Task:
    """What one publisher has to do; `begins` is seconds of CLOCK_MONOTONIC."""

    device_id: str
    port: int
    password: str
    directory: Path
    numbers: int
    each_seconds: float
    begins: float

    @property
    def ledger(self) -> Path:
        """Where it writes down what it did."""
        return self.directory / f"{self.device_id}.ledger"

    @property
    def outbox(self) -> Path:
        """Where its alerts wait for their proof."""
        return self.directory / f"{self.device_id}.outbox"

    def write(self) -> str:
        """Write it for the command line."""
        return orjson.dumps(asdict(self) | {"directory": str(self.directory)}).decode()

    @classmethod
    def read(cls, text: str) -> "Task":
        """Read it from the command line."""
        given = orjson.loads(text)
        return cls(**given | {"directory": Path(given["directory"])})


class Publisher:
    """The numbers of one device."""

    def __init__(self, task: Task) -> None:
        """Go on where the ledger ends."""
        self._task = task
        self._published = Published.read(task.ledger)
        self._ledger = Ledger(task.ledger)

    async def run(self) -> None:
        """Raise what is left, and return when all of it is proved."""
        task = self._task
        async with (
            Device(
                task.device_id,
                "127.0.0.1",
                task.port,
                password=task.password,
                outbox=task.outbox,
                backoff=Backoff(0.25, LONGEST_WAIT_SECONDS),
                on_rejected=lambda rejection: self._ledger.write({"rejected": rejection.id}, is_durable=True),
            ) as device,
            asyncio.TaskGroup() as tasks,
        ):
            await device.waiting()  # makes the outbox file
            raising = tasks.create_task(self._raise(device), name="raise")
            while not (raising.done() and len(self._published.proved) == len(self._published.kept)):
                await asyncio.sleep(LOOK_SECONDS)
                self._note_proofs()
            await device.drained()  # also what was begun and not noted as kept

    async def _raise(self, device: Device) -> None:
        for number in range(max(self._published.begun, default=0) + 1, self._task.numbers + 1):
            due = self._task.begins + number * self._task.each_seconds
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._ledger.write({"begun": number})
            details = {"number": number, "born": time.monotonic()}
            id = await device.alert(f"Number {number}", severity="info", category=CATEGORY, details=details)
            self._ledger.write({"kept": number, "id": id})
            self._published.kept[number] = id

    def _note_proofs(self) -> None:
        """Write down what has left the outbox since the last look: an alert leaves it on the proof alone."""
        open_numbers = self._published.kept.keys() - self._published.proved
        with closing(sqlite3.connect(f"file:{self._task.outbox}?mode=ro", uri=True)) as outbox:
            waiting = {id for (id,) in outbox.execute("SELECT id FROM outbox")}
        proved = sorted(number for number in open_numbers if self._published.kept[number] not in waiting)
        if proved:
            self._ledger.write(*({"proved": number} for number in proved), is_durable=True)
            self._published.proved.update(proved)


if __name__ == "__main__":
    asyncio.run(Publisher(Task.read(sys.argv[1])).run())
