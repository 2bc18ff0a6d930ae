from ipaddress import ip_address

import pytest

from enforce.firewall.path import Path, addresses_of, has_bridge, ports, why_never
from tests.enforce.networks import link, network

MAC = "02:00:5e:10:00:0a"
OTHER = "02:00:5e:10:00:0b"

WAN, LAN = link(2, "wan"), link(3, "lan")
BRIDGE = [link(4, "br-lan", is_bridge=True), link(5, "lan1", master=4), link(6, "wlan0", master=4)]
DOCKER = [link(7, "docker0", is_bridge=True), link(8, "veth1", master=7), link(9, "veth2", master=7)]
LOOPBACK = link(1, "lo", is_ethernet=False)
TUNNEL = link(10, "ppp0", is_ethernet=False)


@pytest.mark.parametrize(
    ("here", "is_anybodys"),
    [
        pytest.param(network(LOOPBACK, WAN, LAN, routes=[("203.0.113.2", 2)], forwards=True), True, id="router"),
        pytest.param(network(WAN, LAN, routes=[("203.0.113.2", 2)]), False, id="two networks, forwards nothing"),
        pytest.param(network(WAN, LAN, forwards=True), True, id="router between two, no internet"),
        pytest.param(network(LAN, TUNNEL, routes=[(None, 10)], forwards=True), True, id="router to a modem by PPP"),
        pytest.param(network(*BRIDGE), True, id="bridge that forwards nothing itself"),
        pytest.param(network(*BRIDGE[:2]), False, id="bridge with one port"),
        pytest.param(network(*BRIDGE[:2], link(6, "wlan0", master=4, is_up=False)), False, id="a port is down"),
        pytest.param(network(*BRIDGE[:2], WAN, routes=[(None, 2)], forwards=True), True, id="router, bridge of one"),
        pytest.param(network(LAN, routes=[("192.0.2.1", 3)], forwards=True), False, id="one network"),
        pytest.param(network(LAN, *DOCKER, routes=[("192.0.2.1", 3)], forwards=True), False, id="host of containers"),
        pytest.param(network(LOOPBACK), False, id="nothing"),
    ],
)
def test_whether_anything_passes_a_box(here, is_anybodys):
    assert Path(here).is_anybodys is is_anybodys
    assert (Path(here).why_not(MAC) is None) is is_anybodys  # of a device that nobody has seen


@pytest.mark.parametrize(
    ("neighbours", "stations", "why"),
    [
        ([(MAC, "192.0.2.10", 3)], [], None),
        ([(MAC, "203.0.113.9", 2)], [], "the device is on wan"),
        ([(MAC, "203.0.113.9", 2), (MAC, "192.0.2.10", 3)], [], None),
        ([(MAC, "192.0.2.10", 4)], [], None),
        ([], [(MAC, 5, 4)], None),
    ],
)
def test_whether_a_device_passes_depends_on_where_it_was_seen(neighbours, stations, why):
    here = network(
        WAN, LAN, *BRIDGE, neighbours=neighbours, stations=stations, routes=[("203.0.113.2", 2)], forwards=True
    )
    said = Path(here).why_not(MAC)
    assert said is None if why is None else str(said).startswith(why)
    assert Path(here).has_seen(MAC)
    assert not Path(here).has_seen(OTHER)


def test_ports_are_what_frames_come_in_by():
    here = network(LOOPBACK, WAN, *BRIDGE, *DOCKER, TUNNEL)
    assert [port.name for port in ports(here)] == ["wan", "lan1", "wlan0"]
    assert has_bridge(here)
    assert not has_bridge(network(WAN, *DOCKER))


def test_addresses_are_those_of_nobody_else():
    here = network(
        LAN,
        WAN,
        neighbours=[
            (MAC, "192.0.2.10", 3),
            (MAC, "2001:db8::10", 3),
            (MAC, "fe80::10", 3),
            (MAC, "192.0.2.11", 3),
            (OTHER, "192.0.2.11", 2),
            (OTHER, "192.0.2.12", 3),
        ],
    )
    assert addresses_of(here, [MAC]) == {ip_address("192.0.2.10"), ip_address("2001:db8::10")}
    assert ip_address("192.0.2.11") in addresses_of(here, [MAC, OTHER])


def test_the_way_to_the_internet_is_never_cut_whatever_its_protocol():
    here = network(LAN, neighbours=[(MAC, "fe80::1", 3), (OTHER, "192.0.2.9", 3)], routes=[("fe80::1", 3)])
    assert "the way from this box" in str(why_never(here, MAC, ()))
    assert "the broker's host" in str(why_never(here, OTHER, [ip_address("192.0.2.9")]))
    assert why_never(here, OTHER, ()) is None
