"""The outbox for a loop: its disk is waited for in a thread of its own."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from homeguard.client.outbox import Entry, Number, Outbox

P = ParamSpec("P")
T = TypeVar("T")


class OutboxThread:
    """An outbox for a loop: its file is touched by one thread of its own, a memory one by the loop itself."""

    def __init__(self, outbox: Outbox, name: str) -> None:
        """Take the outbox; the thread starts on first use."""
        self._outbox = outbox
        self._executor = None if outbox.is_in_memory else ThreadPoolExecutor(1, thread_name_prefix=f"outbox-{name}")

    async def add(self, id: str, write: Callable[[Number], bytes]) -> None:
        """See `Outbox.add`."""
        await self._run(self._outbox.add, id, write)

    async def after(self, n: int, limit: int) -> list[Entry]:
        """See `Outbox.after`."""
        return await self._run(self._outbox.after, n, limit)

    async def remove(self, ids: Sequence[str]) -> list[Entry]:
        """See `Outbox.remove`."""
        return await self._run(self._outbox.remove, ids)

    async def count(self) -> int:
        """See `Outbox.count`."""
        return await self._run(self._outbox.count)

    async def close(self) -> None:
        """Close the file and end the thread; it cannot be used again."""
        await self._run(self._outbox.close)
        if self._executor is not None:
            self._executor.shutdown(wait=False)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._executor is None:
            return work(*args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(work, *args, **kwargs))
