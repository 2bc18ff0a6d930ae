"""Waits for what a test expects, with a limit, instead of sleeping for as long as it might take."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

TICK_SECONDS = 0.005


async def until(condition: Callable[[], Any | Awaitable[Any]], timeout: float = 10) -> Any:  # noqa: ASYNC109
    """Return the first truthy answer of the condition, a function or a coroutine function."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {inspect.getsource(condition).strip()}")
        await asyncio.sleep(TICK_SECONDS)


def wait_until(condition: Callable[[], Any], timeout: float = 10) -> Any:
    """Return the first truthy answer of the condition; for tests and fixtures without a loop."""
    deadline = time.monotonic() + timeout
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {inspect.getsource(condition).strip()}")
        time.sleep(TICK_SECONDS)
    return answer
