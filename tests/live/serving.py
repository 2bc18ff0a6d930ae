"""One server of a deployment of several, as a process: both doors on the journal of the environment, without a broker.

Prints its port, and serves until its standard input ends.
"""

import asyncio
import sys

from api.app import create_app, make_fanout, open_context
from api.listener import listen
from api.live.standing import watch_sessions
from api.server import Server
from api.services.users import ensure_admin
from homeguard.settings import load_settings


async def main() -> None:
    """Serve."""
    settings = load_settings()
    context = open_context(settings)
    try:
        await ensure_admin(context)
        fanout = await make_fanout(context)
        listener, started = listen("127.0.0.1", 0, settings.socket_send_buffer_bytes), asyncio.Event()
        server = Server(create_app(context, fanout), settings)
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.run(listener, started), name="server")
            beside = [
                group.create_task(fanout.run(), name="fanout"),
                group.create_task(watch_sessions(context, fanout), name="sessions"),
            ]
            await started.wait()
            print(listener.getsockname()[1], flush=True)
            await asyncio.to_thread(sys.stdin.read)
            server.stop()
            await serving
            for task in beside:
                task.cancel()
    finally:
        context.passwords.close()
        context.journal.close()


if __name__ == "__main__":
    asyncio.run(main())
