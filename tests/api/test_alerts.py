import pytest
from httpx import AsyncClient

from api.rest.models.alerts import AcknowledgedView, Alerts, AlertView
from api.rest.models.rejects import Rejects
from homeguard.errors import BadInput
from homeguard.events import Alert, Event, EventType, Severity
from homeguard.journal.intake import Received, store
from tests.api.conftest import Home
from tests.clock import ManualClock
from tests.journal.intake import RULES


def alert(device_id: str, severity: Severity = Severity.MEDIUM) -> Alert:
    data = {"device_id": device_id, "severity": severity.value, "reason": "Port scan", "verified": True}
    return Alert(device_id, "Port scan", severity, True, data=data)


@pytest.fixture(autouse=True)
async def three_alerts(home: Home) -> None:
    await home.receive(alert("cam-1"), alert("lock-1", Severity.HIGH), alert("cam-1", Severity.HIGH))


async def seqs(client: AsyncClient, **params: str | int) -> list[int]:
    answer = await client.get("/api/alerts", params=params)
    assert answer.status_code == 200, answer.text
    return [item["seq"] for item in answer.json()["items"]]


async def test_alerts_are_listed_newest_first_in_pages(viewer: AsyncClient) -> None:
    page = (await viewer.get("/api/alerts", params={"limit": 2})).json()
    Alerts.model_validate(page)
    assert ([item["seq"] for item in page["items"]], page["next"]) == ([3, 2], 2)
    page = (await viewer.get("/api/alerts", params={"limit": 2, "before": page["next"]})).json()
    assert ([item["seq"] for item in page["items"]], page["next"]) == ([1], None)


async def test_alerts_are_filtered(operator: AsyncClient, home: Home) -> None:
    await operator.post(f"/api/alerts/{home.context.journal.epoch}-2/acknowledge")
    assert await seqs(operator, severity="high") == [3, 2]
    assert await seqs(operator, device_id="cam-1") == [3, 1]
    assert await seqs(operator, acknowledged="true") == [2]
    assert await seqs(operator, acknowledged="false", severity="high") == [3]


async def test_alerts_are_searched_in_reason_category_and_device(viewer: AsyncClient, home: Home) -> None:
    data = {"device_id": "lock-1", "severity": "low", "reason": "Tür offen", "verified": True, "category": "Zugang"}
    await home.receive(Alert("lock-1", "Tür offen", Severity.LOW, True, data=data))
    assert await seqs(viewer, q="PORT") == [3, 2, 1]
    assert await seqs(viewer, q="tÜR") == await seqs(viewer, q="zug") == [4]
    assert await seqs(viewer, q="lock-") == [4, 2]
    assert await seqs(viewer, q="lock", severity="high") == [2]
    assert await seqs(viewer, q="%") == await seqs(viewer, q="verified") == []


async def test_a_search_goes_on_where_its_page_ended(viewer: AsyncClient) -> None:
    page = (await viewer.get("/api/alerts", params={"q": "cam", "limit": 1})).json()
    assert ([item["seq"] for item in page["items"]], page["next"]) == ([3], 3)
    page = (await viewer.get("/api/alerts", params={"q": "cam", "limit": 1, "before": 3})).json()
    assert ([item["seq"] for item in page["items"]], page["next"]) == ([1], None)


async def test_a_search_looks_at_so_many_alerts_and_says_where_to_go_on(
    viewer: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeguard.journal.alerts.MAX_LOOKED_AT", 2)
    monkeypatch.setattr("homeguard.journal.alerts._CHUNK", 1)
    page = (await viewer.get("/api/alerts", params={"q": "lock"})).json()
    assert ([item["seq"] for item in page["items"]], page["next"]) == ([2], 2)
    page = (await viewer.get("/api/alerts", params={"q": "lock", "before": 2})).json()
    assert (page["items"], page["next"]) == ([], None)
    page = (await viewer.get("/api/alerts", params={"q": "nowhere"})).json()
    assert (page["items"], page["next"]) == ([], 2)


async def test_alerts_are_listed_from_a_time_on(viewer: AsyncClient, home: Home, clock: ManualClock) -> None:
    clock.advance(60)
    await home.receive(alert("cam-2"))
    assert await seqs(viewer, since_at="2026-11-23T20:00:00.001Z") == [4]
    assert await seqs(viewer, since_at="2026-11-23T21:01:00+01:00") == [4]
    assert await seqs(viewer, since_at="2026-11-23T20:00:00Z") == [4, 3, 2, 1]
    assert await seqs(viewer, since_at="2026-11-23T20:01:01Z") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", ""),
        ("q", "x" * 101),
        ("q", "a\0b"),
        ("since_at", "yesterday"),
        ("since_at", "2026-11-23T20:00:00"),
        ("since_at", "0001-01-01T00:00:00+01:00"),
        ("limit", "0"),
        ("limit", "501"),
        ("before", "-1"),
        ("before", str(2**63)),
        ("before", "x"),
        ("severity", "bad"),
        ("device_id", "Cam/1"),
        ("acknowledged", "perhaps"),
    ],
)
async def test_alerts_name_the_parameter_when_it_is_wrong(viewer: AsyncClient, name: str, value: str) -> None:
    answer = await viewer.get("/api/alerts", params={name: value})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)


