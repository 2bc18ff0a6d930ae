"""The one thread that writes to the journal: takes work in turn, and says on the event loop what became of it."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Writer:
    """A thread for blocking work, one at a time.

    What a `ThreadPoolExecutor` does besides costs as much as a small transaction: two futures with a lock each, and two
    ways back into the loop for every write.
    """

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self._work: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            del work  # or what it holds would live until there is more

    async def run(self, work: Callable[[], T], on_done: Callable[[T], None]) -> T:
        """Run `work` on the thread; `on_done` is called on the loop with its result, also where nobody waits any more.

        A caller that is cancelled before the thread has begun takes its work back.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()

        def done(result: T) -> None:
            try:
                on_done(result)
            finally:
                if not waiting.cancelled():
                    waiting.set_result(result)

        def failed(error: BaseException) -> None:
            if not waiting.cancelled():
                waiting.set_exception(error)

        def begin() -> None:
            if waiting.cancelled():
                return
            answer: Callable[[Any], None]
            outcome: Any
            try:
                answer, outcome = done, work()
            except BaseException as error:  # noqa: BLE001  # the caller's, whatever it is
                answer, outcome = failed, error
            with suppress(RuntimeError):  # the loop is closed: nobody is there to be told
                loop.call_soon_threadsafe(answer, outcome)

        self._work.put(begin)
        return await waiting

    def close(self, last: Callable[[], object]) -> None:
        """Finish what was asked for, do one thing more, and end the thread. Blocks."""
        self._work.put(last)
        self._work.put(None)
        self._thread.join()
