"""The writer thread outlives whoever asked it."""

import asyncio
import threading

from homeguard.journal.writer import Writer
from tests.waiting import until


def test_work_whose_loop_is_closed_meanwhile_does_not_end_the_thread():
    writer, may_end, done = Writer("test-writer"), threading.Event(), []
    began = threading.Event()

    def work():
        began.set()
        may_end.wait(10)

    async def ask_and_leave():
        asking = asyncio.create_task(writer.run(work, lambda _: None))
        await until(began.is_set)
        asking.cancel()

    asyncio.run(ask_and_leave())
    may_end.set()
    writer.close(lambda: done.append("last"))
    assert done == ["last"]
