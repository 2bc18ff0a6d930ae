"""What is wished is brought about, read back, kept and reported: with an enforcer that does as the test says."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from enforce.dry_run import SAYS_SO, DryRun
from enforce.enforcer import Finding
from enforce.reconcile import Reconciler
from enforce.wishes import Wishes
from homeguard.errors import Misconfigured, Unavailable
from homeguard.events import ReportState
from tests.waiting import until


class Switchboard(DryRun):
    """A dry run that counts, and fails as it is told."""

    def __init__(self):
        super().__init__("test")
        self.calls = []
        self.error = None
        self.drifted = None
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def enforce(self, wishes):
        self.calls.append(("enforce", len(wishes)))
        await self.may_go_on.wait()
        if self.error:
            raise self.error
        return await super().enforce(wishes)

    async def look(self, wishes):
        if not self.calls or self.calls[-1][0] != "enforce" or self.calls[-1][1] != len(wishes):
            self.calls.append(("look", len(wishes)))
        if self.error:
            raise self.error
        return await super().look(wishes)

    async def watch(self, drifted):
        self.drifted = drifted
        await asyncio.Event().wait()


class Desk:
    """HomeGuard's side: wishes go in, reports come out."""

    def __init__(self, enforcer, interval_seconds=30.0):
        self.wishes = Wishes()
        self.wishes.begin_connection()
        self.reconciler = Reconciler(enforcer, self.wishes, interval_seconds=interval_seconds)
        self.desired = {}

    def wish(self, *device_ids, desired=True, command_id="c1"):
        for device_id in device_ids:
            self.desired[device_id] = desired
            payload = json.dumps({"desired": desired, "command_id": command_id}).encode()
            if self.wishes.hear(device_id, payload):
                self.reconciler.stir(device_id)
        if self.wishes.hear_count(json.dumps({"desired": sum(self.desired.values())}).encode()):
            self.reconciler.stir()

    async def reports(self):
        async with asyncio.timeout(10):
            return {id: report.to_json() for id, report in (await self.reconciler.reports()).items()}

    async def report(self):
        ((_, report),) = (await self.reports()).items()
        return report


@pytest.fixture
def enforcer():
    return Switchboard()


@asynccontextmanager
async def reconciling(enforcer, **options):
    desk = Desk(enforcer, **options)
    task = asyncio.create_task(desk.reconciler.run())
    try:
        yield desk
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_wish_is_enforced_and_reported_with_the_time_it_took(enforcer):
    async with reconciling(enforcer) as desk:
        desk.wish("cam-1")
        report = await desk.report()
        assert (report["state"], report["command_id"], report["detail"]) == ("enforced", "c1", SAYS_SO)
        assert 0 <= report["took_ms"] < 1000
        desk.wish("cam-1", desired=False, command_id="c2")
        report = await desk.report()
        assert (report["state"], report["command_id"]) == ("released", "c2")


async def test_a_thousand_wishes_are_few_passes_of_the_whole(enforcer):
    enforcer.may_go_on.clear()
    async with reconciling(enforcer) as desk:
        desk.wish("cam-0")
        await until(lambda: enforcer.calls)
        for number in range(1, 1000):
            desk.wish(f"cam-{number}")
        enforcer.may_go_on.set()
        reported: dict[str, Any] = {}
        while len(reported) < 1000:
            reported |= await desk.reports()
    assert [call for call in enforcer.calls if call[0] == "enforce"] == [("enforce", 1), ("enforce", 1000)]
    assert {report["state"] for report in reported.values()} == {"enforced"}


async def test_block_unblock_block_ends_blocked(enforcer):
    enforcer.may_go_on.clear()
    async with reconciling(enforcer) as desk:
        desk.wish("cam-1", command_id="c1")
        await until(lambda: enforcer.calls)
        desk.wish("cam-1", desired=False, command_id="c2")
        desk.wish("cam-1", command_id="c3")
        enforcer.may_go_on.set()
        await until(lambda: enforcer.calls.count(("enforce", 1)) == 2)
        while (await desk.report())["command_id"] != "c3":
            pass
    assert enforcer.blocked == {"cam-1"}


async def test_drift_that_is_seen_is_repaired_within_a_second_and_told(enforcer):
    async with reconciling(enforcer) as desk:
        desk.wish("cam-1")
        await desk.report()
        enforcer.blocked.clear()
        enforcer.drifted("somebody flushed the ruleset")
        async with asyncio.timeout(1):
            report = await desk.report()
        assert (report["state"], report["drifted"]) == ("enforced", "somebody flushed the ruleset")
        assert enforcer.blocked == {"cam-1"}


async def test_drift_that_nobody_tells_of_is_found_by_the_clock(enforcer):
    async with reconciling(enforcer, interval_seconds=0.05) as desk:
        desk.wish("cam-1")
        await desk.report()
        enforcer.blocked.clear()
        report = await desk.report()
        assert (report["state"], report["drifted"]) == ("enforced", SAYS_SO)


