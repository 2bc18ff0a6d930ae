"""What is run, in which order: repetitions interleaved, so that what else the machine does falls on all alike."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.grow import grow_journal
from bench.links import in_turns
from bench.measure import Stage, measure
from bench.ours import HomeGuard
from bench.server import Place
from bench.servers import SERVERS

Run = dict[str, Any]  # one record of the results: scenario, server, clients, repetition, stages and what else is known

JUDGED: Final = ("c-loop", "homeguard", "mosquitto")  # the servers that the goals compare
RATES: Final = {100: 100, 500: 50, 2_000: 10, 10_000: 2}  # events a second by clients: a write for each frame
LATENCY_RATES: Final = (1, 50, 200, 1_000)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is run."""

    repetitions: int
    paced_seconds: float
    saturated_seconds: float
    clients: int = 500
    crowd: int = 10_000  # connections that wait for something to happen
    lost: int = 5_000  # clients that lose their server at once
    others: tuple[int, ...] = ()  # client counts at which all servers are measured
    latency_seconds: float = 0
    million: int = 0
    million_seconds: float = 100
    journals: tuple[int, ...] = ()
    ingested: int = 0
    servers: tuple[str, ...] = JUDGED
    stalled_percent: int = 10
    rate: float = 50
    scenarios: tuple[str, ...] = (
        "ratios",
        "crowd",
        "back",
        "stalled",
        "ingest",
        "everybody",
        "latency",
        "million",
        "growth",
    )


FULL: Final = Size(
    repetitions=3,
    paced_seconds=3,
    saturated_seconds=2.5,
    others=(100, 500, 2_000, 10_000),
    latency_seconds=5,
    million=1_000_000,
    journals=(0, 1_000_000, 5_000_000, 10_000_000),
    ingested=60_000,
)
QUICK: Final = Size(
    repetitions=2,
    paced_seconds=2,
    saturated_seconds=1,
    scenarios=("ratios", "stalled"),
)
SMOKE: Final = Size(
    repetitions=1,
    paced_seconds=1,
    saturated_seconds=0.5,
    clients=20,
    crowd=40,
    lost=20,
    servers=("c-loop", "homeguard"),
    scenarios=("ratios", "back"),
)


