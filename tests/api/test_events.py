from datetime import timedelta
from typing import Any

import orjson
import pytest
from httpx import AsyncClient

from api.rest.models.events import Events
from homeguard.events import Alert, DeviceUpdate, Event, Severity
from homeguard.journal.retention import prune
from tests.api.conftest import Home

ALERT = Alert("cam-1", "Port scan", Severity.LOW, False, data={"device_id": "cam-1", "reason": "Port scan"})


@pytest.fixture(autouse=True)
async def committed(home: Home) -> list[Event]:
    """Alerts at 1, 2 and 4, a device at 3."""
    events: list[Event] = []
    home.context.journal.on_commit(events.extend)
    await home.receive(ALERT, ALERT, DeviceUpdate("cam-1", {"status": "online"}, verified=True), ALERT)
    return events


async def read(client: AsyncClient, **params: str | int) -> dict[str, Any]:
    answer = await client.get("/api/events", params=params)
    assert answer.status_code == 200, answer.text
    Events.model_validate(answer.json())
    body: dict[str, Any] = answer.json()
    return body


def seqs(body: dict[str, Any]) -> list[int]:
    return [item["seq"] for item in body["items"]]


async def test_events_are_the_very_envelopes_of_the_websocket(
    viewer: AsyncClient, home: Home, committed: list[Event]
) -> None:
    body = await read(viewer)
    assert body["items"] == [orjson.loads(event.to_json()) for event in committed]
    assert (body["next"], body["head"], body["gap"]) == (None, 4, None)
    assert body["epoch"] == home.context.journal.epoch


async def test_events_go_on_from_a_cursor(viewer: AsyncClient) -> None:
    first = await read(viewer, limit=3)
    assert (seqs(first), first["next"]) == ([1, 2, 3], 3)
    second = await read(viewer, since=first["next"], epoch=first["epoch"], limit=3)
    assert (seqs(second), second["next"], second["gap"]) == ([4], None, None)


async def test_events_end_when_the_last_page_is_just_full(viewer: AsyncClient) -> None:
    assert (await read(viewer, limit=4))["next"] is None


async def test_events_are_of_the_channels_that_were_asked_for(viewer: AsyncClient) -> None:
    assert seqs(await read(viewer, channels="alerts")) == [1, 2, 4]
    assert seqs(await read(viewer, channels="devices")) == [3]
    assert seqs(await read(viewer, channels="devices, alerts")) == [1, 2, 3, 4]


async def test_events_have_no_gap_when_the_cursor_is_ahead_of_one_channel(viewer: AsyncClient) -> None:
    body = await read(viewer, channels="devices", since=4)
    assert (body["items"], body["gap"], body["head"]) == ([], None, 3)


async def test_events_admit_a_gap_when_retention_has_removed_some(viewer: AsyncClient, home: Home) -> None:
    await home.context.journal.write(lambda tx: prune(tx, timedelta(days=1), 2))
    body = await read(viewer, since=1)
    assert body["gap"] == {"from": 2, "to": 2, "reason": "trimmed"}
    assert seqs(body) == [3, 4]
    assert (await read(viewer, since=2))["gap"] is None


async def test_events_admit_a_gap_when_the_cursor_is_of_another_journal(viewer: AsyncClient) -> None:
    body = await read(viewer, since=2, epoch="another")
    assert (body["items"], body["next"], body["head"]) == ([], None, 4)
    assert body["gap"] == {"from": 2, "to": 4, "reason": "epoch"}


async def test_events_admit_a_gap_when_the_cursor_is_ahead_of_the_journal(viewer: AsyncClient) -> None:
    body = await read(viewer, since=5)
    assert (body["items"], body["gap"]) == ([], {"from": 5, "to": 4, "reason": "epoch"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("since", "-1"), ("since", str(2**63)), ("channels", "alerts,doors"), ("channels", ""), ("limit", "many")],
)
async def test_events_name_the_parameter_when_it_is_wrong(viewer: AsyncClient, name: str, value: str) -> None:
    answer = await viewer.get("/api/events", params={name: value})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)
