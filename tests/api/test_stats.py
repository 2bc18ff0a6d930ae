from datetime import timedelta

from httpx import AsyncClient

from api.rest.models.stats import Stats
from homeguard.events import Alert, DeviceUpdate, Severity
from homeguard.journal.models import EventRow
from tests.api.conftest import Home
from tests.clock import ManualClock

DATA = {"device_id": "cam-1", "severity": "high", "reason": "Port scan", "verified": True}
ALERT = Alert("cam-1", "Port scan", Severity.HIGH, True, data=DATA)


async def counted(client: AsyncClient) -> Stats:
    answer = await client.get("/api/stats")
    assert answer.status_code == 200
    return Stats.model_validate(answer.json())


async def test_the_overview_is_counted(operator: AsyncClient, home: Home, clock: ManualClock) -> None:
    await home.receive(ALERT, ALERT, DeviceUpdate("cam-1", {"status": "online"}, verified=True))
    clock.advance(60)
    await operator.post(f"/api/alerts/{home.context.journal.epoch}-1/acknowledge")
    await operator.post("/api/devices/cam-1/block")
    stats = await counted(operator)
    assert stats.alerts_24h is not None
    assert stats.devices is not None
    assert stats.at == "2026-11-23T20:01:00.000Z"
    assert (stats.alerts_24h.total, stats.alerts_24h.unacknowledged, stats.alerts_24h.by_severity.high) == (2, 1, 2)
    assert (stats.devices.known, stats.devices.online, stats.devices.blocked) == (1, 1, 1)
    assert len(stats.minutes) == 60
    assert [(minute.at, minute.alerts, minute.devices) for minute in stats.minutes[-2:]] == [
        ("2026-11-23T20:00:00.000Z", 2, 1),
        ("2026-11-23T20:01:00.000Z", 1, 0),
    ]


async def test_an_empty_home_counts_nothing(viewer: AsyncClient) -> None:
    stats = await counted(viewer)
    assert stats.alerts_24h is not None
    assert stats.devices is not None
    assert (stats.alerts_24h.total, stats.devices.known) == (0, 0)
    assert not any(minute.alerts or minute.devices for minute in stats.minutes)


async def test_minutes_that_have_settled_are_counted_once(viewer: AsyncClient, home: Home, clock: ManualClock) -> None:
    await home.receive(ALERT)
    clock.advance(120)
    before = await counted(viewer)
    await home.context.journal.write(lambda _: EventRow.delete().execute())
    clock.advance(60)
    after = await counted(viewer)
    assert after.minutes[:-1] == before.minutes[1:]
    clock.advance(timedelta(hours=1).total_seconds())
    assert not any(minute.alerts for minute in (await counted(viewer)).minutes)
    assert len(home.context.settled_minutes) < 60
