"""The live log: the newest events of each channel, encoded and framed once, read by cursor. No I/O."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from api.live.framing import frame
from homeguard.events import Channel, Event

MAX_STRETCH_BYTES: Final = 64 * 1024  # of one write; what a client that stops reading may leave in memory


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames that follow a cursor, ascending, and the cursor behind them."""

    frames: list[bytes]
    last_seq: int


class ChannelLog:
    """One channel: `head` is its newest `seq`, everything after `floor` is in memory."""

    def __init__(self, head: int, max_events: int, max_bytes: int) -> None:
        """Begin empty at the journal's head."""
        self.head = head
        self.floor = head
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._bytes = 0
        self._seqs: list[int] = []
        self._frames: list[bytes] = []

    def append(self, event: Event) -> None:
        """Take one more event; the oldest beyond the limits leave in bulk, so that each costs the same."""
        framed = frame(event.to_json())
        self._seqs.append(event.seq)
        self._frames.append(framed)
        self._bytes += len(framed)
        self.head = event.seq
        if len(self._seqs) > self._max_events * 5 // 4 or self._bytes > self._max_bytes * 5 // 4:
            self._trim()

    def _trim(self) -> None:
        surplus = max(0, len(self._seqs) - self._max_events)
        left = self._bytes - sum(len(framed) for framed in self._frames[:surplus])
        while left > self._max_bytes:
            left -= len(self._frames[surplus])
            surplus += 1
        self.floor = self._seqs[surplus - 1]
        self._bytes = left
        del self._seqs[:surplus]
        del self._frames[:surplus]

    def count_after(self, seq: int) -> int | None:
        """Tell how many events follow a cursor, or None where memory does not reach back to it."""
        return None if seq < self.floor else len(self._seqs) - bisect_right(self._seqs, seq)

    def after(self, seq: int, until: int | None = None) -> Stretch | None:
        """Return frames that follow a cursor, at most up to `until` and about 64 KiB of them, at least one.

        None where memory does not reach back to the cursor.
        """
        if seq < self.floor:
            return None
        start = bisect_right(self._seqs, seq)
        end = len(self._seqs) if until is None else bisect_right(self._seqs, until)
        frames = self._frames[start:end]
        for count, size in enumerate(accumulate(map(len, frames)), 1):
            if size >= MAX_STRETCH_BYTES:
                frames = frames[:count]
                break
        return Stretch(frames, self._seqs[start + len(frames) - 1] if frames else seq)


class LiveLog:
    """All channels. It is fed by `append` alone, and does not care by whom."""

    def __init__(self, floors: Mapping[Channel, int], max_events: int, max_bytes: int) -> None:
        """Begin at these places of the journal, with at most so much of each channel in memory."""
        self._channels = {channel: ChannelLog(floors[channel], max_events, max_bytes) for channel in Channel}

    def __getitem__(self, channel: Channel) -> ChannelLog:
        """Return one channel's log."""
        return self._channels[channel]

    def append(self, events: Iterable[Event]) -> set[Channel]:
        """Take committed events, ascending by `seq`; returns the channels that grew.

        What the log has already is passed over, so it may be fed from the journal and by hints at once.
        """
        grown: set[Channel] = set()
        for event in events:
            log = self._channels[event.channel]
            if event.seq > log.head:
                log.append(event)
                grown.add(event.channel)
        return grown
