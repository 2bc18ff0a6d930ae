"""A word that HomeGuard says to itself through the broker, to learn that all before it has been stored."""

import asyncio
import secrets

from bridge.link import Link, Message
from homeguard.topics import RepliesTopic, Topics


class Echo:
    """Published like any message, it waits in our session behind whatever the broker has for us."""

    def __init__(self, topics: Topics) -> None:
        """Take how topics read; the word lies where only HomeGuard publishes."""
        self._topic = topics.format(RepliesTopic("homeguard/echo"))
        self._word = b""
        self._is_heard = False
        self._is_back = asyncio.Event()

    async def go_round(self, link: Link) -> None:
        """Say a word and return when it has come back: what the broker had for us when we said it is on disk.

        Raises:
            PublishRefused: the broker does not let us.
            BrokerUnavailable: the connection is lost.
        """
        self._word = secrets.token_hex(8).encode()
        self._is_heard = False
        self._is_back.clear()
        await link.publish(self._topic, self._word)
        await self._is_back.wait()

    def hear(self, message: Message) -> None:
        """Look whether one of HomeGuard's own messages is the word; its batch is not stored yet."""
        if message.topic == self._topic and message.payload == self._word:
            self._is_heard = True

    def batch_stored(self) -> None:
        """Note that the messages heard so far are on disk."""
        if self._is_heard:
            self._is_back.set()
