"""The first version of every dashboard, HomeGuard's too: FastAPI, a list of sockets, `send_json` in a loop."""

import json
import sys

import uvicorn
import uvloop
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from bench.peers.trigger import listen

app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
connections: list[WebSocket] = []


@app.websocket("/")
async def alerts(websocket: WebSocket) -> None:
    """Keep a socket until it leaves."""
    await websocket.accept()
    connections.append(websocket)
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        connections.remove(websocket)


async def broadcast(text: str) -> None:
    """Send to each connection in turn."""
    message = json.loads(text)
    for websocket in list(connections):  # noqa: PERF101  # somebody may come or go meanwhile
        await websocket.send_json(message)


async def main(port: int, trigger_port: int) -> None:
    """Serve both ports until killed."""
    triggers = await listen(trigger_port, broadcast)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", backlog=4096))
    async with triggers:
        await server.serve()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
