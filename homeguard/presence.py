"""Whether a device is there: what was said of it, how often it usually speaks, and what a screen is shown. Pure.

Moments are seconds since 1970, as the journal's transactions tell them.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Any, Final

from homeguard.events import JsonObject, Status, StatusReason

# A change a screen sees at once, up to so many within the window: a device that restarts twice makes four.
MAX_CHANGES: Final = 6
FLAP_SECONDS: Final = 120.0
CALM_SECONDS: Final = 120.0  # without a change, until what was said last is shown again

BURST_SECONDS: Final = 2.0  # words closer together are one: their distance tells nothing of a rhythm
GAPS: Final = 32  # between words, remembered; before there are so many nobody can call a device regular
# A device is regular while its longest gap is at most so many times the usual one: one missed report passes, and of a
# sensor that speaks on events alone, whose gaps follow chance, fewer than one in a hundred looks regular at a time.
REGULAR: Final = 2.5

FLAPPING: Final = "flapping"  # shown instead of a storm; nobody can send it


class ShownStatus(StrEnum):
    """What a screen is shown of a device's status."""

    ONLINE = "online"
    OFFLINE = "offline"
    FLAPPING = FLAPPING


@dataclass(frozen=True, slots=True)
class Silence:
    """When a regular device counts as gone: after `factor` times its longest usual gap, and `least_seconds`."""

    factor: float
    least_seconds: float


@dataclass(slots=True)
class Presence:
    """What is known of one device; `changes` are when its status changed last, `gaps` whole seconds between words."""

    status: Status | None = None
    reason: StatusReason | None = None
    is_flapping: bool = False
    changes: list[float] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)

    @classmethod
    def from_json(cls, value: JsonObject) -> "Presence":
        """Read it as the journal keeps it."""
        status, reason = value.get("status"), value.get("reason")
        return cls(
            Status(status) if status else None,
            StatusReason(reason) if reason else None,
            value.get("flapping", False),
            value.get("changes", []),
            value.get("gaps", []),
        )

    def to_json(self) -> JsonObject:
        """Write it as the journal keeps it."""
        return {
            "status": self.status,
            "reason": self.reason,
            "flapping": self.is_flapping,
            "changes": self.changes,
            "gaps": self.gaps,
        }

    def say(self, status: Status, reason: StatusReason | None, now: float) -> None:
        """Take over a status; with too many changes within the window the device is flapping."""
        if status is not Status.OFFLINE:
            reason = None
        if status is self.status and reason in (None, self.reason):
            return  # who says no reason does not deny the one that is known
        self.status = status
        self.reason = reason
        self.changes = [*(at for at in self.changes if 0 <= now - at < FLAP_SECONDS), now][-MAX_CHANGES:]
        self.is_flapping = self.is_flapping or len(self.changes) == MAX_CHANGES

    def hear(self, now: float, last_seen: float) -> None:
        """Take a word of the device, whatever it says: one that was silent is there again.

        The gap that ended a silence counts: so a device that was called gone for nothing is not, the next time.
        """
        is_silent = self.status is Status.OFFLINE and self.reason is StatusReason.SILENT
        gap = now - last_seen
        if gap >= BURST_SECONDS and (is_silent or self.status is not Status.OFFLINE):
            self.gaps = [*self.gaps, int(gap)][-GAPS:]
        if is_silent:
            self.say(Status.ONLINE, None, now)

    def shown(self) -> dict[str, Any]:
        """Return the two fields that a screen sees."""
        if self.is_flapping:
            return {"status": FLAPPING, "status_reason": None}
        return {"status": self.status and self.status.value, "status_reason": self.reason and self.reason.value}

    def patience(self, silence: Silence | None) -> float | None:
        """Tell how many seconds of silence mean that the device is gone; None where they mean nothing."""
        if silence is None or len(self.gaps) < GAPS or self.status is Status.OFFLINE:
            return None
        longest = max(self.gaps)
        if longest > REGULAR * median(self.gaps):
            return None
        return max(silence.factor * longest, silence.least_seconds)

    def look_at(self, silent_since: float, silence: Silence | None) -> float | None:
        """Tell the moment at which time alone may change what is shown."""
        patience = self.patience(silence)
        moments = [] if patience is None else [silent_since + patience]
        if self.is_flapping:
            moments.append(self.changes[-1] + CALM_SECONDS)
        return min(moments, default=None)

    def tick(self, now: float, silent_since: float, silence: Silence | None) -> None:
        """Let time do its part: `silent_since` is the last word, or when somebody began to listen."""
        if self.is_flapping and not 0 <= now - self.changes[-1] < CALM_SECONDS:
            self.is_flapping, self.changes = False, []
        patience = self.patience(silence)
        if patience is not None and now - silent_since >= patience:
            self.say(Status.OFFLINE, StatusReason.SILENT, now)
