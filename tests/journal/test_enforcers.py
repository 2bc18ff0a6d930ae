"""What HomeGuard knows of its enforcers, of drift, and of who is on the network without speaking MQTT."""

import json

import pytest

from homeguard.events import EventType
from homeguard.journal.blocks import blocks_of, wish
from homeguard.journal.devices import get_device
from homeguard.journal.enforcers import list_enforcers
from homeguard.journal.neighbours import MAX_NEWCOMERS
from homeguard.journal.outbox import remove, waiting
from homeguard.topics import Topics
from tests.journal.intake import Desk

TOPICS = Topics()
MAC = "02:00:5e:10:00:01"
ONLINE, OFFLINE = {"state": "online", "kind": "firewall"}, {"state": "offline"}


async def block(journal, device_id="cam-1", *, desired=True):
    wished, _ = await journal.write(lambda tx: wish(tx, TOPICS, device_id, desired=desired, by="ada"))
    return wished


async def state_of(journal, device_id="cam-1"):
    return (await journal.read(lambda: get_device(device_id))).block.state


def shown(desk):
    return [json.loads(event.body) for event in desk.committed if event.type == EventType.DEVICE_UPDATE]


def alerts(desk):
    return [json.loads(event.body) for event in desk.committed if event.type == EventType.NEW_ALERT]


async def test_vanished_enforcer_makes_its_reports_unavailable_on_every_screen(desk, journal):
    await desk.take(
        ("devices", {"id": "cam-1", "kind": "thing"}),
        ("devices", {"id": "tv-1", "kind": "thing"}),
        ("enforcers/firewall", ONLINE),
    )
    wished = await block(journal)
    await desk.take(("blocks/cam-1/report/firewall", {"state": "enforced", "command_id": wished.command_id}))
    assert await state_of(journal) == "enforced"
    desk.committed.clear()
    await desk.take(("enforcers/firewall", OFFLINE))
    (update,) = shown(desk)
    assert (update["id"], update["block"]["state"]) == ("cam-1", "pending")
    assert update["block"]["reports"]["firewall"]["state"] == "unavailable"
    await desk.take(("enforcers/firewall", OFFLINE), ("enforcers/firewall", ONLINE))
    await desk.take(("blocks/cam-1/report/firewall", {"state": "enforced", "command_id": wished.command_id}))
    assert [update["block"]["state"] for update in shown(desk)] == ["pending", "enforced"]
    assert (await journal.read(list_enforcers))[0]["is_online"] is True


async def test_wish_waits_for_an_enforcer_that_came_after_it(desk, journal):
    await desk.take(("devices", {"id": "cam-1", "kind": "thing"}), ("enforcers/broker", ONLINE))
    wished = await block(journal)
    await desk.take(("blocks/cam-1/report/broker", {"state": "enforced", "command_id": wished.command_id}))
    await desk.take(("enforcers/firewall", ONLINE))
    assert await state_of(journal) == "pending"
    await desk.take(("blocks/cam-1/report/firewall", {"state": "not_in_path", "command_id": wished.command_id}))
    assert await state_of(journal) == "enforced"


async def test_forgotten_enforcer_is_waited_for_no_more(desk, journal):
    await desk.take(
        ("devices", {"id": "cam-1", "kind": "thing"}), ("enforcers/firewall", ONLINE), ("enforcers/broker", ONLINE)
    )
    wished = await block(journal)
    await desk.take(("blocks/cam-1/report/broker", {"state": "enforced", "command_id": wished.command_id}))
    await desk.take(("enforcers/firewall", OFFLINE))
    assert await state_of(journal) == "partial"
    await desk.take(("enforcers/firewall", b""))
    assert await state_of(journal) == "enforced"
    assert [one["name"] for one in await journal.read(list_enforcers)] == ["broker"]


async def test_enforcer_that_never_came_cannot_go(desk, journal):
    await desk.take(("devices", {"id": "cam-1", "kind": "thing"}), ("enforcers/firewall", OFFLINE))
    await block(journal)
    assert await journal.read(list_enforcers) == []
    assert await state_of(journal) == "pending"


