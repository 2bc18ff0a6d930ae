"""The wire, held together: what the code writes, the golden files, and docs/asyncapi.yaml with its examples.

A shape changed on purpose? `python -m tests.contract.shapes`, then docs/asyncapi.yaml, then CHANGELOG.md.
"""

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI

from api import problems
from api.live.protocol import read_client_frame
from api.rest.router import router
from homeguard.decode import decode
from homeguard.topics import (
    AlertsTopic,
    AvailabilityTopic,
    BlockReportTopic,
    DevicesTopic,
    EnforcerTopic,
    NeighboursTopic,
)
from tests.contract.schemas import DOCUMENT, closed
from tests.contract.shapes import GOLDEN, produce, readable

MESSAGES: dict[str, dict[str, Any]] = DOCUMENT["components"]["messages"]

# Golden file: its message in docs/asyncapi.yaml.
ON_THE_BUS = {
    "frame_alert_acknowledged": "alertAcknowledged",
    "frame_device_removed": "deviceRemoved",
    "frame_device_update": "deviceUpdated",
    "frame_error": "error",
    "frame_gap": "gap",
    "frame_heartbeat": "heartbeat",
    "frame_hello": "hello",
    "frame_new_alert": "newAlert",
    "frame_new_alert_bridge": "bridgeAlert",
    "frame_new_alert_gap": "gapAlert",
    "frame_new_alert_new_device": "newDeviceAlert",
    "frame_new_alert_spoofing": "spoofingAlert",
    "frame_pong": "pong",
    "frame_snapshot": "snapshot",
    "frame_status": "status",
    "frame_token_expiring": "tokenExpiring",
    "mqtt_block_news": "blockNews",
    "mqtt_block_wish": "blockWish",
    "mqtt_bridge_state": "bridgeState",
    "mqtt_proof_rejected": "rejected",
    "mqtt_proof_stored": "stored",
    "mqtt_wishes": "wishes",
}
# Golden file: its schema in /openapi.json.
IN_REST = {
    "rest_acknowledged": "AcknowledgedView",
    "rest_alerts": "Alerts",
    "rest_device": "DeviceView",
    "rest_audit": "Audit",
    "rest_devices": "Devices",
    "rest_enforcers": "Enforcers",
    "rest_events": "Events",
    "rest_history": "History",
    "rest_me": "MeUntil",
    "rest_problem": "Problem",
    "rest_readyz": "Ready",
    "rest_rejects": "Rejects",
    "rest_sessions": "Sessions",
    "rest_stats": "Stats",
    "rest_users": "Users",
}


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return asyncio.run(produce(tmp_path_factory.mktemp("contract")))


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    problems.install(app)
    app.include_router(router)
    return app.openapi()


def golden(name: str) -> str:
    return (GOLDEN / f"{name}.json").read_text("utf-8")


def check(value: object, reference: str, document: dict[str, Any]) -> None:
    components = closed(document["components"])
    jsonschema.Draft202012Validator({"$ref": reference, "components": components}).validate(value)


@pytest.mark.parametrize("name", sorted(ON_THE_BUS | IN_REST))
def test_shape_is_as_its_golden_file(name: str, shapes: dict[str, str]) -> None:
    assert readable(shapes[name]) == golden(name)


def test_every_shape_has_a_golden_file_and_a_schema(shapes: dict[str, str]) -> None:
    assert sorted(shapes) == sorted(ON_THE_BUS | IN_REST) == sorted(path.stem for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize(("name", "message"), ON_THE_BUS.items())
def test_golden_file_fits_its_schema_and_is_its_example(name: str, message: str) -> None:
    value = json.loads(golden(name))
    check(value, MESSAGES[message]["payload"]["$ref"], DOCUMENT)
    assert MESSAGES[message]["examples"][0]["payload"] == value


@pytest.mark.parametrize(("name", "schema"), IN_REST.items())
def test_golden_answer_fits_openapi(name: str, schema: str, openapi: dict[str, Any]) -> None:
    check(json.loads(golden(name)), f"#/components/schemas/{schema}", openapi)


@pytest.mark.parametrize(("name", "schema"), [("rest_device", "Device"), ("rest_problem", "Problem")])
def test_rest_and_bus_describe_the_same(name: str, schema: str) -> None:
    check(json.loads(golden(name)), f"#/components/schemas/{schema}", DOCUMENT)


def test_events_are_listed_as_they_are_sent() -> None:
    assert json.loads(golden("rest_events"))["items"] == [json.loads(golden("frame_new_alert"))]


@pytest.mark.parametrize("message", MESSAGES)
def test_example_fits_its_schema(message: str) -> None:
    for example in MESSAGES[message]["examples"]:
        payload = example["payload"]
        is_wrapped = example.get("name") == "wrapped"
        check(payload["data"] if is_wrapped else payload, MESSAGES[message]["payload"]["$ref"], DOCUMENT)


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("alert", AlertsTopic()),
        ("alert", AlertsTopic("cam-1")),
        ("deviceUpdate", DevicesTopic()),
        ("deviceUpdate", DevicesTopic("cam-1")),
        ("availability", AvailabilityTopic("cam-1")),
        ("blockReport", BlockReportTopic("cam-1", "firewall")),
        ("enforcer", EnforcerTopic("firewall")),
        ("neighbour", NeighboursTopic("firewall")),
    ],
)
def test_example_of_a_publisher_is_accepted(message: str, topic: Any) -> None:
    for example in MESSAGES[message]["examples"]:
        payload = example["payload"]
        decode(topic, payload.encode() if isinstance(payload, str) else json.dumps(payload).encode())


@pytest.mark.parametrize("message", ["ping", "auth"])
def test_example_of_a_client_is_accepted(message: str) -> None:
    payload = MESSAGES[message]["examples"][0]["payload"]
    assert read_client_frame(json.dumps(payload)) == payload.get("token")


def test_a_field_that_nobody_described_is_found() -> None:
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        check({"type": "pong", "channel": "alerts", "surprise": 1}, "#/components/schemas/Pong", DOCUMENT)
