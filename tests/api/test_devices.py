import orjson
import pytest
from httpx import AsyncClient

from api.rest.models.devices import Devices, DeviceView
from homeguard.events import DeviceUpdate, Event, EventType
from homeguard.journal.models import OutboxRow
from homeguard.journal.transaction import Transaction
from tests.api.conftest import Home
from tests.clock import ManualClock

IMPOSSIBLE_IDS = ["a%2Bb", "a%23b", "a%25b", "Cam-1", "-cam", "a" * 65, "%00", "a%20b", "%F0%9F%93%B7"]


@pytest.fixture(autouse=True)
async def two_devices(home: Home) -> None:
    await home.receive(
        DeviceUpdate("cam-1", {"kind": "camera", "ip": "192.168.1.20", "telemetry": {"battery": 81}}, verified=True),
        DeviceUpdate("lock-1", {"kind": "lock"}, verified=True),
    )


@pytest.fixture
async def committed(home: Home) -> list[Event]:
    """The events from here on."""
    events: list[Event] = []
    home.context.journal.on_commit(events.extend)
    return events


async def outbox(home: Home) -> list[tuple[str, dict[str, object] | None, bool]]:
    rows = await home.context.journal.read(lambda: list(OutboxRow.select().order_by(OutboxRow.id)))
    return [(row.topic, orjson.loads(row.payload) if row.payload else None, row.retain) for row in rows]


async def test_devices_are_listed_in_pages(viewer: AsyncClient) -> None:
    first = (await viewer.get("/api/devices", params={"limit": 1})).json()
    Devices.model_validate(first)
    assert ([device["id"] for device in first["items"]], first["next"]) == (["cam-1"], "cam-1")
    second = (await viewer.get("/api/devices", params={"limit": 1, "after": first["next"]})).json()
    assert ([device["id"] for device in second["items"]], second["next"]) == (["lock-1"], None)


async def test_a_device_is_shown_with_its_block(viewer: AsyncClient) -> None:
    answer = await viewer.get("/api/devices/cam-1")
    assert answer.status_code == 200
    device = answer.json()
    DeviceView.model_validate(device)
    assert (device["ip"], device["name"], device["block"]["state"]) == ("192.168.1.20", None, "none")


@pytest.mark.parametrize("id", IMPOSSIBLE_IDS)
async def test_an_id_that_no_device_can_have_is_told_to_the_sender(admin: AsyncClient, id: str) -> None:
    for method, path in [
        ("GET", f"/api/devices/{id}"),
        ("PATCH", f"/api/devices/{id}"),
        ("DELETE", f"/api/devices/{id}"),
        ("POST", f"/api/devices/{id}/block"),
        ("POST", f"/api/devices/{id}/unblock"),
    ]:
        answer = await admin.request(method, path, json={} if method == "PATCH" else None)
        assert answer.status_code == 422, path
        assert answer.json()["errors"][0]["field"] == "id"
        assert "is not a device id" in answer.json()["detail"]


