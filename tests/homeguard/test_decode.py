"""What publishers send is read strictly where it is known, kept where it is not, and refused with the field named."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeguard.decode import decode, number_in
from homeguard.errors import BadInput
from homeguard.events import Alert, Availability, BlockReport, DeviceUpdate, ReportState, Status
from homeguard.fields import MAX_DEPTH
from homeguard.topics import AlertsTopic, AvailabilityTopic, BlockReportTopic, DevicesTopic

FLAT_ALERTS, OWN_ALERTS = AlertsTopic(), AlertsTopic("cam-1")
FLAT_DEVICES, OWN_DEVICES = DevicesTopic(), DevicesTopic("cam-1")
ALERT = {"device_id": "cam-1", "reason": "Port scan"}


def read(topic, value):
    return decode(topic, json.dumps(value).encode())


def test_smallest_alert_is_medium_and_unverified():
    alert = read(FLAT_ALERTS, ALERT)
    assert alert.data == {"device_id": "cam-1", "severity": "medium", "reason": "Port scan", "verified": False}


def test_alert_on_its_own_topic_is_verified_and_needs_no_device_id():
    alert = read(OWN_ALERTS, {"reason": "Door open"})
    assert (alert.device_id, alert.verified) == ("cam-1", True)


def test_alert_cannot_claim_to_be_verified():
    assert read(FLAT_ALERTS, ALERT | {"verified": True}).data["verified"] is False


def test_alert_in_an_envelope_is_the_same_alert():
    assert read(FLAT_ALERTS, {"type": "new_alert", "data": ALERT}) == read(FLAT_ALERTS, ALERT)


def test_unknown_fields_of_an_alert_are_kept():
    assert read(FLAT_ALERTS, ALERT | {"zone": {"floor": 2}}).data["zone"] == {"floor": 2}


def test_number_of_an_alert_is_read_and_kept_in_its_data():
    alert = read(OWN_ALERTS, ALERT | {"boot": "b1", "seq": 7})
    assert alert.number == ("device:cam-1", "b1", 7)
    assert (alert.data["boot"], alert.data["seq"]) == ("b1", 7)
    assert read(OWN_ALERTS, ALERT).number is None


def test_alert_cannot_claim_to_be_raised_by_homeguard():
    assert "raised_by" not in read(FLAT_ALERTS, ALERT | {"raised_by": "homeguard"}).data


@pytest.mark.parametrize("topic", [FLAT_ALERTS, OWN_ALERTS])
def test_number_is_found_in_an_alert_that_is_refused(topic):
    payload = json.dumps(ALERT | {"boot": "b1", "seq": 7, "severity": "bad"}).encode()
    number = number_in(topic, payload)
    assert number is not None
    assert number[1:] == ("b1", 7)
    assert number.sender == ("claimed:cam-1" if topic is FLAT_ALERTS else "device:cam-1")


@pytest.mark.parametrize("payload", [b"fire!", b"[]", b'{"seq":7}', b'{"seq":0,"boot":"b"}', b'{"seq":1,"boot":"b"}'])
def test_no_number_is_found_where_none_can_be_read(payload):
    assert number_in(FLAT_ALERTS, payload) is None  # the last one lacks its device_id


def test_time_with_an_offset_becomes_utc():
    alert = read(FLAT_ALERTS, ALERT | {"occurred_at": "2026-11-23T21:00:00+01:00"})
    assert alert.data["occurred_at"] == "2026-11-23T20:00:00.000Z"


def test_claimed_sender_shares_no_id_space_with_the_proven_one():
    claimed, proven = read(FLAT_ALERTS, ALERT | {"id": "a"}), read(OWN_ALERTS, ALERT | {"id": "a"})
    assert claimed.sender != proven.sender


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"device_id": None}, "device_id", "is not a device id"),
        ({"device_id": "Cam/1"}, "device_id", "is not a device id"),
        ({"device_id": "homeguard"}, "device_id", "is HomeGuard itself"),
        ({"seq": 1}, "boot", "seq needs boot"),
        ({"boot": "b1"}, "seq", "boot needs seq"),
        ({"boot": "b1", "seq": 0}, "seq", "whole number from 1"),
        ({"boot": "b1", "seq": 2**53}, "seq", "whole number from 1"),
        ({"boot": "b1", "seq": True}, "seq", "whole number from 1"),
        ({"boot": "b1", "seq": 1.0}, "seq", "whole number from 1"),
        ({"boot": "", "seq": 1}, "boot", "1 to 64 characters"),
        ({"boot": "x" * 65, "seq": 1}, "boot", "1 to 64 characters"),
        ({"reason": ""}, "reason", "1 to 500 characters"),
        ({"reason": "x" * 501}, "reason", "not 501"),
        ({"reason": 7}, "reason", "must be a text, not a number"),
        ({"reason": "a\0b"}, "reason", "NUL"),
        ({"severity": "terrible"}, "severity", "info, low, medium, high, critical"),
        ({"severity": ["high"]}, "severity", "must be one of"),
        ({"category": {}}, "category", "must be a text, not an object"),
        ({"id": ""}, "id", "1 to 128 characters"),
        ({"id": 12}, "id", "must be a text"),
        ({"occurred_at": "yesterday"}, "occurred_at", "RFC 3339"),
        ({"occurred_at": "2026-11-23T20:00:00"}, "occurred_at", "offset"),
        ({"details": []}, "details", "must be an object, not a list"),
    ],
)
def test_wrong_field_of_an_alert_is_named(change, field, says):
    with pytest.raises(BadInput, match=says) as caught:
        read(FLAT_ALERTS, ALERT | change)
    assert caught.value.field == field


@pytest.mark.parametrize("missing", ["device_id", "reason"])
def test_missing_field_of_an_alert_is_named(missing):
    with pytest.raises(BadInput, match="is required") as caught:
        read(FLAT_ALERTS, {name: value for name, value in ALERT.items() if name != missing})
    assert caught.value.field == missing


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "empty"),
        (b"fire!", "not JSON: .* line 1 column 1"),
        (b'{"reason": NaN}', "not JSON"),
        (b'{"reason": "\xff"}', "not UTF-8: .* at byte 12"),
        (b"[1]", "must be a JSON object, not a list"),
        (b'"text"', "must be a JSON object, not a text"),
        (b"null", "must be a JSON object, not null"),
        (b'{"a":"' + b"x" * 65536 + b'"}', "more than 65536"),
        (
            b'{"device_id":"cam-1","reason":"r","details":{"a":' + b"[" * 500 + b"]" * 500 + b"}}",
            "nested deeper than 100",
        ),
    ],
)
def test_payload_that_cannot_be_read_says_why(payload, says):
    with pytest.raises(BadInput, match=says):
        decode(FLAT_ALERTS, payload)


def test_payload_that_disagrees_with_its_topic_is_refused():
    with pytest.raises(BadInput, match="says 'lock-1', the topic says 'cam-1'"):
        read(OWN_ALERTS, ALERT | {"device_id": "lock-1"})


def test_envelope_of_another_type_is_refused():
    with pytest.raises(BadInput, match="takes 'new_alert'"):
        read(FLAT_ALERTS, {"type": "device_update", "data": ALERT})


def test_device_update_holds_only_what_was_sent():
    update = read(FLAT_DEVICES, {"id": "cam-1", "status": "online", "zone": "hall"})
    assert update == DeviceUpdate("cam-1", {"status": "online", "zone": "hall"}, verified=False)


def test_device_update_cannot_bring_what_only_homeguard_knows():
    update = read(OWN_DEVICES, {"block": {"desired": False}, "first_seen_at": "x", "name": "Cam"})
    assert update == DeviceUpdate("cam-1", {"name": "Cam"}, verified=True)


def test_mac_and_ip_are_written_one_way():
    changes = read(FLAT_DEVICES, {"id": "cam-1", "mac": "02-00-5E-10-00-01", "ip": "FE80::0001"}).changes
    assert changes == {"mac": "02:00:5e:10:00:01", "ip": "fe80::1"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": "asleep"}, "status"),
        ({"ip": "localhost"}, "ip"),
        ({"ip": 7}, "ip"),
        ({"mac": "nonsense"}, "mac"),
        ({"name": ""}, "name"),
        ({"telemetry": 3}, "telemetry"),
        ({"id": "CAM"}, "id"),
    ],
)
def test_wrong_field_of_a_device_update_is_named(change, field):
    with pytest.raises(BadInput) as caught:
        read(FLAT_DEVICES, {"id": "cam-1"} | change)
    assert caught.value.field == field


@pytest.mark.parametrize(("payload", "status"), [(b"online", Status.ONLINE), (b"offline", Status.OFFLINE)])
def test_availability_is_a_bare_word(payload, status):
    assert decode(AvailabilityTopic("cam-1"), payload) == Availability("cam-1", status)


@pytest.mark.parametrize("payload", [b"", b"Online", b'"online"', b"\xff"])
def test_other_availability_is_refused(payload):
    with pytest.raises(BadInput, match="online or offline"):
        decode(AvailabilityTopic("cam-1"), payload)


def test_block_report_is_read():
    report = read(BlockReportTopic("cam-1", "broker"), {"state": "enforced", "took_ms": 4, "command_id": "c"})
    assert report == BlockReport("cam-1", "broker", ReportState.ENFORCED, 4, None, "c")


@pytest.mark.parametrize("value", [{}, {"state": "blocked"}, {"state": "failed", "took_ms": "fast"}])
def test_wrong_block_report_is_refused(value):
    with pytest.raises(BadInput):
        read(BlockReportTopic("cam-1", "broker"), value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(st.binary(max_size=200) | st.dictionaries(st.text(max_size=8), json_values).map(orjson.dumps))
def test_any_payload_is_read_or_refused_with_a_reason(payload):
    for topic in (
        FLAT_ALERTS,
        OWN_ALERTS,
        FLAT_DEVICES,
        OWN_DEVICES,
        AvailabilityTopic("a"),
        BlockReportTopic("a", "b"),
    ):
        try:
            outcome: object = decode(topic, payload)
        except BadInput as error:
            outcome = error.message
        assert outcome


@given(st.dictionaries(st.text(max_size=8), json_values))
def test_whatever_an_alert_carries_is_kept(extra):
    alert = decode(FLAT_ALERTS, orjson.dumps(ALERT | {"details": extra}))
    assert isinstance(alert, Alert)
    assert alert.data["details"] == extra


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "20261123T203122Z", "2026-W48-1T20:31:22Z"]
)
def test_time_that_no_one_can_have_meant_is_refused(time):
    with pytest.raises(BadInput, match="occurred_at must be an RFC 3339 time"):
        read(FLAT_ALERTS, ALERT | {"occurred_at": time})


def test_time_of_long_ago_is_written_with_four_digits():
    alert = read(FLAT_ALERTS, ALERT | {"occurred_at": "0900-01-01T00:00:00Z"})
    assert alert.data["occurred_at"] == "0900-01-01T00:00:00.000Z"


def test_payload_as_deep_as_may_be_fits_into_a_page():
    nested = b"[" * (MAX_DEPTH - 2) + b"]" * (MAX_DEPTH - 2)
    update = decode(OWN_DEVICES, b'{"telemetry":{"a":' + nested + b"}}")
    assert isinstance(update, DeviceUpdate)
    assert orjson.dumps({"items": [{"data": update.changes}]})
    with pytest.raises(BadInput, match="nested deeper"):
        decode(OWN_DEVICES, b'{"telemetry":{"a":[' + nested + b"]}}")


@pytest.mark.parametrize("field", ["device_id", "severity", "type"])
def test_complaint_does_not_repeat_all_of_a_wrong_value(field):
    value = {**ALERT, "data": {}, field: ["x" * 60_000]}
    with pytest.raises(BadInput) as refused:
        read(FLAT_ALERTS, value)
    assert len(refused.value.message) < 300
