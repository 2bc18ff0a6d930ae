import pytest
from httpx import AsyncClient

from api.rest.models.alerts import Alerts, AlertView
from api.rest.models.rejects import Rejects
from homeguard.errors import BadInput
from homeguard.events import Alert, Event, EventType, Severity
from homeguard.journal.intake import Received, store
from tests.api.conftest import Home


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
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


async def test_rejects_are_listed_newest_first_in_pages(operator: AsyncClient, home: Home) -> None:
    error = BadInput("reason is required", field="reason")
    batch = [Received("homeguard/alerts", payload, error) for payload in (b"{}", b"\xff")]
    await home.context.journal.write(lambda tx: store(tx, batch))
    page = (await operator.get("/api/rejects", params={"limit": 1})).json()
    Rejects.model_validate(page)
    assert (page["items"][0]["payload"], page["next"]) == ("\\xff", 2)
    page = (await operator.get("/api/rejects", params={"before": 2})).json()
    assert (page["items"][0]["reason"], page["items"][0]["field"], page["next"]) == (
        "reason is required",
        "reason",
        None,
    )
