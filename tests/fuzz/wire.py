"""Targets on the way in from the broker: topics, payloads, MQTT packets, and the whole way into the journal."""

from time import monotonic
from typing import Any, Final

import orjson

from api.live.framing import frame, text_of
from bridge.ingest import Ingest
from bridge.link import MAXIMUM_PACKET_BYTES, Message
from bridge.mqtt_events import Connected, State, Violation
from bridge.mqtt_session import Session
from homeguard.decode import decode
from homeguard.errors import BadInput
from homeguard.events import MAX_PAYLOAD_BYTES, Alert, Availability, BlockReport, Decoded, DeviceUpdate, to_json
from homeguard.health import Health
from homeguard.journal.devices import snapshot
from homeguard.journal.feed import events_since
from homeguard.journal.models import RejectRow
from homeguard.topics import (
    AlertsTopic,
    AvailabilityTopic,
    BlockReportTopic,
    DevicesTopic,
    Topics,
)
from tests.fuzz import laws
from tests.fuzz.home import home

TOPICS: Final = Topics()
OF_PUBLISHERS: Final = (
    AlertsTopic(),
    AlertsTopic("cam-1"),
    DevicesTopic(),
    DevicesTopic("cam-1"),
    AvailabilityTopic("cam-1"),
    BlockReportTopic("cam-1", "firewall"),
)
_ENVELOPES: Final = {"new_alert": "NewAlert", "device_update": "DeviceUpdated"}


def topic(data: bytes) -> None:
    """Law: what is read is written back as it was; a prefix that is taken does for every topic; so do replies."""
    text = data.decode(errors="replace")
    try:
        assert TOPICS.format(TOPICS.parse(text)) == text
    except BadInput as error:
        laws.complaint(error)
    try:
        assert TOPICS.reply_target(text) == text
        assert not text.startswith("homeguard/") or text.startswith("homeguard/replies/")
        assert not set("+#\0") & set(text)
    except BadInput as error:
        laws.complaint(error)
    try:
        topics = Topics(text)
    except BadInput:
        return
    for one in OF_PUBLISHERS:
        assert topics.parse(topics.format(one)) == one


def payload(data: bytes) -> None:
    """Law: what is accepted fits the contract as it came, as it is kept, and is the same when it is read again."""
    to, sent = OF_PUBLISHERS[data[0] % len(OF_PUBLISHERS) if data else 0], data[1:]
    try:
        decoded = decode(to, sent)
    except BadInput as error:
        laws.complaint(error)
        return
    assert len(sent) <= MAX_PAYLOAD_BYTES
    _check(decoded, to, sent)


def _check(decoded: Decoded, to: Any, sent: bytes) -> None:
    match decoded:
        case Alert():
            laws.fits(_unwrapped(sent), "AlertPayload")
            laws.fits(decoded.data, "AlertData")
            laws.same_json(decoded.body or "", decoded.data)
            assert len(decoded.body or "") <= laws.MAX_GROWTH * MAX_PAYLOAD_BYTES
            if not _is_wrapped(decoded.data):
                assert decode(to, to_json(decoded.data).encode()) == decoded
        case DeviceUpdate():
            laws.fits(_unwrapped(sent), "DeviceUpdatePayload")
            laws.same_json(to_json(decoded.changes), decoded.changes)
            again = {"id": decoded.device_id, **decoded.changes}
            if not _is_wrapped(again):
                assert decode(to, to_json(again).encode()) == decoded
        case Availability():
            laws.fits(sent.decode(), "AvailabilityPayload")
        case BlockReport():
            laws.fits(orjson.loads(sent), "BlockReportPayload")
            laws.storable(f"{decoded.detail}{decoded.command_id}")


def _is_wrapped(value: dict[str, Any]) -> bool:
    return "type" in value and isinstance(value.get("data"), dict)


def _unwrapped(sent: bytes) -> Any:
    value = orjson.loads(sent)
    return value["data"] if _is_wrapped(value) else value