async def test_device_that_comes_into_the_path_is_enforced_and_had_not_drifted():
    class Late(DryRun):
        in_path = False

        async def look(self, wishes):
            found = await super().look(wishes)
            return found if self.in_path else dict.fromkeys(wishes, Finding(ReportState.NOT_IN_PATH))

        async def enforce(self, wishes):
            return await super().enforce(wishes if self.in_path else {}) or await self.look(wishes)

    enforcer = Late()
    async with reconciling(enforcer, interval_seconds=0.05) as desk:
        desk.wish("cam-1")
        assert (await desk.report())["state"] == "not_in_path"
        enforcer.in_path = True
        report = await desk.report()
        assert (report["state"], report["drifted"]) == ("enforced", None)


async def test_suspicion_without_drift_is_no_news(enforcer):
    async with reconciling(enforcer) as desk:
        desk.wish("cam-1")
        await desk.report()
        enforcer.drifted("something else was changed")
        await until(lambda: enforcer.calls[-1][0] == "look" or not desk.reconciler._stirred.is_set())
        desk.wish("tv-1")
        assert list(await desk.reports()) == ["tv-1"]


async def test_what_is_away_is_unavailable_and_tried_again(enforcer):
    enforcer.error = Unavailable("the router", "it does not answer")
    async with reconciling(enforcer, interval_seconds=0.05) as desk:
        desk.wish("cam-1")
        report = await desk.report()
        assert (report["state"], report["detail"]) == ("unavailable", "the router is unavailable: it does not answer")
        enforcer.error = None
        report = await desk.report()
        assert (report["state"], report["drifted"]) == ("enforced", None)


async def test_what_was_forgotten_while_the_enforcer_was_away_is_repaired_and_told(enforcer):
    async with reconciling(enforcer, interval_seconds=0.05) as desk:
        desk.wish("cam-1")
        await desk.report()
        enforcer.error = Unavailable("the router", "it does not answer")
        assert (await desk.report())["state"] == "unavailable"
        enforcer.blocked.clear()
        enforcer.error = None
        report = await desk.report()
    assert (report["state"], report["drifted"]) == ("enforced", SAYS_SO)


async def test_look_that_fails_is_no_drift(enforcer):
    async with reconciling(enforcer) as desk:
        desk.wish("cam-1")
        await desk.report()
        enforcer.error = Misconfigured("nobody can read it")
        enforcer.drifted("something was changed")
        report = await desk.report()
    assert (report["state"], report["detail"], report["drifted"]) == ("failed", "nobody can read it", None)


async def test_watch_that_cannot_is_said_once(enforcer, caplog):
    tries = 0

    async def cannot(drifted):
        nonlocal tries
        tries += 1
        raise Unavailable("what the kernel tells", "it needs a right")

    enforcer.watch = cannot
    async with reconciling(enforcer, interval_seconds=0.05):
        await until(lambda: tries > 2)
    assert [record.getMessage() for record in caplog.records if "cannot watch" in record.getMessage()] == [
        "enforcer test: cannot watch: what the kernel tells is unavailable: it needs a right; trying again"
    ]


async def test_whoever_was_held_and_is_wished_no_more_is_let_go_once_the_enforcer_answers(enforcer):
    enforcer.blocked.add("cam-1")  # by a run before this one
    enforcer.error = Unavailable("the router", "it does not answer")
    async with reconciling(enforcer, interval_seconds=0.05) as desk:
        desk.wish("tv-1", desired=False)
        await until(lambda: enforcer.calls)
        enforcer.error = None
        await until(lambda: not enforcer.blocked)


async def test_fault_of_an_enforcer_is_failed_and_logged(enforcer, caplog):
    enforcer.error = RuntimeError("boom")
    async with reconciling(enforcer) as desk:
        desk.wish("cam-1")
        assert (await desk.report())["state"] == "failed"
    assert "boom" in caplog.text


async def test_enforcer_that_claims_the_opposite_or_nothing_has_failed():
    class Liar(DryRun):
        async def enforce(self, wishes):
            return {"cam-1": Finding(ReportState.RELEASED), "tv-1": Finding(ReportState.ENFORCED)}

    async with reconciling(Liar()) as desk:
        desk.wish("cam-1", "lock-1")
        desk.wish("tv-1", desired=False)
        reports = await desk.reports()
        while reports.keys() != {"cam-1", "lock-1", "tv-1"}:
            reports |= await desk.reports()
    assert {id: report["state"] for id, report in reports.items()} == dict.fromkeys(reports, "failed")
    assert reports["lock-1"]["detail"] == "this enforcer says nothing of the device"


async def test_nothing_is_done_before_the_wishes_are_known(enforcer):
    async with reconciling(enforcer, interval_seconds=0.02) as desk:
        desk.wishes.hear("cam-1", b'{"desired": true}')
        desk.reconciler.stir("cam-1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await desk.reconciler.reports()
    assert enforcer.calls == []


async def test_report_that_could_not_be_said_is_said_later_with_what_had_drifted(enforcer):
    async with reconciling(enforcer) as desk:
        desk.wish("cam-1")
        await desk.report()
        enforcer.blocked.clear()
        enforcer.drifted("by hand")
        taken = await desk.reconciler.reports()
        desk.reconciler.give_back(taken)
        desk.reconciler.say_again()
        assert (await desk.report())["drifted"] == "by hand"