async def test_block_unblock_block_within_one_batch_of_reports_ends_blocked(desk, journal):
    await desk.take(("devices", {"id": "cam-1", "kind": "thing"}), ("enforcers/firewall", ONLINE))
    wishes = [await block(journal, desired=desired) for desired in (True, False, True)]
    states = ("enforced", "released", "enforced")
    said = [{"state": state, "command_id": w.command_id} for state, w in zip(states, wishes, strict=True)]
    await desk.take(*[("blocks/cam-1/report/firewall", report) for report in said[:2]])
    assert await state_of(journal) == "pending"
    await desk.take(("blocks/cam-1/report/firewall", said[2]))
    assert await state_of(journal) == "enforced"


async def test_drift_is_shown_and_raises_an_alert(desk, journal):
    await desk.take(("devices", {"id": "cam-1", "kind": "thing"}), ("enforcers/broker", ONLINE))
    wished = await block(journal)
    report = {"state": "enforced", "command_id": wished.command_id}
    await desk.take(("blocks/cam-1/report/broker", report))
    await desk.take(("blocks/cam-1/report/broker", report | {"drifted": "enabled by hand"}))
    (alert,) = alerts(desk)
    assert (alert["category"], alert["device_id"], alert["raised_by"]) == ("drift", "cam-1", "homeguard")
    assert "enabled by hand" in alert["reason"]
    assert shown(desk)[-1]["block"]["reports"]["broker"]["drifted"] == "enabled by hand"


async def test_wish_is_told_anew_when_the_address_of_a_blocked_device_changes(desk, journal):
    await desk.take(("devices", {"id": "cam-1", "ip": "192.168.1.20"}))
    wished = await block(journal)
    await journal.write(lambda _: remove([one.id for one in waiting(10)]))
    await desk.take(("devices", {"id": "cam-1", "telemetry": {"lux": 1}}))
    assert await journal.read(lambda: waiting(10)) == []
    await desk.take(("devices", {"id": "cam-1", "mac": MAC}))
    (told,) = await journal.read(lambda: waiting(10))
    told_wish = json.loads(told.payload)
    assert (told.topic, told.retain) == ("homeguard/blocks/cam-1", True)
    assert (told_wish["command_id"], told_wish["mac"], told_wish["ips"]) == (
        wished.command_id,
        MAC,
        ["192.168.1.20"],
    )


async def test_nobody_slips_out_of_a_block_or_puts_it_on_another_by_giving_the_device_another_mac(desk, journal):
    await desk.take(("devices", {"id": "cam-1", "mac": MAC, "ip": "192.168.1.20"}))
    await block(journal)
    await journal.write(lambda _: remove([one.id for one in waiting(10)]))
    (refused,) = await desk.take(("devices", {"id": "cam-1", "mac": "02:00:5e:10:00:02", "name": "Somebody else"}))
    assert "cam-1 is blocked by its MAC 02:00:5e:10:00:01: unblock it before" in refused.error.message
    (again,) = await desk.take(("devices", {"id": "cam-1", "mac": MAC, "ip": "192.168.1.21"}))  # an address of DHCP
    assert again.error is None
    (told,) = await journal.read(lambda: waiting(10))
    assert (json.loads(told.payload)["mac"], json.loads(told.payload)["ips"]) == (MAC, ["192.168.1.21"])
    assert shown(desk)[-1]["name"] is None


async def test_newcomer_of_the_network_is_a_device_with_an_alert_once(journal):
    desk = Desk(journal, tell_new=True)
    newcomer = {"mac": MAC, "ips": ["192.168.1.30"], "vendor": "Acme", "randomised": False}
    await desk.take(("neighbours/firewall", newcomer), ("neighbours/firewall", newcomer))
    (alert,) = alerts(desk)
    assert (alert["category"], alert["device_id"], alert["severity"]) == ("new_device", "net-02005e100001", "medium")
    assert "Acme" in alert["reason"]
    (device,) = shown(desk)
    assert (device["mac"], device["ip"], device["vendor"]) == (MAC, "192.168.1.30", "Acme")
    await block(journal, "net-02005e100001")
    assert (await journal.read(lambda: blocks_of(["net-02005e100001"])))["net-02005e100001"].desired