@pytest.mark.parametrize("id", ["a/b", "a%2Fb"])
async def test_an_id_with_a_slash_is_not_found(operator: AsyncClient, id: str) -> None:
    answer = await operator.post(f"/api/devices/{id}/block")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "there is nothing at /api/devices/a/b/block"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/block"), ("POST", "/unblock")]
)
async def test_an_unknown_device_is_not_found(admin: AsyncClient, home: Home, method: str, path: str) -> None:
    answer = await admin.request(method, f"/api/devices/nobody{path}", json={} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no device 'nobody'")
    assert await outbox(home) == []


async def test_block_answers_the_device_with_its_pending_block(
    operator: AsyncClient, home: Home, committed: list[Event]
) -> None:
    answer = await operator.post("/api/devices/cam-1/block", json={"reason": "Port scan", "minutes": 60})
    assert answer.status_code == 202
    device = answer.json()
    DeviceView.model_validate(device)
    block = device["block"]
    assert (block["desired"], block["state"], block["reason"], block["by"]) == (
        True,
        "pending",
        "Port scan",
        "operator",
    )
    assert (block["since"], block["until"]) == ("2026-11-23T20:00:00.000Z", "2026-11-23T21:00:00.000Z")
    wish, news, how_many = await outbox(home)
    assert how_many == ("homeguard/blocks", {"desired": 1}, True)
    assert wish[0] == "homeguard/blocks/cam-1"
    assert wish[1] is not None
    assert (wish[1]["device_id"], wish[1]["desired"], wish[1]["command_id"]) == ("cam-1", True, block["command_id"])
    assert wish[2] is True
    assert news == ("homeguard/devices", {"type": "device_update", "data": {"id": "cam-1"}}, False)
    assert committed == []  # the screens learn of it when it comes back over Mosquitto


async def test_block_needs_no_body(operator: AsyncClient) -> None:
    block = (await operator.post("/api/devices/cam-1/block")).json()["block"]
    assert (block["desired"], block["reason"], block["until"]) == (True, None, None)


async def test_block_answers_the_same_block_when_it_stands(
    operator: AsyncClient, home: Home, clock: ManualClock
) -> None:
    first = await operator.post("/api/devices/cam-1/block", json={"reason": "Port scan"})
    clock.advance(1)
    again = await operator.post("/api/devices/cam-1/block", json={"reason": "Something else", "minutes": 1})
    assert again.status_code == 200
    assert again.json() == first.json()
    assert len(await outbox(home)) == 3


async def test_unblock_lifts_a_block_once(operator: AsyncClient, home: Home) -> None:
    await operator.post("/api/devices/cam-1/block")
    lifted = await operator.post("/api/devices/cam-1/unblock")
    assert (lifted.status_code, lifted.json()["block"]["desired"]) == (202, False)
    again = await operator.post("/api/devices/cam-1/unblock")
    assert (again.status_code, again.json()) == (200, lifted.json())
    waits = [topic for topic, _, _ in await outbox(home)]  # what lies retained was replaced while it waited
    assert waits == ["homeguard/devices", "homeguard/blocks/cam-1", "homeguard/devices", "homeguard/blocks"]


async def test_block_leaves_nothing_behind_when_the_outbox_cannot_be_written(
    operator: AsyncClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "publish", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await operator.post("/api/devices/cam-1/block")
    assert (await operator.get("/api/devices/cam-1")).json()["block"]["desired"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": 7}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "a\0b"}, "reason"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 525_601}, "minutes"),
        ({"minutes": "60"}, "minutes"),
        ({"minutes": True}, "minutes"),
        ({"minutes": 1.5}, "minutes"),
        ({"minuts": 5}, "minuts"),
        ([], "body"),
    ],
    ids=str,
)
async def test_block_names_the_field_when_the_body_is_wrong(
    operator: AsyncClient, home: Home, body: object, field: str
) -> None:
    answer = await operator.post("/api/devices/cam-1/block", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await outbox(home) == []


async def test_block_refuses_when_half_a_character_was_sent(operator: AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    for content, field in (rb'{"reason": "\ud800"}', "reason"), (rb'{"\udfff": 1}', "body"):
        answer = await operator.post("/api/devices/cam-1/block", content=content, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_patch_names_a_device_on_every_screen(admin: AsyncClient, committed: list[Event]) -> None:
    answer = await admin.patch("/api/devices/cam-1", json={"name": "Front door"})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["kind"]) == ("Front door", "camera")
    assert [event.type for event in committed] == [EventType.DEVICE_UPDATE]
    assert orjson.loads(committed[0].body) == answer.json()


async def test_patch_tells_no_screen_when_nothing_changes(admin: AsyncClient, committed: list[Event]) -> None:
    assert (await admin.patch("/api/devices/cam-1", json={"kind": "camera"})).status_code == 200
    assert committed == []


async def test_patch_forgets_a_name_when_it_is_null(admin: AsyncClient) -> None:
    await admin.patch("/api/devices/cam-1", json={"name": "Front door"})
    assert (await admin.patch("/api/devices/cam-1", json={"name": None})).json()["name"] is None


async def test_name_that_an_admin_gave_stands_until_they_clear_it(admin: AsyncClient, home: Home) -> None:
    await admin.patch("/api/devices/cam-1", json={"name": "Front door"})
    await home.receive(DeviceUpdate("cam-1", {"name": "ESP_4F2A", "kind": "webcam"}, verified=True))
    named = (await admin.get("/api/devices/cam-1")).json()
    assert (named["name"], named["kind"]) == ("Front door", "webcam")
    assert (await admin.patch("/api/devices/cam-1", json={"name": None})).json()["name"] == "ESP_4F2A"
    await home.receive(DeviceUpdate("cam-1", {"name": "ESP_77"}, verified=True))
    assert (await admin.get("/api/devices/cam-1")).json()["name"] == "ESP_77"


async def test_what_a_device_calls_itself_is_forgotten_when_nobody_else_named_it(
    admin: AsyncClient, home: Home
) -> None:
    await home.receive(DeviceUpdate("cam-1", {"name": "ESP_4F2A"}, verified=True))
    assert (await admin.patch("/api/devices/cam-1", json={"name": None})).json()["name"] is None


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "x" * 101}, {"kind": 7}, {"ip": "10.0.0.1"}], ids=str)
async def test_patch_names_the_field_when_the_body_is_wrong(admin: AsyncClient, body: dict[str, object]) -> None:
    answer = await admin.patch("/api/devices/cam-1", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, next(iter(body)))


async def test_delete_removes_a_device_and_what_is_retained_of_it(
    admin: AsyncClient, home: Home, committed: list[Event]
) -> None:
    assert (await admin.delete("/api/devices/cam-1")).status_code == 204
    assert (await admin.get("/api/devices/cam-1")).status_code == 404
    assert [event.type for event in committed] == [EventType.DEVICE_REMOVED]
    assert await outbox(home) == [
        ("homeguard/devices/cam-1/availability", None, True),
        ("homeguard/blocks/cam-1", None, True),
    ]


async def test_delete_refuses_when_the_device_is_blocked(admin: AsyncClient) -> None:
    await admin.post("/api/devices/cam-1/block")
    answer = await admin.delete("/api/devices/cam-1")
    assert (answer.status_code, answer.json()["detail"]) == (409, "cam-1 is blocked: unblock it before removing it")
    assert (await admin.get("/api/devices/cam-1")).status_code == 200


async def test_minutes_may_be_written_as_a_whole_float(operator: AsyncClient, home: Home) -> None:
    await home.receive(DeviceUpdate("cam-1", {"name": "Front"}, verified=True))
    answers = [await operator.post("/api/devices/cam-1/block", json={"minutes": minutes}) for minutes in (60.0, 1.5)]
    assert [answer.status_code for answer in answers] == [202, 422]


async def test_a_cursor_that_no_database_can_compare_is_refused(viewer: AsyncClient) -> None:
    answer = await viewer.get("/api/devices?after=%00")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")
