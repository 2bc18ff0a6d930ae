"""The live log: the newest events of each channel, encoded and framed once, read by cursor. No I/O."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from api.live.framing import frame
from homeguard.events import Channel, Event

MAX_STRETCH_BYTES: Final = 60 * 1024  # of one write: what a client that stops reading may leave in memory. Not 64 KiB:
# more than a segment of loopback (65,483 bytes) leaves a rest of some bytes, and a socket that seems full.
KEPT_STRETCHES: Final = 16  # joined, a channel: clients that fell behind together catch up together


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames that follow a cursor, ascending; the same as one piece; and the cursor behind them."""

    frames: list[bytes]
    data: bytes
    last_seq: int


class ChannelLog:
    """One channel: `head` is its newest `seq`, everything after `floor` is in memory."""

    def __init__(self, head: int, max_events: int, max_bytes: int) -> None:
        """Begin empty at the journal's head."""
        self.head = head
        self.floor = head
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._seqs: list[int] = []
        self._frames: list[bytes] = []
        self._ends: list[int] = []  # how many bytes there ever were, up to and with each frame
        self._trimmed_bytes = 0
        self._stretches: dict[tuple[int, int], Stretch] = {}  # the newest, by the cursors before and behind them

    def append(self, event: Event) -> None:
        """Take one more event; the oldest beyond the limits leave in bulk, so that each costs the same."""
        framed = frame(event.to_json())
        self._seqs.append(event.seq)
        self._frames.append(framed)
        end = (self._ends[-1] if self._ends else self._trimmed_bytes) + len(framed)
        self._ends.append(end)
        self.head = event.seq
        if len(self._seqs) > self._max_events * 5 // 4 or end - self._trimmed_bytes > self._max_bytes * 5 // 4:
            self._trim()

    def _trim(self) -> None:
        surplus = max(0, len(self._seqs) - self._max_events)
        too_old = self._ends[-1] - self._max_bytes  # what ends before this is beyond the limit, and what ends there
        if too_old > self._trimmed_bytes:
            surplus = max(surplus, bisect_left(self._ends, too_old) + 1)
        self.floor = self._seqs[surplus - 1]
        self._trimmed_bytes = self._ends[surplus - 1]
        del self._seqs[:surplus]
        del self._frames[:surplus]
        del self._ends[:surplus]

    def count_after(self, seq: int) -> int | None:
        """Tell how many events follow a cursor, or None where memory does not reach back to it."""
        return None if seq < self.floor else len(self._seqs) - bisect_right(self._seqs, seq)

    def after(self, seq: int, until: int | None = None) -> Stretch | None:
        """Return frames that follow a cursor, at most up to `until` and 60 KiB of them, but at least one.

        None where memory does not reach back to the cursor.
        """
        if seq < self.floor:
            return None
        start = bisect_right(self._seqs, seq)
        end = len(self._seqs) if until is None else bisect_right(self._seqs, until)
        if end <= start:
            return Stretch([], b"", seq)
        before = self._ends[start - 1] if start else self._trimmed_bytes
        end = min(end, max(start + 1, bisect_right(self._ends, before + MAX_STRETCH_BYTES)))
        last_seq = self._seqs[end - 1]
        stretch = self._stretches.get((seq, last_seq))
        if stretch is None:
            frames = self._frames[start:end]
            stretch = self._stretches[seq, last_seq] = Stretch(frames, b"".join(frames), last_seq)
            if len(self._stretches) > KEPT_STRETCHES:
                del self._stretches[next(iter(self._stretches))]
        return stretch


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
