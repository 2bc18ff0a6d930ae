"""Stands in for the bridge where a test needs its answers: hears everything, and proves, rejects or keeps silent."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.brokers import RunningBroker

STORED: dict[str, Any] = {"status": "stored", "seq": 1}

Answer = Callable[[dict[str, Any]], dict[str, Any] | None]


class StandIn:
    """What was heard, oldest first, and what is answered to alerts and updates."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.heard: list[tuple[str, bytes]] = []
        self.answer: Answer = lambda payload: STORED

    def on(self, topic: str) -> list[str]:
        """Return the texts heard on a topic."""
        return [payload.decode() for heard, payload in self.heard if heard == f"homeguard/{topic}"]

    def objects(self, topic: str) -> list[dict[str, Any]]:
        """Return the objects heard on a topic."""
        return [json.loads(text) for text in self.on(topic)]

    async def wish(self, device_id: str, *, desired: bool) -> None:
        """Wish a device blocked or not, as the bridge's outbox publishes it."""
        wished = {"device_id": device_id, "desired": desired, "reason": "odd traffic", "by": "admin", "since": None}
        await self.client.publish(f"homeguard/blocks/{device_id}", json.dumps(wished), qos=1, retain=True)

    async def forget(self, topic: str) -> None:
        """Clear a retained topic, for the sake of other tests on the same broker."""
        await self.client.publish(f"homeguard/{topic}", b"", qos=1, retain=True)

    async def listen(self) -> None:
        async for message in self.client.messages:
            topic, payload = str(message.topic), bytes(message.payload or b"")
            if message.retain:
                continue  # said before we listened
            self.heard.append((topic, payload))
            response_topic = getattr(message.properties, "ResponseTopic", None)
            answer = self.answer(json.loads(payload)) if response_topic else None
            if response_topic is not None and answer is not None:
                properties = Properties(PacketTypes.PUBLISH)
                properties.CorrelationData = getattr(message.properties, "CorrelationData", b"")
                await self.client.publish(response_topic, json.dumps(answer), properties=properties)


@asynccontextmanager
async def stand_in(broker: RunningBroker) -> AsyncIterator[StandIn]:
    """Stand in for the bridge while entered."""
    account = broker.service
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=account.username,
        password=account.password,
        identifier=account.client_id,
        protocol=aiomqtt.ProtocolVersion.V5,
    )
    async with client:
        await client.subscribe("homeguard/#", qos=1)
        bridge = StandIn(client)
        listening = asyncio.create_task(bridge.listen(), name="stand-in")
        try:
            yield bridge
        finally:
            while not listening.done():  # before Python 3.12 aiomqtt may swallow a cancellation
                listening.cancel()
                await asyncio.wait({listening}, timeout=0.1)
