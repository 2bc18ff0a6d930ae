"""Compares what is wished with what is in force, again and again, repairs the difference and reports what it read."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from enforce.enforcer import Enforcer, Finding, Wish
from enforce.wishes import Wishes
from homeguard.backoff import Backoff
from homeguard.errors import HomeGuardError, Unavailable
from homeguard.events import MAX_REASON, JsonObject, ReportState

logger = logging.getLogger(__name__)

INTERVAL_SECONDS: Final = 30.0  # between two looks where nobody has anything to say
ANSWER_SECONDS: Final = 60.0  # for an enforcer to do its work; a router over the network may need some
RETRY_SECONDS: Final = 1.0  # at first, where something failed; at last as long as the interval

# A pass is of all wishes. Where a thousand come one by one, most of the time must be left for them to come; a wish that
# comes alone waits for nothing.
REST_PER_PASS: Final = 4
MOST_REST_SECONDS: Final = 0.25

Ask = Callable[[Mapping[str, Wish]], Awaitable[dict[str, Finding]]]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found for one device; `drifted` says what had to be repaired."""

    finding: Finding
    command_id: str | None
    took_ms: float | None = None
    drifted: str | None = None

    def to_json(self) -> JsonObject:
        """Write it as it goes to `blocks/{device_id}/report/{enforcer}`."""
        detail = self.finding.detail
        return {
            "state": self.finding.state.value,
            "command_id": self.command_id,
            "took_ms": None if self.took_ms is None else round(self.took_ms, 1),
            "detail": detail[:MAX_REASON] if detail else None,
            "drifted": self.drifted[:MAX_REASON] if self.drifted else None,
        }


