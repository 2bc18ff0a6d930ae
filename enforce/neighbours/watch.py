"""Tells who is new on the network, for as long as it runs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from enforce.neighbours.kernel import Changes, read_network
from enforce.neighbours.network import Network
from enforce.neighbours.newcomers import Newcomer, Newcomers
from enforce.neighbours.vendors import Vendors

BREATH_SECONDS: Final = 0.2  # between two reads: a network that comes up is hundreds of messages
REST_PER_READ: Final = 4  # reading takes at most a fifth of the time, also of a network in a flood


async def watch(tell: Callable[[Newcomer], Awaitable[None]]) -> None:
    """Run for ever: tell everybody who is there, then whoever comes, and whoever has an address more.

    Raises:
        Unavailable: the kernel does not answer, or does not let us listen; waiting and starting anew may help.
    """
    clock = asyncio.get_running_loop().time
    newcomers = Newcomers(Vendors())
    with Changes() as changes:
        while True:
            begun = clock()
            network = await read_network()
            breath = max(BREATH_SECONDS, REST_PER_READ * (clock() - begun))
            for newcomer in newcomers.see(network, clock()):
                await tell(newcomer)
            due_at = newcomers.due_at
            await _wait(changes, network, None if due_at is None else due_at - clock())
            await asyncio.sleep(breath)


async def _wait(changes: Changes, network: Network, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await changes.wait(network)
    except TimeoutError:
        return
