"""A program that raises alerts until it is killed: `python -m tests.client.raiser KIND PORT OUTBOX` (password: stdin).

It prints the id of each alert when `alert` has returned.
"""

import asyncio
import sys
from itertools import count

from homeguard.client import Device, SyncDevice


async def raise_in_a_loop(port: int, outbox: str, password: str) -> None:
    async with Device("cam-1", port=port, password=password, outbox=outbox) as device:
        await device.connected()
        for number in count(1):
            print(await device.alert(f"Alert {number}"), flush=True)


def raise_in_threads(port: int, outbox: str, password: str) -> None:
    with SyncDevice("cam-1", port=port, password=password, outbox=outbox) as device:
        device.connected(10)
        for number in count(1):
            print(device.alert(f"Alert {number}"), flush=True)


if __name__ == "__main__":
    kind, port, outbox = sys.argv[1:]
    password = sys.stdin.readline().strip()
    if kind == "Device":
        asyncio.run(raise_in_a_loop(int(port), outbox, password))
    else:
        raise_in_threads(int(port), outbox, password)