class _Wire:
    """Stands where the broker is: hands one batch in, and keeps what is acknowledged and answered."""

    session_present = False

    def __init__(self, messages: list[Message]) -> None:
        self._batches = [messages, []]
        self.acknowledged = 0
        self.answers: list[bytes] = []

    async def receive(self, limit: int) -> list[Message]:
        return self._batches.pop(0)

    def acknowledge(self, messages: list[Message]) -> None:
        self.acknowledged += len(messages)

    def publish_unsafe(self, topic: str, payload: bytes, correlation_data: bytes | None = None) -> None:
        self.answers.append(payload)


def stored(data: bytes) -> None:
    """Law: each message is acknowledged once and answered by the contract; what is shown reads back from the journal.

    A line is one message, `topic payload`.
    """
    lines = [line.partition(b" ") for line in data.split(b"\n")]
    messages = [
        Message(t.decode(errors="replace"), sent, 1, False, False, mid, monotonic(), "homeguard/replies/me", b"7")
        for mid, (t, _, sent) in enumerate(lines, 1)
    ]
    home().run(_store(messages))


async def _store(messages: list[Message]) -> None:
    journal = home().context.journal
    wire: Any = _Wire(messages)
    head = max((await journal.heads()).values())
    shown = home().take_committed()
    assert not shown
    await Ingest(journal, TOPICS, Health()).run(wire)
    shown = home().take_committed()
    assert wire.acknowledged == len(messages)
    assert len(wire.answers) <= len(messages)
    for answer in map(orjson.loads, wire.answers):
        laws.fits(answer, "Stored" if answer["status"] == "stored" else "Rejected")
    channels = sorted({event.channel for event in shown})
    found = await journal.read(lambda: events_since(journal.epoch, channels, head, 1_000))
    assert found.events == shown
    for event in shown:
        envelope = event.to_json()
        laws.storable(envelope)
        laws.fits(orjson.loads(envelope), _ENVELOPES[event.type])
        assert text_of(frame(envelope)) == envelope
    picture = await journal.read(lambda: snapshot(head) if head else snapshot(0))
    laws.fits(orjson.loads(home().snapshot_text(picture)), "Snapshot")
    rejected = sum(b'"rejected"' in answer for answer in wire.answers)
    for row in await journal.read(lambda: list(RejectRow.select().order_by(RejectRow.id.desc()).limit(rejected))):
        laws.storable(row.topic + row.reason)
    status, body = await home().ask("GET", b"/api/alerts", b"limit=9")
    home().fits(body, "Alerts", status)
    status, body = await home().ask("GET", b"/api/rejects", b"limit=9")
    home().fits(body, "Rejects", status)


CONNACK: Final = bytes([0x20, 3, 0, 0, 0])
MAX_CUTS: Final = 64  # pieces of one input; more take longer and find no more


def mqtt_session(data: bytes) -> None:
    """Law: only values come out, the same however the bytes are cut; a partial packet is all that is kept.

    The first byte says how the bytes are cut, and whether the broker has accepted us before.
    """
    first, sent = (data[0], data[1:]) if data else (0, b"")
    size = max(first >> 1, len(sent) // MAX_CUTS, 1)
    whole, cut = _session(is_connected=bool(first & 1)), _session(is_connected=bool(first & 1))
    events = whole.receive(sent, 1.0)
    told = [event for at in range(0, len(sent), size) for event in cut.receive(sent[at : at + size], 1.0)]
    assert told == events
    assert cut.state is whole.state
    assert cut.data_to_send(1.0) == whole.data_to_send(1.0)
    assert len(cut._reader._partial) <= min(MAXIMUM_PACKET_BYTES, len(sent))
    for event in events:
        if isinstance(event, Violation):
            assert event is events[-1]
            assert whole.state is State.CLOSED
            assert len(event.why) <= laws.MAX_COMPLAINT
        elif isinstance(event, Message):
            event.topic.encode()
            assert len(event.payload) <= len(sent)


def _session(*, is_connected: bool) -> Session:
    session = Session("bridge")
    session.connect(0.0)
    if is_connected:
        (connected,) = session.receive(CONNACK, 0.5)
        assert isinstance(connected, Connected)
        session.subscribe("homeguard/#")
        session.publish("homeguard/bridge/state", b"{}")
    session.data_to_send(0.5)
    return session
