"""A broker, a bridge and the enforcer between them, for tests."""

import asyncio
import json
import subprocess
import uuid
from contextlib import asynccontextmanager, suppress

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bridge.accounts import DeviceAccounts
from bridge.control import controlled
from cli.broker_enforcer import broker_enforcer
from homeguard.journal.blocks import known_enforcers, wish
from homeguard.journal.devices import get_device
from homeguard.topics import Topics
from tests.bridge.running import address_of, connected, running_bridge
from tests.waiting import until

TOPICS = Topics()


@asynccontextmanager
async def enforcing(broker, interval_seconds=30.0):
    """Run the enforcer as `homeguard up` does; on leaving it says goodbye."""
    async with controlled(broker.broker.admin_address) as control:
        accounts = DeviceAccounts(control, TOPICS)
        enforcer = broker_enforcer(
            address_of(broker),
            broker.broker.secrets.broker_enforcer,
            accounts,
            TOPICS,
            interval_seconds=interval_seconds,
        )
        task = asyncio.create_task(enforcer.run())
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def a_home(own_broker, journal, desk, *, interval_seconds=30.0, **options):
    """A broker, the bridge and the enforcer, ready to block cam-1."""
    broker = own_broker(**options)
    await desk.take(("devices", {"id": "cam-1", "kind": "camera"}))
    async with running_bridge(broker, journal) as health, enforcing(broker, interval_seconds):
        await until(lambda: health.state.is_ready)
        await until(lambda: journal.read(known_enforcers))
        yield broker


async def block(journal, device_id="cam-1", *, desired=True):
    wished, _ = await journal.write(lambda tx: wish(tx, TOPICS, device_id, desired=desired, by="ada"))
    return wished


async def block_of(journal, device_id="cam-1"):
    return (await journal.read(lambda: get_device(device_id))).block


async def until_state(journal, state, device_id="cam-1", limit=20):
    async def is_so():
        return (await block_of(journal, device_id)).state == state

    await until(is_so, timeout=limit)
    return await block_of(journal, device_id)


async def lies_retained(broker, topic):
    """Return what lies retained, None where nothing does."""
    async with connected(broker, broker.operator) as client:
        await client.subscribe(f"homeguard/{topic}", qos=1)
        word = uuid.uuid4().hex  # comes behind whatever lies there
        await client.subscribe("homeguard/alerts", qos=1)
        await client.publish("homeguard/alerts", json.dumps({"device_id": "x", "reason": word}), qos=1)
        async with asyncio.timeout(10):
            while True:
                message = await anext(client.messages)
                if message.topic.value == f"homeguard/{topic}" and message.retain:
                    return message.payload
                if word.encode() in message.payload:
                    return None


def with_session():
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 3600
    return {"clean_start": False, "properties": properties}


async def accounts_of(broker):
    async with controlled(broker.broker.admin_address) as control:
        return await DeviceAccounts(control, TOPICS).accounts()


def by_hand(broker, command, device_id):
    """Do what an admin does at a terminal."""
    admin = broker.admin
    where = ["-h", broker.host, "-p", str(broker.port), "-u", admin.username, "-P", admin.password]
    subprocess.run(
        ["mosquitto_ctrl", *where, "dynsec", command, device_id], check=True, timeout=10, capture_output=True
    )