class Reconciler:
    """Owns one enforcer: says when it acts, and never reports what it has not read back.

    Wishes that come while the enforcer works are done together in the next pass, so a thousand at once are few passes.
    """

    def __init__(
        self,
        enforcer: Enforcer,
        wishes: Wishes,
        *,
        interval_seconds: float = INTERVAL_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Take the enforcer, the wishes as they are heard, and a clock in seconds."""
        self._enforcer = enforcer
        self._wishes = wishes
        self._interval = interval_seconds
        self._clock = clock
        self._backoff = Backoff(RETRY_SECONDS, interval_seconds)
        self._stirred = asyncio.Event()
        self._stirred_at: dict[str, float] = {}
        self._suspicion: tuple[str, float] | None = None
        self._done: dict[str, Wish] = {}  # the wishes that the enforcer was given last
        self._proved: dict[str, Wish] = {}  # the wishes that were in force when it answered last
        self._owes = True  # to enforce: at first somebody may be held whose wish is gone
        self._found: dict[str, Finding] = {}
        self._said: dict[str, Report] = {}
        self._unsaid: dict[str, Report] = {}
        self._has_news = asyncio.Event()

    def stir(self, device_id: str | None = None) -> None:
        """Note that a wish may be another."""
        if device_id is not None:
            self._stirred_at.setdefault(device_id, self._clock())
        self._stirred.set()

    def suspect(self, why: str) -> None:
        """Note that somebody else changed what is in force."""
        self._suspicion = self._suspicion or (why, self._clock())
        self._stirred.set()

    def say_again(self) -> None:
        """Report everything once more: who listens may have missed it."""
        self._unsaid = self._said | self._unsaid
        self._has_news.set()
        self._stirred.set()

    async def reports(self) -> dict[str, Report]:
        """Wait for reports and take them; one that could not be said is given back with `give_back`."""
        while not self._unsaid:
            self._has_news.clear()
            await self._has_news.wait()
        taken, self._unsaid = self._unsaid, {}
        return taken

    def give_back(self, reports: Mapping[str, Report]) -> None:
        """Keep reports that were not said; newer ones take their place, but not what had drifted before."""
        for id, report in reports.items():
            newer = self._unsaid.get(id, report)
            self._unsaid[id] = replace(newer, drifted=newer.drifted or report.drifted)

    async def run(self) -> None:
        """Reconcile for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch(), name=f"{self._enforcer.name}-watch")
            patience = self._interval
            while True:
                try:
                    async with asyncio.timeout(patience):
                        await self._stirred.wait()
                except TimeoutError:
                    pass
                self._stirred.clear()
                if self._wishes.is_known:
                    began = self._clock()
                    patience = self._interval if await self.reconcile() else self._backoff.next() + 0.1
                    await asyncio.sleep(min(MOST_REST_SECONDS, REST_PER_PASS * (self._clock() - began)))

    async def reconcile(self) -> bool:
        """Make one pass; says whether everything is as it is wished."""
        wishes, suspicion, self._suspicion = self._wishes.current, self._suspicion, None
        stirred_at, self._stirred_at = self._stirred_at, {}
        was_away = self._owes
        self._owes = self._owes or wishes != self._done
        drifted: dict[str, str] = {}
        # Whoever was away may have forgotten what it held: that is told too, not only repaired.
        if suspicion is not None or not self._owes or (was_away and self._proved):
            looked, has_answered = await self._ask(self._enforcer.look, wishes)
            drifted = self._drift(wishes, looked, suspicion) if has_answered else {}
            if not self._owes and all(_is_right(wish, looked[id]) for id, wish in wishes.items()):
                self._settle(wishes, looked, {}, {})
                return True
        found, has_answered = await self._ask(self._enforcer.enforce, wishes)
        self._owes = not has_answered
        if has_answered:
            self._proved = {id: wish for id, wish in wishes.items() if found[id].state == _wanted(wish)}
        since = dict.fromkeys(drifted, suspicion[1] if suspicion else self._clock()) | stirred_at
        self._settle(wishes, found, drifted, since)
        is_all_right = has_answered and all(_is_right(wish, found[id]) for id, wish in wishes.items())
        if is_all_right:
            self._backoff.reset()
        return is_all_right

    def _drift(
        self, wishes: Mapping[str, Wish], looked: Mapping[str, Finding], suspicion: tuple[str, float] | None
    ) -> dict[str, str]:
        """Tell which devices were as wished when the enforcer answered last, and are not any more."""
        drifted = {}
        for id, wish in wishes.items():
            now = looked[id]
            is_off = not _is_right(wish, now) and now.state != ReportState.UNAVAILABLE
            if is_off and self._proved.get(id) == wish:
                drifted[id] = suspicion[0] if suspicion else now.detail or f"it was {now.state.value}"
                logger.warning("enforcer %s: the block of %s had drifted: %s", self._enforcer.name, id, drifted[id])
        return drifted

    async def _ask(self, ask: Ask, wishes: Mapping[str, Wish]) -> tuple[dict[str, Finding], bool]:
        """Let the enforcer speak for each wish, whatever becomes of it; says whether it answered."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                found = await ask(wishes)
        except TimeoutError:
            return self._unknown(wishes, f"it did not answer within {ANSWER_SECONDS:.0f} s"), False
        except Unavailable as error:
            return self._unknown(wishes, str(error)), False
        except HomeGuardError as error:
            logger.error("enforcer %s: %s", self._enforcer.name, error)  # noqa: TRY400
            return dict.fromkeys(wishes, Finding(ReportState.FAILED, str(error))), False
        except Exception:
            logger.exception("enforcer %s: a fault of this enforcer", self._enforcer.name)
            return dict.fromkeys(wishes, Finding(ReportState.FAILED, "a fault of this enforcer: see its log")), False
        return {id: _checked(wish, found.get(id)) for id, wish in wishes.items()}, True

    def _unknown(self, wishes: Mapping[str, Wish], why: str) -> dict[str, Finding]:
        """Say that nothing is known; who was free and is to be free needs no proof of it once more."""
        logger.warning("enforcer %s: %s", self._enforcer.name, why)
        unknown = Finding(ReportState.UNAVAILABLE, why)
        return {id: self._found[id] if self._is_free(wish) else unknown for id, wish in wishes.items()}

    def _is_free(self, wish: Wish) -> bool:
        id, before = wish.device_id, self._found.get(wish.device_id)
        return not wish.desired and before is not None and self._done.get(id) == wish and _is_right(wish, before)

    def _settle(
        self,
        wishes: Mapping[str, Wish],
        found: Mapping[str, Finding],
        drifted: Mapping[str, str],
        since: Mapping[str, float],
    ) -> None:
        """Remember what was found, and report what nobody has been told yet."""
        now = self._clock()
        for id, wish in wishes.items():
            report = Report(found[id], wish.command_id)
            if id not in drifted and self._said.get(id) == report:
                continue
            self._said[id] = report
            waiting = self._unsaid.get(id)
            self._unsaid[id] = replace(
                report,
                took_ms=(now - since[id]) * 1000 if id in since else None,
                drifted=drifted.get(id) or (waiting.drifted if waiting else None),
            )
        for id in self._said.keys() - wishes.keys():
            del self._said[id]
            self._unsaid.pop(id, None)
        self._done, self._found = dict(wishes), dict(found)
        if self._unsaid:
            self._has_news.set()

    async def _watch(self) -> None:
        backoff, said = Backoff(RETRY_SECONDS, self._interval), ""
        while True:
            try:
                await self._enforcer.watch(self.suspect)
            except HomeGuardError as error:
                if str(error) != said:
                    logger.warning("enforcer %s: cannot watch: %s; trying again", self._enforcer.name, error)
                said = str(error)
            except Exception:
                logger.exception("enforcer %s: a fault while watching", self._enforcer.name)
            await asyncio.sleep(backoff.next())


def _is_right(wish: Wish, finding: Finding) -> bool:
    """Say whether what was found is what is wished, as far as this enforcer can do anything."""
    return finding.state in (_wanted(wish), ReportState.NOT_IN_PATH)


def _wanted(wish: Wish) -> ReportState:
    return ReportState.ENFORCED if wish.desired else ReportState.RELEASED


def _checked(wish: Wish, finding: Finding | None) -> Finding:
    """Let no enforcer claim the opposite of what is wished as if it were done."""
    if finding is None:
        return Finding(ReportState.FAILED, "this enforcer says nothing of the device")
    opposite = ReportState.RELEASED if wish.desired else ReportState.ENFORCED
    if finding.state != opposite:
        return finding
    return Finding(ReportState.FAILED, finding.detail or ("it is not in force" if wish.desired else "still in force"))
