"""A bridge that runs in a task, and people and devices that speak to its broker, for tests."""

import asyncio
import json
import uuid
from contextlib import asynccontextmanager, suppress

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bridge.address import Address
from bridge.bridge import Bridge
from homeguard.health import Health
from homeguard.topics import Topics
from tests.journal.intake import RULES


def address_of(broker):
    """Where the bridge connects, as the service."""
    account = broker.service
    return Address(broker.host, broker.port, account.client_id, account.username, account.password)


@asynccontextmanager
async def running_bridge(broker, journal, health=None, rules=RULES):
    """Run a bridge; yields its health. On leaving it stops as `homeguard up` stops it."""
    health = health or Health()
    bridge = Bridge(address_of(broker), journal, Topics(), health, rules=rules)
    task = asyncio.create_task(bridge.run())
    try:
        yield health
    finally:
        bridge.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, 10)


@asynccontextmanager
async def killed_bridge(broker, journal):
    """Run a bridge that is cut off in the end, whatever it was doing; a real `kill -9` is in tests/integration."""
    task = asyncio.create_task(Bridge(address_of(broker), journal, Topics(), Health(), rules=RULES).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def connected(broker, account, **options):
    """Connect as an account: the operator, or a device."""
    async with aiomqtt.Client(
        broker.host,
        broker.port,
        username=account.username,
        password=account.password,
        identifier=account.client_id or f"test-{uuid.uuid4().hex}",
        protocol=aiomqtt.ProtocolVersion.V5,
        **options,
    ) as client:
        yield client


async def publish(broker, topic, payload, *, account=None, **options):
    """Publish one message below `homeguard/` under QoS 1, as the operator unless said otherwise."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload)
    async with connected(broker, account or broker.operator) as client:
        await client.publish(f"homeguard/{topic}", raw, **{"qos": 1} | options)


def asking(reply_topic, correlation=b"7"):
    """Ask for the proof of storage."""
    properties = Properties(PacketTypes.PUBLISH)
    properties.ResponseTopic = reply_topic
    properties.CorrelationData = correlation
    return properties


async def disabled(accounts):
    """Read whose account is disabled at the broker."""
    return {device_id for device_id, is_enabled in (await accounts.accounts()).items() if not is_enabled}
