"""A block: the wish (desired) beside what enforcers report, and the one state both add up to (DESIGN 4.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict

from homeguard.events import BlockReport, JsonObject, ReportState


class BlockState(StrEnum):
    """What a screen shows of a block."""

    NONE = "none"
    PENDING = "pending"
    ENFORCED = "enforced"
    PARTIAL = "partial"
    FAILED = "failed"
    RELEASING = "releasing"


class Report(TypedDict):
    """What one enforcer said last; `command_id` names the wish it answered."""

    state: str
    at: str
    took_ms: float | None
    detail: str | None
    command_id: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """The block of one device. Times are RFC 3339; `until` is None where the block has no end."""

    desired: bool = False
    reason: str | None = None
    by: str | None = None
    since: str | None = None
    until: str | None = None
    command_id: str | None = None
    reports: Mapping[str, Report] = field(default_factory=dict)

    @property
    def state(self) -> BlockState:
        """Add up wish and reports. Nobody's report means pending: HomeGuard never claims what was not proved."""
        applying = [report for report in self.reports.values() if report["state"] != ReportState.NOT_IN_PATH]
        if not self.desired:
            held = any(report["state"] != ReportState.RELEASED for report in applying)
            return BlockState.RELEASING if held else BlockState.NONE
        current = [report["state"] for report in applying if report["command_id"] == self.command_id]
        if not current or len(current) < len(applying):
            return BlockState.PENDING
        enforced = current.count(ReportState.ENFORCED)
        if enforced == len(current):
            return BlockState.ENFORCED
        return BlockState.PARTIAL if enforced else BlockState.FAILED

    def with_report(self, report: BlockReport, at: str) -> "Block":
        """Return the block after one more report; one that names no wish answers the present one."""
        said = Report(
            state=report.state.value,
            at=at,
            took_ms=report.took_ms,
            detail=report.detail,
            command_id=report.command_id or self.command_id,
        )
        return Block(
            self.desired,
            self.reason,
            self.by,
            self.since,
            self.until,
            self.command_id,
            {**self.reports, report.enforcer: said},
        )

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
