"""`websockets`' own broadcast, as its guide on broadcasting recommends it."""

import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.peers.trigger import listen

connections: set[ServerConnection] = set()


async def keep(connection: ServerConnection) -> None:
    """Keep a connection until it leaves."""
    connections.add(connection)
    try:
        await connection.wait_closed()
    finally:
        connections.remove(connection)


async def send_to_all(text: str) -> None:
    """Send one frame to everybody."""
    broadcast(connections, text)


async def main(port: int, trigger_port: int) -> None:
    """Serve both ports until killed."""
    triggers = await listen(trigger_port, send_to_all)
    async with triggers, serve(keep, "127.0.0.1", port, compression=None, backlog=4096) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
