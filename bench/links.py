"""Measures durable ingest over both links in one run: events a second on the wall, and per CPU second of the bridge.

It is part of `make bench`; alone, also with a profile:

    python -m bench.links                 # an empty journal, then one of a million events
    python -m bench.links --events 60000 --rounds 3 --journal 0

Alerts wait in a real Mosquitto, in the bridge's session, before it comes: so the publisher is never what is measured.
Then a process of its own, on one core, takes them through `Ingest` into SQLite (WAL, synchronous FULL) and acknowledges
them; Mosquitto is on the other core. The clock runs from the first message to the last acknowledgement.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import mqtt5
import uvloop

from bench.processes import CannotMeasure
from bridge.address import Address
from bridge.aiomqtt_link import AiomqttLink
from bridge.ingest import Ingest
from bridge.link import Connect, Link, Message
from bridge.mqtt_link import MqttLink
from homeguard.health import Health
from homeguard.journal import Journal
from homeguard.topics import Topics
from tests.brokers import RunningBroker

LINKS: dict[str, Connect] = {"aiomqtt": AiomqttLink.connect, "mqtt5": MqttLink.connect}
IN_FLIGHT = 400  # of the publisher's, unacknowledged; the broker allows 500
DEVICES = 50  # that raise the alerts; a home knows its devices
BRIDGE_CORE, BROKER_CORE = 0, 1


class Counted:
    """A link that counts what it has acknowledged, stops after `events`, and reads the clocks at both ends."""

    def __init__(self, link: Link, events: int) -> None:
        self._link = link
        self._left = events
        self.session_present = link.session_present
        self.batches = 0
        self.began: tuple[float, float] | None = None
        self.ended: tuple[float, float] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)

    async def receive(self, limit: int) -> list[Message]:
        batch = await self._link.receive(limit)
        self.began = self.began or (time.perf_counter(), time.process_time())
        return batch

    def acknowledge(self, messages: Iterable[Message]) -> None:
        self._link.acknowledge(messages)
        self.batches += 1
        self._left -= len(list(messages))
        if self._left <= 0:
            self.ended = (time.perf_counter(), time.process_time())
            self._link.stop_receiving()


async def ingest(link_name: str, address: Address, journal_path: str, events: int, profile: str | None) -> None:
    """Take `events` in, in this process, and print what it took as JSON."""
    journal = Journal.open(journal_path)
    topics = Topics()
    async with LINKS[link_name](address, None) as link:
        await link.subscribe(topics.everything)
        counted = Counted(link, events)
        if profile:
            import cProfile

            with cProfile.Profile() as profiler:
                await Ingest(journal, topics, Health()).run(counted)
            profiler.dump_stats(profile)
        else:
            await Ingest(journal, topics, Health()).run(counted)
    heads = await journal.heads()
    journal.close()
    assert counted.began is not None
    assert counted.ended is not None
    wall, cpu = (end - begin for begin, end in zip(counted.began, counted.ended, strict=True))
    print(json.dumps({"wall": wall, "cpu": cpu, "batches": counted.batches, "head": max(heads.values())}))


async def open_session(address: Address) -> None:
    """Let the broker keep a session for the bridge."""
    async with MqttLink.connect(address) as link:
        await link.subscribe(Topics().everything)


def alerts(events: int) -> Iterator[bytes]:
    """Make alerts of about 200 bytes, without an id of their own, as small devices send them."""
    for number in range(events):
        yield json.dumps(
            {
                "device_id": f"cam-{number % DEVICES}",
                "reason": f"Port scan from 192.0.2.{number % 250} on {number % 1000} ports",
                "severity": "high",
                "category": "network",
                "details": {"number": number, "ports": [22, 80, 443, 8080], "protocol": "tcp", "blocked": False},
            }
        ).encode()


def publish(broker: RunningBroker, events: int) -> float:
    """Publish under QoS 1, many in flight; returns the seconds it took."""
    account = broker.operator
    with socket.create_connection((broker.host, broker.port)) as line:
        password = None if account.password is None else account.password.encode()
        hello = mqtt5.ConnectPacket("bench-publisher", username=account.username, password=password, clean_start=True)
        line.sendall(hello.write())
        acknowledged, rest = 0, b""
        began = time.perf_counter()
        sent = 0
        source = alerts(events)
        at_least_once = mqtt5.QoS.AT_LEAST_ONCE
        while acknowledged < events:
            burst = [
                mqtt5.PublishPacket(
                    "homeguard/alerts", next(source), qos=at_least_once, packet_id=(sent + place) % 60_000 + 1
                ).write()
                for place in range(min(IN_FLIGHT - (sent - acknowledged), events - sent))
            ]
            sent += len(burst)
            line.sendall(b"".join(burst))
            rest += line.recv(1 << 16)
            while True:
                try:
                    packet, size = mqtt5.read(memoryview(rest))
                except IndexError:
                    break
                rest = rest[size:]
                acknowledged += isinstance(packet, mqtt5.PubAckPacket)
        line.sendall(mqtt5.DisconnectPacket().write())
        return time.perf_counter() - began


def fill(path: Path, events: int) -> None:
    """Make a journal with this many alerts of devices that it knows, past all our code but its tables."""
    Journal.open(str(path)).close()
    connection = sqlite3.connect(path)
    body = next(alerts(1)).decode()
    at = "2026-11-22T20:00:00.000Z"
    columns = "seq, channel, type, prev, at, device_id, severity, dedupe, body"
    with connection:
        connection.executemany(
            f"INSERT INTO events ({columns}) VALUES (?, 'alerts', 'new_alert', ?, ?, ?, 'high', NULL, ?)",  # noqa: S608
            ((seq, seq - 1, at, f"cam-{seq % DEVICES}", body) for seq in range(1, events + 1)),
        )
        connection.execute("UPDATE channels SET head = ? WHERE name = 'alerts'", (events,))
        connection.executemany(
            "INSERT INTO devices (id, fields, shown_block, first_seen_at, last_seen_at, updated_seq, removed) "
            "VALUES (?, '{}', '{}', ?, ?, 0, FALSE)",
            ((f"cam-{number}", at, at) for number in range(DEVICES)),
        )
    connection.close()


def measure(
    broker: RunningBroker, link: str, filled: Path, journal_events: int, events: int, profile: str | None = None
) -> dict[str, float]:
    """Measure one link once, on a copy of a journal that holds `journal_events`.

    Raises:
        CannotMeasure: it failed, or stored another number of events than were published.
    """
    journal = filled.with_name(f"{link}.db")
    for old in filled.parent.glob(f"{link}.db*"):
        old.unlink()
    shutil.copy(filled, journal)
    account = broker.service
    asyncio.run(
        open_session(Address(broker.host, broker.port, account.client_id or "", account.username, account.password))
    )
    publish(broker, events)
    assert broker.pid is not None
    os.sched_setaffinity(broker.pid, {BROKER_CORE})
    command = [sys.executable, "-m", "bench.links", "--child", link, str(journal), "--events", str(events)]
    if profile:
        command += ["--profile", f"{profile}.{link}"]
    secrets = json.dumps([broker.host, broker.port, account.client_id, account.username, account.password])
    done = subprocess.run(command, input=secrets, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise CannotMeasure(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    if result["head"] != journal_events + events:
        raise CannotMeasure(f"{link}: {result['head'] - journal_events} events stored, not {events}")
    return {**result, "events": events}


def in_turns(
    directory: Path,
    journal_events: int,
    events: int,
    rounds: int,
    links: Iterable[str] = LINKS,
    profile: str | None = None,
) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Measure the links in turns on a journal of this size: yields link, round, and what `measure` found."""
    with tempfile.TemporaryDirectory(dir=directory) as made, RunningBroker(Path(made) / "broker") as broker:
        filled = Path(made) / "filled.db"
        fill(filled, journal_events)
        for number in range(rounds):
            for link in links:
                yield link, number, measure(broker, link, filled, journal_events, events, profile)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--journal", type=int, nargs="*", default=[0, 1_000_000], help="events in it beforehand")
    parser.add_argument("--rounds", type=int, default=3, help="the median counts")
    parser.add_argument("--links", nargs="*", choices=LINKS, default=list(LINKS))
    parser.add_argument("--dir", type=Path, help="where the journals are made; a real disk, not memory")
    parser.add_argument("--profile", help="write cProfile data to PROFILE.<link>")
    parser.add_argument("--child", nargs=2, metavar=("LINK", "JOURNAL"), help=argparse.SUPPRESS)
    return parser.parse_args()


