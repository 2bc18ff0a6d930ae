"""What a subscriber is told, and the cursor that proves it missed nothing (DESIGN 4.3). No I/O."""

from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from homeguard.errors import BadInput, HomeGuardError
from homeguard.events import Channel, JsonObject

MAX_SEQ: Final = 2**63 - 1  # a server refuses a cursor beyond it, again and again


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `seq` with `epoch` is the cursor to resume behind it; fields that its type has not are None.

    `data` is the alert, the device, the list of devices of a `snapshot`, …; `raw` is all of the frame as it came.
    """

    type: str
    channel: str
    seq: int | None = None
    prev: int | None = None
    id: str | None = None
    at: str | None = None
    data: Any = None
    epoch: str | None = None
    raw: JsonObject = field(default_factory=dict, repr=False)


def read_frame(text: str | bytes, epoch: str | None) -> Frame:
    """Read a frame; what a newer server adds stays in `raw`.

    Raises:
        BadInput: it is no frame of HomeGuard's.
    """
    try:
        raw = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the server sent what is not JSON: {error.msg}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise BadInput("the server sent a frame without a type")
    return Frame(
        raw["type"],
        _text(raw, "channel") or "",
        _int(raw, "seq"),
        _int(raw, "prev"),
        _text(raw, "id"),
        _text(raw, "at"),
        raw.get("data"),
        _text(raw, "epoch") or epoch,
        raw,
    )


def _int(raw: JsonObject, name: str) -> int | None:
    value = raw.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEQ else None


def _text(raw: JsonObject, name: str) -> str | None:
    value = raw.get(name)
    return value if isinstance(value, str) else None


class Missed(HomeGuardError):
    """Something is missing behind the cursor: connect again and resume."""


class Cursor:
    """How far a subscriber has come on its channel, over all its connections."""

    def __init__(
        self, channel: Channel, since: int | None = None, epoch: str | None = None, tail: int | None = None
    ) -> None:
        """Begin behind `since`, else with the newest `tail` alerts, else with what comes now."""
        self.channel = channel
        self.since = since
        self.epoch = epoch
        self.tail = tail
        self._seen = since  # None where the next event may have any `prev`
        self._asked_again_at: int | None = None

    def query(self) -> dict[str, str]:
        """Write where to begin, as the server reads it."""
        if self.since is None:
            return {} if self.tail is None else {"tail": str(self.tail)}
        return {"since": str(self.since)} | ({"epoch": self.epoch} if self.epoch else {})

    def take(self, frame: Frame) -> list[Frame]:
        """Note a frame of the living connection, and return what to show of it.

        Raises:
            Missed: it does not follow what came before; the same again after resuming becomes a `gap`.
        """
        match frame.type:
            case "hello":
                self._hello(frame)
                return []
            case "heartbeat":
                self._heartbeat(_int(frame.raw, "head"))
                return []
            case "pong" | "token_expiring" | "error":
                return []
            case "gap":
                self._go_to(_int(frame.raw, "to"))
                self._seen = None
                return [frame]
            case "snapshot":
                self._go_to(frame.seq)
                return [frame]
        return [frame] if frame.seq is None else self._event(frame, frame.seq)

    def _hello(self, frame: Frame) -> None:
        self.epoch = frame.epoch
        if frame.raw.get("resumed"):
            return
        self._seen = None  # the server begins anew: a gap, a snapshot or the tail tells where
        if self.since is None and self.channel is Channel.ALERTS and not self.tail:
            self._go_to(_int(frame.raw, "head"))

    def _heartbeat(self, head: int | None) -> None:
        if head is None:
            return
        if self._seen is None:
            if self.channel is Channel.ALERTS:  # the channel is silent, so this is all there is
                self._go_to(head)
        elif head > self._seen and self._asked_again_at != self._seen:
            self._ask_again(f"the channel is at {head}")

    def _event(self, frame: Frame, seq: int) -> list[Frame]:
        shown = [frame]
        if self._seen is not None:
            if seq <= self._seen:
                return []
            if frame.prev is not None and frame.prev > self._seen:
                if self._asked_again_at != self._seen:
                    self._ask_again(f"event {seq} follows {frame.prev}")
                shown = [self._gap(self._seen + 1, frame.prev), frame]
        self._go_to(seq)
        return shown

    def _ask_again(self, why: str) -> None:
        self._asked_again_at = self._seen
        raise Missed(f"{why}, but we have only seen {self._seen}")

    def _gap(self, first: int, last: int) -> Frame:
        raw: JsonObject = {"type": "gap", "channel": self.channel.value, "from": first, "to": last, "reason": "missing"}
        return Frame("gap", self.channel.value, epoch=self.epoch, raw=raw)

    def _go_to(self, seq: int | None) -> None:
        if seq is not None:
            self.since = self._seen = seq