async def test_acknowledge_tells_who_was_first(operator: AsyncClient, admin: AsyncClient, home: Home) -> None:
    committed: list[Event] = []
    home.context.journal.on_commit(committed.extend)
    id = f"{home.context.journal.epoch}-1"
    for client in operator, admin:
        answer = await client.post(f"/api/alerts/{id}/acknowledge")
        assert answer.status_code == 200
        AlertView.model_validate(answer.json())
        assert answer.json()["acknowledged"] == {"by": "operator", "at": "2026-11-23T20:00:00.000Z"}
    assert [event.type for event in committed] == [EventType.ALERT_ACKNOWLEDGED]


@pytest.mark.parametrize("id", ["{epoch}-99", "other-1", "nonsense", "%00", "{epoch}-" + "9" * 30])
async def test_acknowledge_does_not_find_what_is_no_alert(operator: AsyncClient, home: Home, id: str) -> None:
    path = f"/api/alerts/{id.format(epoch=home.context.journal.epoch)}/acknowledge"
    assert (await operator.post(path)).status_code == 404


async def test_one_alert_is_as_it_is_listed(viewer: AsyncClient, home: Home) -> None:
    answer = await viewer.get(f"/api/alerts/{home.context.journal.epoch}-2")
    assert answer.status_code == 200
    assert answer.json() == (await viewer.get("/api/alerts")).json()["items"][1]


@pytest.mark.parametrize("id", ["{epoch}-99", "{epoch}-02", "other-1", "nonsense", "%00"])
async def test_what_is_no_alert_is_not_found(viewer: AsyncClient, home: Home, id: str) -> None:
    assert (await viewer.get(f"/api/alerts/{id.format(epoch=home.context.journal.epoch)}")).status_code == 404


async def test_many_are_acknowledged_at_once(operator: AsyncClient, admin: AsyncClient, home: Home) -> None:
    epoch = home.context.journal.epoch
    await admin.post(f"/api/alerts/{epoch}-2/acknowledge")
    committed: list[list[Event]] = []
    home.context.journal.on_commit(lambda events: committed.append(list(events)))
    ids = [f"{epoch}-1", f"{epoch}-99", f"{epoch}-2", f"{epoch}-3", f"{epoch}-1", "nonsense"]
    answer = await operator.post("/api/alerts/acknowledge", json={"ids": ids})
    assert answer.status_code == 200
    AcknowledgedView.model_validate(answer.json())
    assert answer.json()["missing"] == [f"{epoch}-99", "nonsense"]
    assert [(item["seq"], item["acknowledged"]["by"]) for item in answer.json()["items"]] == [
        (3, "operator"),
        (2, "admin"),
        (1, "operator"),
    ]
    assert answer.json()["items"] == (await operator.get("/api/alerts")).json()["items"]
    assert [[event.type for event in events] for events in committed] == [[EventType.ALERT_ACKNOWLEDGED] * 2]


@pytest.mark.parametrize("ids", [[], ["x"] * 501, ["x" * 65], [1], "x", None])
async def test_acknowledging_many_names_what_is_wrong(operator: AsyncClient, ids: object) -> None:
    answer = await operator.post("/api/alerts/acknowledge", json={"ids": ids})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("ids")


async def test_as_many_as_a_page_has_are_acknowledged_at_once(operator: AsyncClient, home: Home) -> None:
    await home.receive(*[alert("cam-1") for _ in range(497)])
    ids = [f"{home.context.journal.epoch}-{seq}" for seq in range(1, 501)]
    answer = await operator.post("/api/alerts/acknowledge", json={"ids": ids})
    assert (len(answer.json()["items"]), answer.json()["missing"]) == (500, [])


async def test_what_acknowledges_many_is_no_alert(operator: AsyncClient) -> None:
    answer = await operator.get("/api/alerts/acknowledge")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_rejects_are_listed_newest_first_in_pages(operator: AsyncClient, home: Home) -> None:
    error = BadInput("reason is required", field="reason")
    batch = [Received("homeguard/alerts", payload, error) for payload in (b"{}", b"\xff")]
    await home.context.journal.write(lambda tx: store(tx, batch, RULES))
    page = (await operator.get("/api/rejects", params={"limit": 1})).json()
    Rejects.model_validate(page)
    assert (page["items"][0]["payload"], page["next"]) == ("\\xff", 2)
    page = (await operator.get("/api/rejects", params={"before": 2})).json()
    assert (page["items"][0]["reason"], page["items"][0]["field"], page["next"]) == (
        "reason is required",
        "reason",
        None,
    )
