"""Messages that have arrived and are not yet taken: bounded, whatever the broker sends."""

import logging
from collections import deque
from typing import Final

from bridge.link import RECEIVE_MAXIMUM, Message

logger = logging.getLogger(__name__)

MAX_UNSAFE_WAITING: Final = 10_000  # QoS 0 messages in memory while storage is slow; the oldest go first
MAX_SAFE_WAITING: Final = 2 * RECEIVE_MAXIMUM  # QoS 1 messages: one batch under way, one ready; see also mqtt_session
MAX_BYTES_WAITING: Final = 32 * 1024 * 1024  # of payload; beyond one of the two a link that can stops reading


class Inbox:
    """A queue between a link and its reader. Too much under QoS 0 is dropped; under QoS 1 the link stops reading."""

    def __init__(self) -> None:
        """Begin empty."""
        self._messages: deque[Message] = deque()
        self._unsafe = 0
        self._bytes = 0
        self._dropped = 0

    def __len__(self) -> int:
        """Tell how many wait."""
        return len(self._messages)

    @property
    def is_too_large(self) -> bool:
        """Say whether more waits than should: time to stop reading."""
        return self._bytes > MAX_BYTES_WAITING or len(self._messages) - self._unsafe > MAX_SAFE_WAITING

    @property
    def is_small_again(self) -> bool:
        """Say whether so little waits that reading may go on."""
        return self._bytes <= MAX_BYTES_WAITING // 2 and len(self._messages) - self._unsafe <= MAX_SAFE_WAITING // 2

    def put(self, message: Message) -> None:
        """Append a message; where too many came without QoS, the oldest of those goes."""
        self._messages.append(message)
        self._bytes += len(message.payload)
        if message.qos == 0:
            self._unsafe += 1
            if self._unsafe > MAX_UNSAFE_WAITING:
                self._drop_oldest_unsafe()

    def take(self, limit: int) -> list[Message]:
        """Remove and return the oldest, at most `limit`."""
        messages = self._messages
        taken = [messages.popleft() for _ in range(min(limit, len(messages)))]
        self._bytes -= sum([len(message.payload) for message in taken])
        if self._unsafe:
            self._unsafe -= sum([message.qos == 0 for message in taken])
        return taken

    def _drop_oldest_unsafe(self) -> None:
        place = next(place for place, message in enumerate(self._messages) if message.qos == 0)
        self._bytes -= len(self._messages[place].payload)
        del self._messages[place]
        self._unsafe -= 1
        self._dropped += 1
        if self._dropped % 1000 == 1:
            logger.warning("bridge: storage is slow, %d messages sent without QoS were dropped", self._dropped)
