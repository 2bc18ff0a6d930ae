"""A block: the wish (desired) beside what enforcers report, and the one state both add up to (DESIGN 4.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, TypedDict

from homeguard.events import BlockReport, JsonObject, ReportState

VANISHED: Final = "this enforcer is away: what is in force is not known until it is back"


class BlockState(StrEnum):
    """What a screen shows of a block."""

    NONE = "none"
    PENDING = "pending"
    ENFORCED = "enforced"
    PARTIAL = "partial"
    FAILED = "failed"
    RELEASING = "releasing"


class Report(TypedDict):
    """What one enforcer said last; `command_id` names the wish it answered, `drifted` what it had to repair."""

    state: str
    at: str
    took_ms: float | None
    detail: str | None
    command_id: str | None
    drifted: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """The block of one device. Times are RFC 3339; `until` is None where the block has no end.

    `enforcers` are all that are known, and whether each is there now: a wish waits for every one of them.
    """

    desired: bool = False
    reason: str | None = None
    by: str | None = None
    since: str | None = None
    until: str | None = None
    command_id: str | None = None
    reports: Mapping[str, Report] = field(default_factory=dict)
    enforcers: Mapping[str, bool] = field(default_factory=dict)

    @property
    def state(self) -> BlockState:
        """Add up wish and reports. Nobody's report means pending: HomeGuard never claims what was not proved."""
        names = self.reports.keys() | self.enforcers.keys()
        if not self.desired:
            return BlockState.RELEASING if any(map(self._may_hold, names)) else BlockState.NONE
        answers = [self._answer(name) for name in names]
        applying = [answer for answer in answers if answer != ReportState.NOT_IN_PATH]
        if not applying:
            return BlockState.FAILED if answers else BlockState.PENDING
        if None in applying:
            return BlockState.PENDING
        enforced = applying.count(ReportState.ENFORCED)
        if enforced:
            return BlockState.ENFORCED if enforced == len(applying) else BlockState.PARTIAL
        return BlockState.FAILED if ReportState.FAILED in applying else BlockState.PENDING

    def _answer(self, name: str) -> str | None:
        """Tell what an enforcer says of the present wish; None while it is about to."""
        report = self.reports.get(name)
        if report is not None and report["command_id"] == self.command_id:
            return report["state"]
        return None if self.enforcers.get(name, True) else ReportState.UNAVAILABLE.value

    def _may_hold(self, name: str) -> bool:
        """Say whether an enforcer may still hold a device that is to be free."""
        report = self.reports.get(name)
        is_free = report is None or report["state"] in (ReportState.RELEASED, ReportState.NOT_IN_PATH)
        is_answer = report is not None and report["command_id"] == self.command_id
        # Who is there and has not answered yet may just have enforced the wish before this one.
        return not is_free or (not is_answer and self.enforcers.get(name, False))

    def with_report(self, report: BlockReport, at: str) -> "Block":
        """Return the block after one more report; one that names no wish answers the present one.

        A report that says nothing new leaves the standing one, with the time at which that became so.
        """
        said = Report(
            state=report.state.value,
            at=at,
            took_ms=report.took_ms,
            detail=report.detail,
            command_id=report.command_id or self.command_id,
            drifted=report.drifted,
        )
        standing = self.reports.get(report.enforcer)
        is_news = standing is None or any(standing[key] != said[key] for key in ("state", "detail", "command_id"))
        if not is_news and said["drifted"] is None:
            return self
        return replace(self, reports={**self.reports, report.enforcer: said})

    def without_enforcer(self, name: str, at: str) -> "Block":
        """Return the block after an enforcer has vanished: whatever it held or was to hold is not known any more."""
        report = self.reports.get(name)
        if self.desired:
            concerned = self._answer(name) != ReportState.NOT_IN_PATH
        else:
            concerned = self._may_hold(name) and report is not None
        if not concerned:
            return self
        unknown = Report(
            state=ReportState.UNAVAILABLE.value,
            at=at,
            took_ms=None,
            detail=VANISHED,
            command_id=self.command_id,
            drifted=None,
        )
        return replace(self, reports={**self.reports, name: unknown})

    def forgetting(self, name: str) -> "Block":
        """Return the block without an enforcer that there is no more."""
        return replace(self, reports={known: report for known, report in self.reports.items() if known != name})

    def to_json(self) -> JsonObject:
        """Write the block as every screen gets it."""
        return {
            **self.wish(),
            "state": self.state.value,
            "reports": {name: dict(r) for name, r in self.reports.items()},
        }

    def wish(self) -> dict[str, Any]:
        """Write the desired half alone, as it lies retained on `blocks/{device_id}`."""
        return {
            "desired": self.desired,
            "reason": self.reason,
            "by": self.by,
            "since": self.since,
            "until": self.until,
            "command_id": self.command_id,
        }
