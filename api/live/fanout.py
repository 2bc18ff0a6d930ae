"""Keeps the connected subscribers: wakes them when their channel grows, beats, warns and closes."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final

from api.live import protocol
from api.live.log import LiveLog
from api.live.protocol import Close
from api.live.subscriber import Subscriber
from homeguard.clock import Clock
from homeguard.events import Channel, Event
from homeguard.health import Health, HealthState

SWEEP_SECONDS: Final = 1.0  # how exactly heartbeats and ends of tokens are kept

Wake = Callable[[], None]


class Fanout:
    """Everybody who listens. Belongs to the event loop; no client's slowness is felt here."""

    def __init__(self, log: LiveLog, health: Health, clock: Clock, heartbeat_seconds: float) -> None:
        """Take the log that is read and the neighbours."""
        self.log = log
        self.heartbeat_seconds = heartbeat_seconds
        self._health = health
        self._clock = clock
        self._wakes: dict[Channel, dict[Subscriber, Wake]] = {channel: {} for channel in Channel}
        self._quiet_seconds = dict.fromkeys(Channel, 0.0)
        health.on_change(self._show_status)

    def add(self, subscriber: Subscriber, wake: Wake) -> None:
        """Keep a subscriber; `wake` is called when `next()` may have something for it."""
        self._wakes[subscriber.channel][subscriber] = wake

    def remove(self, subscriber: Subscriber) -> None:
        """Forget a subscriber."""
        self._wakes[subscriber.channel].pop(subscriber, None)

    def count(self, channel: Channel) -> int:
        """Tell how many listen to a channel."""
        return len(self._wakes[channel])

    def append(self, events: Sequence[Event]) -> None:
        """Take committed events and wake those who listen to their channels."""
        for channel in self.log.append(events):
            self._quiet_seconds[channel] = 0.0
            for wake in self._wakes[channel].values():
                wake()

    def status_frame(self, channel: Channel) -> str:
        """Write how HomeGuard is now."""
        return protocol.status(channel, self._health.state.to_json())

    def close_sessions(self, session_ids: Collection[str]) -> None:
        """Close the sockets of sessions that are over."""
        for subscriber, wake in self._everybody():
            if subscriber.identity.session_id in session_ids:
                subscriber.end(Close.SESSION_REVOKED, "the session was ended")
                wake()

    def close_all(self, code: Close, reason: str) -> None:
        """Close every socket."""
        for subscriber, wake in self._everybody():
            subscriber.end(code, reason)
            wake()

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sweep(SWEEP_SECONDS)

    def sweep(self, seconds: float) -> None:
        """Beat on channels that were silent, and look after the tokens; `seconds` is the time since the last sweep."""
        now = self._clock()
        for channel in Channel:
            self._quiet_seconds[channel] += seconds
            if self._quiet_seconds[channel] >= self.heartbeat_seconds:
                self._quiet_seconds[channel] = 0.0
                self._beat(channel, protocol.heartbeat(channel, self.log[channel].head, now))
        for subscriber, wake in self._everybody():
            if subscriber.check_token(now):
                wake()

    def _beat(self, channel: Channel, frame: str) -> None:
        for subscriber, wake in self._wakes[channel].items():
            subscriber.beat(frame)
            wake()

    def _show_status(self, _: HealthState) -> None:
        for channel in Channel:
            frame = self.status_frame(channel)
            for subscriber, wake in self._wakes[channel].items():
                subscriber.show_status(frame)
                wake()

    def _everybody(self) -> list[tuple[Subscriber, Wake]]:
        return [pair for wakes in self._wakes.values() for pair in wakes.items()]