@dataclass(slots=True)
class Session:
    """One run of the bench: where it runs, how much, and what it leaves out."""

    place: Place
    size: Size
    left_out: dict[str, str]
    tell: Callable[[str], None] = field(default=print)

    def run(self) -> Iterator[Run]:
        """Run every scenario, and yield each run as it ends."""
        for name in self.size.scenarios:
            scenario: Callable[[], Iterator[Run]] = getattr(self, f"_{name}")
            yield from scenario()

    def _one(self, scenario: str, server: str, clients: int, repetition: int, stages: list[str], **options: Any) -> Run:
        """Run one server fresh, and the stages on it."""
        self.tell(f"{scenario}: {server}, {clients} clients, {' '.join(stages)}")
        with SERVERS[server](self.place) as running:
            measured = measure(running, clients, stages, **options)
        return _record(scenario, server, clients, repetition, measured, **options)

    def _ratios(self) -> Iterator[Run]:
        """Goals 1 to 3: CPU a delivery, deliveries a second, latency; and what one event costs without an audience."""
        size = self.size
        paced, saturated = f"paced:{size.rate}:{size.paced_seconds}", f"saturate:{size.saturated_seconds}"
        servers = [name for name in size.servers if name not in self.left_out]
        for repetition in range(size.repetitions):
            for server in servers:
                yield self._one("ratios", server, size.clients, repetition, ["connect", paced, saturated])
            if size.repetitions > 1:
                yield self._one("alone", "homeguard", 1, repetition, ["connect", paced])

    def _crowd(self) -> Iterator[Run]:
        """Goals 4 and 5: memory of a connection in which nothing happens, and how fast they are made."""
        few = {self.size.crowd // 10} if self.size.others else set()
        for clients in sorted(few | {self.size.crowd}):
            yield self._one("crowd", "homeguard", clients, 0, ["connect", "idle:2"])

    def _back(self) -> Iterator[Run]:
        """Goal 6: HomeGuard is killed, started again, and everybody comes back to where they were."""
        clients = self.size.lost
        self.tell(f"back: homeguard, {clients} clients, killed and started again")
        times: dict[str, float] = {}
        with SERVERS["homeguard"](self.place) as server:
            assert isinstance(server, HomeGuard)

            def on_line(line: Stage) -> None:
                if line["stage"] != "ready to lose":
                    return
                time.sleep(0.5)  # some events are under way
                times["killed_at"] = server.kill()
                server.start()
                times["started_at"] = time.clock_gettime(time.CLOCK_MONOTONIC)

            measured = measure(server, clients, ["connect", "paced:10:1", "lose:20"], on_line=on_line)
        yield {**_record("back", "homeguard", clients, 0, measured), **times}

    def _stalled(self) -> Iterator[Run]:
        """Goal 8: the same readers, alone and beside clients that read nothing."""
        size = self.size
        stages = ["connect", "saturate:1", f"paced:200:{size.paced_seconds}"]  # the first fills who is stalled
        if size.others:
            stages.append(f"saturate:{size.saturated_seconds}")
        readers = size.clients * (100 - size.stalled_percent) // 100
        for repetition in range(size.repetitions):
            yield self._one("stalled", "homeguard", readers, repetition, stages)
            yield self._one(
                "stalled", "homeguard", size.clients, repetition, stages, stalled_percent=size.stalled_percent
            )

    def _ingest(self) -> Iterator[Run]:
        """Goal 7: what waits in the broker goes into a journal of a million events, over either link."""
        if not self.size.ingested:
            return
        events = 1_000_000
        self.tell(f"ingest: {self.size.ingested:,} events into a journal of {events:,}, over both links in turns")
        for link, number, found in in_turns(self.place.directory, events, self.size.ingested, self.size.repetitions):
            yield _record("ingest", link, 0, number, [{"stage": "ingest", **found}], journal_events=events)

    def _everybody(self) -> Iterator[Run]:
        """Every server at every number of clients."""
        for clients in self.size.others:
            stages = ["connect", "idle:1", f"paced:{RATES[clients]}:{self.size.paced_seconds}"]
            for server in SERVERS:
                if server not in self.left_out:
                    stage = f"saturate:{self.size.saturated_seconds}"
                    yield self._one("everybody", server, clients, 0, [*stages, stage])

    def _latency(self) -> Iterator[Run]:
        """From publish to socket, end to end over MQTT, at rising rates."""
        if not self.size.latency_seconds:
            return
        for rate in LATENCY_RATES:
            for server in ("homeguard", "mosquitto"):
                if server not in self.left_out:
                    seconds = max(self.size.latency_seconds, 5 / rate)
                    yield self._one("latency", server, self.size.clients, 0, ["connect", f"paced:{rate}:{seconds}"])

    def _million(self) -> Iterator[Run]:
        """Memory while a million events pass, a tenth of the clients stalled."""
        if self.size.million:
            stage = f"events:{self.size.million}:{self.size.million_seconds}"
            yield self._one(
                "million", "homeguard", 50, 0, ["connect", stage], stalled_percent=self.size.stalled_percent
            )

    def _growth(self) -> Iterator[Run]:
        """Cost of appending as the journal grows."""
        data_dir = self.place.directory / "growing"
        for events in self.size.journals:
            with HomeGuard(self.place, data_dir):
                pass  # makes the journal, and proves that it starts on what it was grown to
            seconds = grow_journal(data_dir / "homeguard.db", events)
            self.tell(f"growth: homeguard, {events:,} events in the journal (made in {seconds:.0f} s)")
            with HomeGuard(self.place, data_dir) as server:
                measured = measure(server, 10, ["connect", "paced:100:3", f"saturate:{self.size.saturated_seconds}"])
            size = (data_dir / "homeguard.db").stat().st_size
            yield _record("growth", "homeguard", 10, 0, measured, journal_events=events, journal_bytes=size)
        _forget(data_dir)


def _record(scenario: str, server: str, clients: int, repetition: int, stages: list[Stage], **known: Any) -> Run:
    return {
        "scenario": scenario,
        "server": server,
        "clients": clients,
        "repetition": repetition,
        "stages": stages,
        **known,
    }


def _forget(data_dir: Path) -> None:
    for path in data_dir.glob("homeguard.db*"):
        path.unlink()