async def test_newcomer_with_a_made_up_mac_is_noted_as_one(journal):
    desk = Desk(journal, tell_new=True)
    await desk.take(("neighbours/firewall", {"mac": MAC, "ips": [], "vendor": None, "randomised": True}))
    (alert,), (device,) = alerts(desk), shown(desk)
    assert "made-up MAC" in alert["reason"]
    assert (alert["details"]["randomised"], device["randomised"]) == (True, True)


async def test_newcomer_of_the_network_starts_blocked_where_the_home_wants_that(journal):
    desk = Desk(journal, quarantine_new=True)
    await desk.take(("neighbours/firewall", {"mac": MAC}), ("neighbours/firewall", {"mac": MAC, "vendor": "Acme"}))
    assert [device["block"]["by"] for device in shown(desk)] == ["homeguard", "homeguard"]
    assert (await journal.read(lambda: blocks_of(["net-02005e100001"])))["net-02005e100001"].desired


async def test_mac_that_stands_elsewhere_in_what_a_device_says_makes_no_neighbour_of_it(desk, journal):
    await desk.take(("devices", {"id": "bridge-1", "telemetry": {"mac": MAC}, "seen": [{"mac": MAC}]}))
    await desk.take(("neighbours/firewall", {"mac": MAC, "ips": ["192.168.1.30"]}))
    assert [device["mac"] for device in shown(desk)] == [None, MAC]
    assert shown(desk)[-1]["id"] == "net-02005e100001"


async def test_neighbour_with_the_mac_of_a_device_is_that_device(desk, journal):
    await desk.take(("devices", {"id": "cam-1", "mac": MAC, "ip": "192.168.1.20"}))
    await desk.take(("neighbours/firewall", {"mac": MAC, "ips": ["192.168.1.20", "fe80::1"]}))
    device = await journal.read(lambda: get_device("cam-1"))
    assert (device.fields["ip"], device.fields["ips"]) == ("192.168.1.20", ["192.168.1.20", "fe80::1"])
    assert alerts(desk) == []


async def test_flood_of_made_up_neighbours_is_rejected_and_forgotten_after_a_minute(desk, journal, clock):
    macs = [f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}" for number in range(MAX_NEWCOMERS + 1)]
    outcomes = await desk.take(*[("neighbours/firewall", {"mac": mac}) for mac in macs[:MAX_NEWCOMERS]])
    assert [one.error for one in outcomes] == [None] * MAX_NEWCOMERS
    (outcome,) = await desk.take(("neighbours/firewall", {"mac": macs[-1]}))
    assert "newcomers" in outcome.error.message
    clock.advance(61)
    (outcome,) = await desk.take(("neighbours/firewall", {"mac": macs[-1]}))
    assert outcome.error is None


@pytest.mark.parametrize(
    ("topic", "payload", "field"),
    [
        ("enforcers/firewall", {"kind": "firewall"}, "state"),
        ("enforcers/firewall", {"state": "here"}, "state"),
        ("enforcers/firewall", {"state": "online", "kind": 7}, "kind"),
        ("neighbours/firewall", {}, "mac"),
        ("neighbours/firewall", {"mac": "localhost"}, "mac"),
        ("neighbours/firewall", {"mac": MAC, "ips": ["localhost"]}, "ips"),
        ("neighbours/firewall", {"mac": MAC, "ips": [None]}, "ips"),
        ("neighbours/firewall", {"mac": MAC, "ips": ["10.0.0.1"] * 33}, "ips"),
        ("neighbours/firewall", {"mac": MAC, "randomised": "no"}, "randomised"),
        ("neighbours/firewall", {"mac": MAC, "vendor": ""}, "vendor"),
        ("blocks/cam-1/report/firewall", {"state": "enforced", "drifted": 1}, "drifted"),
    ],
)
async def test_enforcer_that_says_nonsense_is_rejected(desk, topic, payload, field):
    (outcome,) = await desk.take((topic, payload))
    assert outcome.error.field == field
