"""The trigger port of the Python peers: four bytes of length, then a frame's payload that goes to everybody."""

import asyncio
from collections.abc import Awaitable, Callable


async def listen(port: int, broadcast: Callable[[str], Awaitable[None]]) -> asyncio.Server:
    """Call `broadcast` with each payload, one after the other."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(4))
                await broadcast((await reader.readexactly(size)).decode())
                await asyncio.sleep(0)  # what has arrived already does not make readexactly wait: let others run
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    return await asyncio.start_server(take, "127.0.0.1", port)
