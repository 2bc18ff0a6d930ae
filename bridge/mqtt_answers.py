"""Those who wait for an answer of the broker: each gets it, or the reason why it does not come."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from bridge.mqtt_events import Connected, Published, Subscribed

T = TypeVar("T")
Answer = Subscribed | Published


class Answers:
    """`connected` is the answer to CONNECT; those to packets are by packet id."""

    def __init__(self) -> None:
        """Begin with whoever waits for the connection; needs a running loop."""
        self.connected: asyncio.Future[Connected] = asyncio.get_running_loop().create_future()
        self._by_packet_id: dict[int, asyncio.Future[Answer]] = {}

    @contextmanager
    def expected(self, packet_id: int) -> Iterator[asyncio.Future[Answer]]:
        """Wait for the answer to a packet id, for as long as the block lasts."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._by_packet_id[packet_id] = answer
        try:
            yield answer
        finally:
            self._by_packet_id.pop(packet_id, None)

    def take(self, event: Connected | Answer) -> None:
        """Give an answer to who waits for it; nothing where nobody does any more."""
        if isinstance(event, Connected):
            if not self.connected.done():
                self.connected.set_result(event)
            return
        answer = self._by_packet_id.get(event.packet_id)
        if answer is not None and not answer.done():
            answer.set_result(event)

    def fail(self, error: Exception) -> None:
        """Tell all who wait that nothing will come."""
        _fail(self.connected, error)
        for answer in self._by_packet_id.values():
            _fail(answer, error)


def _fail(waiting: asyncio.Future[T], error: Exception) -> None:
    if not waiting.done():
        waiting.set_exception(error)
        waiting.exception()  # seen, also where nobody waits for it