def run_child(options: argparse.Namespace) -> None:
    """Be the bridge's process."""
    os.sched_setaffinity(0, {BRIDGE_CORE})
    address = Address(*json.loads(sys.stdin.read()))
    link, journal = options.child
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(ingest(link, address, journal, options.events, options.profile))


def compare(journal_events: int, options: argparse.Namespace) -> None:
    """Measure the links on journals of this size, and print their medians."""
    rounds: dict[str, list[dict[str, float]]] = {link: [] for link in options.links}
    measured = in_turns(options.dir, journal_events, options.events, options.rounds, options.links, options.profile)
    for link, _, result in measured:
        rounds[link].append(result)
    rates: dict[str, float] = {}
    for link, results in rounds.items():
        walls = [options.events / result["wall"] for result in results]
        rates[link] = statistics.median(walls)
        cpu = statistics.median(result["cpu"] for result in results) / options.events
        batch = options.events / statistics.median(result["batches"] for result in results)
        every = ", ".join(f"{wall:,.0f}" for wall in walls)
        columns = f"{rates[link]:>9,.0f} {1 / cpu:>10,.0f} {cpu * 1e6:>7.1f} {batch:>8.0f}"
        print(f"{journal_events:>9} {link:>8} {columns} {every}", flush=True)
    if len(rates) == len(LINKS):
        print(f"{journal_events:>9} mqtt5 is {rates['mqtt5'] / rates['aiomqtt']:.1f} times as fast", flush=True)


def main() -> None:
    """Measure and print a table."""
    options = arguments()
    if options.child:
        run_child(options)
        return
    header = f"{'events/s':>9} {'per CPU s':>10} {'us CPU':>7} {'a batch':>8} events/s of each round"
    print(f"{'journal':>9} {'link':>8} {header}")
    for journal_events in options.journal:
        compare(journal_events, options)


if __name__ == "__main__":
    main()
