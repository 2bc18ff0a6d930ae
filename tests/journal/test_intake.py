"""A batch is stored whole, in order, once; what cannot be read is kept beside it."""

import json

from homeguard.events import Channel, EventType
from homeguard.journal.devices import get_device, remove_device, snapshot
from homeguard.journal.feed import events_since
from homeguard.journal.intake import recent_receipts, store
from homeguard.journal.rejects import MAX_REJECTS, page_of_rejects
from tests.journal.intake import RULES, received

ALERT = {"device_id": "cam-1", "reason": "Port scan"}


async def test_batch_gets_rising_numbers_without_holes_over_both_channels(desk):
    outcomes = await desk.take(("alerts", ALERT), ("devices", {"id": "cam-1", "status": "online"}), ("alerts", ALERT))
    assert [outcome.seq for outcome in outcomes] == [1, 2, 3]
    assert [(e.seq, e.prev, e.channel) for e in desk.committed] == [
        (1, 0, Channel.ALERTS),
        (2, 0, Channel.DEVICES),
        (3, 1, Channel.ALERTS),
    ]


async def test_reject_in_a_batch_does_not_stop_the_rest(desk, journal):
    outcomes = await desk.take(("alerts", b"fire!"), ("alerts", ALERT))
    assert "not JSON" in outcomes[0].error.message
    assert outcomes[1].seq == 1
    (kept,) = await journal.read(lambda: page_of_rejects(None, 10))
    assert (kept["topic"], kept["payload"], kept["payload_bytes"]) == ("homeguard/alerts", "fire!", 5)


async def test_topic_with_a_nul_is_kept_as_a_reject_that_every_database_takes(desk, journal):
    await desk.take(("al\0erts", ALERT))
    (kept,) = await journal.read(lambda: page_of_rejects(None, 10))
    assert kept["topic"] == "homeguard/al\ufffderts"


async def test_only_the_newest_rejects_are_kept_and_a_kibibyte_of_each(desk, journal):
    await desk.take(*[("alerts", b"x" * 2000)] * (MAX_REJECTS + 7))
    kept = await journal.read(lambda: page_of_rejects(None, 2 * MAX_REJECTS))
    assert len(kept) == MAX_REJECTS
    assert (len(kept[0]["payload"]), kept[0]["payload_bytes"]) == (1024, 2000)


async def test_alert_with_the_same_id_is_stored_once(desk):
    (first,) = await desk.take(("alerts/cam-1", ALERT | {"id": "a"}))
    again = await desk.take(("alerts/cam-1", ALERT | {"id": "a"}), ("alerts/cam-1", ALERT | {"id": "b"}))
    assert (again[0].seq, again[0].is_duplicate, again[1].seq) == (first.seq, True, 2)
    assert len(desk.committed) == 2


async def test_alert_with_the_same_id_twice_in_a_batch_is_stored_once(desk):
    outcomes = await desk.take(*[("alerts/cam-1", ALERT | {"id": "a"})] * 2)
    assert [outcome.seq for outcome in outcomes] == [1, 1]


async def test_same_id_of_another_sender_is_another_alert(desk):
    outcomes = await desk.take(
        ("alerts/cam-1", ALERT | {"id": "a"}),
        ("alerts", ALERT | {"id": "a"}),
        ("alerts", {"device_id": "lock-1", "reason": "r", "id": "a"}),
    )
    assert [outcome.is_duplicate for outcome in outcomes] == [False, False, False]


async def test_device_update_changes_only_what_was_sent(desk):
    await desk.take(
        ("devices", {"id": "cam-1", "name": "Door", "telemetry": {"lux": 3}}), ("devices", {"id": "cam-1", "ip": "::1"})
    )
    shown = json.loads(desk.committed[-1].body)
    assert (shown["name"], shown["telemetry"], shown["ip"], shown["mac"]) == ("Door", {"lux": 3}, "::1", None)
    assert shown["block"]["state"] == "none"


async def test_device_update_that_changes_nothing_is_no_event_but_is_seen(desk, journal, clock):
    await desk.take(("devices", {"id": "cam-1", "status": "online"}))
    clock.advance(60)
    (again,) = await desk.take(("devices", {"id": "cam-1", "status": "online"}))
    assert (again.seq, len(desk.committed)) == (1, 1)
    assert (await journal.read(lambda: get_device("cam-1"))).last_seen_at == clock()


async def test_news_of_a_removed_device_does_not_bring_it_back(desk, journal):
    await desk.take(("devices", {"id": "cam-1", "kind": "camera"}))
    await journal.write(lambda tx: remove_device(tx, "cam-1"))
    (outcome,) = await desk.take(("devices", {"type": "device_update", "data": {"id": "cam-1"}}))
    assert (outcome.seq, outcome.error) == (None, None)
    assert (await journal.read(lambda: snapshot(0))).devices == []


async def test_news_of_a_block_does_not_count_as_hearing_the_device(desk, journal, clock):
    await desk.take(("devices", {"id": "cam-1", "kind": "camera"}))
    heard = clock()
    clock.advance(60)
    await desk.take(("devices", {"type": "device_update", "data": {"id": "cam-1"}}))
    assert (await journal.read(lambda: get_device("cam-1"))).last_seen_at == heard


async def test_availability_is_the_status_of_the_device(desk):
    await desk.take(("devices/cam-1/availability", b"online"), ("devices/cam-1/availability", b"offline"))
    assert [json.loads(e.body)["status"] for e in desk.committed] == ["online", "offline"]


async def test_device_cannot_grow_beyond_a_frame(desk):
    outcomes = await desk.take(*[("devices", {"id": "cam-1", f"note{n}": "x" * 30_000}) for n in range(3)])
    assert [outcome.error is None for outcome in outcomes] == [True, True, False]
    assert "65536" in outcomes[2].error.message


async def test_report_about_an_unknown_device_is_a_reject(desk):
    (outcome,) = await desk.take(("blocks/ghost/report/broker", {"state": "enforced"}))
    assert "no device 'ghost'" in outcome.error.message


async def test_receipts_name_what_was_taken_in_whatever_became_of_it(desk, journal, clock):
    batch = [received("alerts", ALERT, 1), received("alerts", b"broken", 2), received("devices", {"id": "cam-1"}, 3)]
    await journal.write(lambda transaction: store(transaction, batch, RULES))
    assert await journal.write(recent_receipts) == {one.digest for one in batch}
    clock.advance(3601)
    assert await journal.write(recent_receipts) == set()


async def test_snapshot_since_a_cursor_names_what_changed_and_what_went(desk, journal):
    await desk.take(*[("devices", {"id": f"cam-{n}", "status": "online"}) for n in range(3)])
    await desk.take(("devices", {"id": "cam-1", "status": "offline"}))
    found = await journal.read(lambda: snapshot(3))
    assert ([device["id"] for device in found.devices], found.seq) == (["cam-1"], 4)
    assert len((await journal.read(lambda: snapshot(0))).devices) == 3


async def test_read_back_is_what_was_announced(desk, journal):
    await desk.take(("alerts", ALERT), ("devices", {"id": "cam-1", "kind": "camera"}), ("alerts", ALERT))
    backlog = await journal.read(lambda: events_since(journal.epoch, list(Channel), 0, 100))
    assert backlog.events == desk.committed
    assert (backlog.head, backlog.trimmed) == (3, 0)
    assert desk.committed[0].type is EventType.NEW_ALERT
