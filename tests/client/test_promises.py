"""Nothing lost and nothing doubled: both kinds of device, a real Mosquitto, a real bridge and its journal."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from homeguard.client import Backoff, Device, OutboxFull
from homeguard.client import outbox as outboxes
from homeguard.errors import Unavailable
from homeguard.journal import Journal
from tests.bridge.running import running_bridge
from tests.client.kinds import AnyKind, MakeDevice
from tests.conftest import OwnBroker
from tests.journal.intake import Desk
from tests.waiting import until


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal.open(str(tmp_path / "journal.db"))
    yield journal
    journal.close()


@pytest.fixture
def desk(journal: Journal) -> Desk:
    return Desk(journal)


def alerts(desk: Desk) -> list[dict[str, Any]]:
    """Return the journalled alerts of cam-1, oldest first."""
    bodies = [json.loads(event.body) for event in desk.committed if event.type.value == "new_alert"]
    return [body for body in bodies if body["device_id"] == "cam-1" and "seq" in body]


async def test_a_broker_that_is_killed_again_and_again_has_no_effect(
    make_device: MakeDevice, own_broker: OwnBroker, journal: Journal, desk: Desk, tmp_path: Path
) -> None:
    broker = own_broker()
    reasons = [f"Alert {number}" for number in range(40)]
    async with (
        running_bridge(broker, journal),
        make_device(broker, outbox=tmp_path / "outbox", patience_seconds=0.5) as device,
    ):
        await asyncio.wait_for(device.connected(), 10)
        for number, reason in enumerate(reasons):
            await device.alert(reason)
            if number % 20 == 10:
                await asyncio.to_thread(broker.kill_and_wait)
        await asyncio.wait_for(device.drained(), 60)
        assert await device.waiting() == 0
    stored = alerts(desk)
    assert sorted(alert["seq"] for alert in stored) == list(range(1, 41))
    assert {alert["reason"] for alert in stored} == set(reasons)
    assert len({alert["boot"] for alert in stored}) == 1


async def test_a_broker_that_hangs_is_noticed_by_its_silence(
    make_device: MakeDevice, own_broker: OwnBroker, journal: Journal, desk: Desk, tmp_path: Path
) -> None:
    broker = own_broker()
    async with (
        running_bridge(broker, journal),
        make_device(broker, outbox=tmp_path / "outbox", keepalive_seconds=1) as device,
    ):
        await asyncio.wait_for(device.connected(), 10)
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            await until(lambda: not device.is_connected)
            await device.alert("Nobody hears this yet")
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        await asyncio.wait_for(device.drained(), 30)
    assert [alert["seq"] for alert in alerts(desk)] == [1]


async def test_a_device_that_is_killed_before_the_proof_sends_again_from_its_file(
    kind: type[AnyKind],
    make_device: MakeDevice,
    own_broker: OwnBroker,
    journal: Journal,
    desk: Desk,
    tmp_path: Path,
) -> None:
    broker = own_broker()
    outbox = tmp_path / "outbox"
    async with running_bridge(broker, journal) as health:
        await until(lambda: health.state.is_ready)
    # The bridge is away: the broker keeps the first copies for it, and nobody proves anything.
    name = "Device" if kind is Device else "SyncDevice"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.client.raiser", name, str(broker.port), str(outbox), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{broker.device('cam-1').password}\n".encode())
    async with asyncio.timeout(20):
        ids = [(await process.stdout.readline()).decode().strip() for _ in range(30)]
        process.kill()
        await process.wait()
        ids += (await process.stdout.read()).decode().split()
    async with (
        running_bridge(broker, journal),
        make_device(broker, outbox=outbox, patience_seconds=1) as device,
    ):
        last = await device.alert("The last one")
        await asyncio.wait_for(device.drained(), 60)
    stored = {alert["id"]: alert["seq"] for alert in alerts(desk)}
    assert len(stored) == len(alerts(desk))  # none twice
    assert [stored.get(id) for id in ids] == list(range(1, len(ids) + 1))
    # One more may have been on disk when the process was killed, before it could print its id.
    assert sorted(stored.values()) == list(range(1, stored[last] + 1))
    assert stored[last] - len(ids) in (1, 2)


async def test_an_outbox_that_is_locked_is_told_and_used_again(
    make_device: MakeDevice,
    own_broker: OwnBroker,
    journal: Journal,
    desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outboxes, "BUSY_SECONDS", 0.05)
    broker = own_broker()
    async with running_bridge(broker, journal), make_device(broker, outbox=tmp_path / "outbox") as device:
        await device.alert("Before")
        await asyncio.wait_for(device.drained(), 20)
        with closing(sqlite3.connect(tmp_path / "outbox", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(Unavailable, match="locked"):
                await device.alert("Not taken")
        await device.alert("After")
        await asyncio.wait_for(device.drained(), 20)
    assert [(alert["seq"], alert["reason"]) for alert in alerts(desk)] == [(1, "Before"), (2, "After")]


async def test_an_outbox_that_was_full_takes_again_what_it_can_send(
    make_device: MakeDevice, own_broker: OwnBroker, journal: Journal, desk: Desk, tmp_path: Path
) -> None:
    broker = own_broker()
    device = make_device(broker, outbox=tmp_path / "outbox", max_alerts=2)
    await device.alert("One")
    await device.alert("Two")
    with pytest.raises(OutboxFull):
        await device.alert("Not taken")
    async with running_bridge(broker, journal):
        device.start()
        await asyncio.wait_for(device.drained(), 20)
        await device.alert("Three")
        await asyncio.wait_for(device.drained(), 20)
        await device.close()
    assert [(alert["seq"], alert["reason"]) for alert in alerts(desk)] == [(1, "One"), (2, "Two"), (3, "Three")]


async def test_a_new_outbox_is_a_new_numbering(
    make_device: MakeDevice, own_broker: OwnBroker, journal: Journal, desk: Desk, tmp_path: Path
) -> None:
    broker = own_broker()
    async with running_bridge(broker, journal):
        for outbox in (tmp_path / "outbox", tmp_path / "outbox", ":memory:", ":memory:"):
            async with make_device(broker, outbox=outbox, backoff=Backoff(0.02, 0.05)) as device:
                await device.alert("Motion")
                await asyncio.wait_for(device.drained(), 20)
    assert [alert["seq"] for alert in alerts(desk)] == [1, 2, 1, 1]
    boots = [alert["boot"] for alert in alerts(desk)]
    assert boots[0] == boots[1]
    assert len(set(boots)) == 3
