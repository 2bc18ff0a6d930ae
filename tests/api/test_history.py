import pytest
from httpx import AsyncClient

from api.rest.models.events import History
from homeguard.events import DeviceUpdate
from tests.api.conftest import Home


@pytest.fixture(autouse=True)
async def three_updates(home: Home) -> None:
    for battery in 81, 80, 79:
        update = {"telemetry": {"battery": battery}}
        await home.receive(
            DeviceUpdate("cam-1", update, verified=True), DeviceUpdate("tv-1", {"name": str(battery)}, verified=True)
        )


async def test_the_history_of_a_device_is_read_newest_first_in_pages(viewer: AsyncClient) -> None:
    page = (await viewer.get("/api/devices/cam-1/history", params={"limit": 2})).json()
    History.model_validate(page)
    assert [item["data"]["telemetry"]["battery"] for item in page["items"]] == [79, 80]
    assert {item["type"] for item in page["items"]} == {"device_update"}
    page = (await viewer.get("/api/devices/cam-1/history", params={"before": page["next"]})).json()
    assert [item["data"]["telemetry"]["battery"] for item in page["items"]] == [81]
    assert page["next"] is None


async def test_its_envelopes_are_those_of_the_feed(viewer: AsyncClient) -> None:
    mine = (await viewer.get("/api/devices/cam-1/history")).json()["items"]
    feed = (await viewer.get("/api/events", params={"channels": "devices"})).json()["items"]
    assert mine == [event for event in reversed(feed) if event["data"]["id"] == "cam-1"]


async def test_a_device_that_was_removed_keeps_its_history(admin: AsyncClient) -> None:
    await admin.delete("/api/devices/cam-1")
    items = (await admin.get("/api/devices/cam-1/history")).json()["items"]
    assert [item["type"] for item in items] == ["device_removed"] + ["device_update"] * 3


@pytest.mark.parametrize(
    ("id", "status"), [("cam-2", 404), ("Cam-1", 422), ("cam-1?before=0", 422), ("cam-1?limit=501", 422)]
)
async def test_what_is_wrong_is_named(viewer: AsyncClient, id: str, status: int) -> None:
    path, _, query = id.partition("?")
    answer = await viewer.get(f"/api/devices/{path}/history?{query}")
    assert answer.status_code == status
    assert answer.json()["errors"][0]["field"] in ("id", "before", "limit")
