"""The publishers and the screens of a run: started again when they are killed, ended when it is over."""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chaos.ledger import Published, read_rendered
from chaos.processes import Child, module
from chaos.publisher import Task
from chaos.screen import Watch

LOOK_SECONDS: Final = 0.05


class Crowd:
    """Everybody outside of HomeGuard."""

    def __init__(self, tasks: Sequence[Task], watches: Sequence[Watch], logs: Path) -> None:
        """Take who there is; nobody is started yet."""
        self._tasks = tasks
        self._watches = watches
        self.publishers = [_child("chaos.publisher", task.device_id, task.write(), logs) for task in tasks]
        self.screens = [_child("chaos.screen", watch.name, watch.write(), logs) for watch in watches]
        self.broken: list[str] = []  # who ended on an error of its own

    def start(self) -> None:
        """Start everybody."""
        for child in (*self.publishers, *self.screens):
            child.start()

    async def keep_running(self) -> None:
        """Start whoever was killed again; for ever. A publisher that has done its task stays ended."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for child in (*self.publishers, *self.screens):
                if child.exit_status in (None, 0):
                    continue
                if child.exit_status != -signal.SIGKILL:
                    self.broken.append(f"{child.name} ended with {child.exit_status}: {child.last_words(500)}")
                child.start()

    def stop(self) -> None:
        """End everybody."""
        for child in (*self.publishers, *self.screens):
            child.kill()

    @property
    def is_done(self) -> bool:
        """Whether every publisher has raised all of its numbers and has the proof of each."""
        return all(child.exit_status == 0 for child in self.publishers)

    def is_at(self, seq: int) -> bool:
        """Tell whether every screen has shown everything up to this `seq`."""
        shown = (read_rendered(watch.ledger) for watch in self._watches)
        return all(one and one[-1].seq >= seq for one in shown)

    def published(self) -> dict[str, Published]:
        """Read the ledgers of the publishers."""
        return {task.device_id: Published.read(task.ledger) for task in self._tasks}


def _child(name: str, who: str, arguments: str, logs: Path) -> Child:
    return Child(who, module(name, arguments), logs / f"{who}.log", {})
