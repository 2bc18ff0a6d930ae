from enforce.neighbours.newcomers import MAX_IPS, MAX_TOLD_A_SECOND, SETTLE_SECONDS, Newcomer, Newcomers
from tests.enforce.networks import link, network

MAC, PHONE = "00:00:5e:10:00:0a", "02:00:5e:10:00:0b"
LAN = link(3, "lan")
DOCKER = [link(7, "docker0", is_bridge=True), link(8, "veth1", master=7)]
BRIDGE = [link(4, "br-lan", is_bridge=True), link(5, "lan1", master=4)]


class Vendors:
    def name_of(self, mac):
        return "ACME" if mac == MAC else None


def told(newcomers, here, at=0.0):
    """Return who is told after what is there has settled."""
    assert newcomers.see(here, at) == []
    return newcomers.see(here, at + SETTLE_SECONDS)


def test_a_newcomer_is_told_with_all_its_addresses_once_they_have_settled():
    newcomers = Newcomers(Vendors())
    first = network(LAN, neighbours=[(MAC, "fe80::10", 3)])
    assert newcomers.see(first, 0) == []
    whole = network(LAN, neighbours=[(MAC, "fe80::10", 3), (MAC, "2001:db8::10", 3), (MAC, "192.0.2.10", 3)])
    assert newcomers.see(whole, 0.5) == []
    assert newcomers.due_at == SETTLE_SECONDS
    (one,) = newcomers.see(whole, SETTLE_SECONDS)
    assert one.to_json() == {
        "mac": MAC,
        "ips": ["192.0.2.10", "2001:db8::10", "fe80::10"],
        "vendor": "ACME",
        "randomised": False,
    }
    assert newcomers.due_at is None


def test_who_is_known_is_told_again_for_an_address_more_and_for_nothing_else():
    newcomers = Newcomers(Vendors())
    here = network(LAN, neighbours=[(PHONE, "192.0.2.10", 3)])
    assert told(newcomers, here) == [Newcomer(PHONE, ("192.0.2.10",), None, True)]
    assert told(newcomers, here, 10) == []
    assert told(newcomers, network(LAN), 20) == []
    assert told(newcomers, here, 30) == []
    moved = network(LAN, neighbours=[(PHONE, "192.0.2.99", 3)])
    assert told(newcomers, moved, 40) == [Newcomer(PHONE, ("192.0.2.99",), None, True)]
    assert told(newcomers, here, 50) == []


def test_who_left_before_it_settled_was_nobody():
    newcomers = Newcomers(Vendors())
    assert newcomers.see(network(LAN, neighbours=[(MAC, "192.0.2.10", 3)]), 0) == []
    assert newcomers.see(network(LAN), SETTLE_SECONDS) == []
    assert newcomers.due_at is None


def test_a_bridge_knows_devices_without_addresses():
    newcomers = Newcomers(Vendors())
    assert told(newcomers, network(*BRIDGE, stations=[(PHONE, 5, 4)])) == [Newcomer(PHONE, (), None, True)]


def test_neither_this_box_nor_its_containers_are_news():
    here = network(
        LAN,
        *DOCKER,
        neighbours=[(PHONE, "172.17.0.2", 7), (LAN.mac, "192.0.2.1", 3)],
        stations=[(PHONE, 8, 7)],
    )
    assert told(Newcomers(Vendors()), here) == []


MAX_KNOWN = 200


def flood(count):
    return network(LAN, neighbours=[(f"02:00:5e:20:{n >> 8:02x}:{n & 255:02x}", "192.0.2.10", 3) for n in range(count)])


def test_a_flood_is_told_slowly_and_never_whole(caplog, monkeypatch):
    monkeypatch.setattr("enforce.neighbours.newcomers.MAX_KNOWN", MAX_KNOWN)
    newcomers = Newcomers(Vendors())
    here = flood(MAX_KNOWN + 50)
    newcomers.see(here, 0)
    seen = []
    for second in range(1, 2 + (MAX_KNOWN + 50) // MAX_TOLD_A_SECOND):
        now = newcomers.see(here, float(second))
        assert len(now) <= MAX_TOLD_A_SECOND + 1
        seen += now
    assert len({one.mac for one in seen}) == len(seen) == MAX_KNOWN
    assert [record.message for record in caplog.records if "no more are told" in record.message]


def test_who_has_left_makes_room(monkeypatch):
    monkeypatch.setattr("enforce.neighbours.newcomers.MAX_KNOWN", MAX_KNOWN)
    newcomers = Newcomers(Vendors())
    here = flood(MAX_KNOWN)
    newcomers.see(here, 0)
    for second in range(1, 2 + MAX_KNOWN // MAX_TOLD_A_SECOND):
        newcomers.see(here, float(second))
    assert [one.mac for one in told(newcomers, network(LAN, neighbours=[(MAC, "192.0.2.10", 3)]), 1e4)] == [MAC]


def test_of_very_many_addresses_the_first_are_told():
    here = network(LAN, neighbours=[(MAC, f"2001:db8::{n:x}", 3) for n in range(200)])
    (one,) = told(Newcomers(Vendors()), here)
    assert len(one.ips) == MAX_IPS
