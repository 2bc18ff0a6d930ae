"""The live log: the newest events of each channel, encoded once, read by cursor. No I/O."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from homeguard.events import Channel, Event


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames that follow a cursor, ascending, and the cursor behind them."""

    frames: list[str]
    last_seq: int


class ChannelLog:
    """One channel: `head` is its newest `seq`, everything after `floor` is in memory."""

    def __init__(self, head: int, max_events: int) -> None:
        """Begin empty at the journal's head."""
        self.head = head
        self.floor = head
        self._max_events = max_events
        self._seqs: list[int] = []
        self._frames: list[str] = []

    def append(self, event: Event) -> None:
        """Take one more event; the oldest beyond the limit leave in bulk, so that each costs the same."""
        self._seqs.append(event.seq)
        self._frames.append(event.to_json())
        self.head = event.seq
        surplus = len(self._seqs) - self._max_events
        if surplus > self._max_events // 4:
            self.floor = self._seqs[surplus - 1]
            del self._seqs[:surplus]
            del self._frames[:surplus]

    def count_after(self, seq: int) -> int | None:
        """Tell how many events follow a cursor, or None where memory does not reach back to it."""
        return None if seq < self.floor else len(self._seqs) - bisect_right(self._seqs, seq)

    def after(self, seq: int, limit: int) -> Stretch | None:
        """Return at most `limit` frames that follow a cursor, or None where memory does not reach back to it."""
        if seq < self.floor:
            return None
        start = bisect_right(self._seqs, seq)
        frames = self._frames[start : start + limit]
        return Stretch(frames, self._seqs[start + len(frames) - 1] if frames else seq)


class LiveLog:
    """All channels. It is fed by `append` alone, and does not care by whom."""

    def __init__(self, heads: Mapping[Channel, int], max_events: int) -> None:
        """Begin at the heads of the journal, with at most `max_events` of each channel in memory."""
        self._channels = {channel: ChannelLog(heads[channel], max_events) for channel in Channel}

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
