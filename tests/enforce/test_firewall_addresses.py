"""Whose address is whose: a block follows the device, and never whoever has its address next."""

import contextlib
import functools

from enforce.firewall.enforcer import FirewallEnforcer
from homeguard.events import ReportState
from tests.enforce.driving import held, wish
from tests.enforce.netns import BRIDGED, MACS, ROUTED
from tests.enforce.traffic import Udp
from tests.waiting import until

NEW_MAC = "02:00:5e:10:00:1a"


def elements(home, name):
    return home.gateway.run(f"nft list set inet homeguard {name}")


async def test_an_address_that_another_device_has_now_is_free_at_once(make_home):
    home = make_home(ROUTED)
    device = home.devices[0]
    enforcer = FirewallEnforcer()
    know(home, device.ip4, device.mac)
    with home.gateway.entered():
        await enforcer.enforce(wish())
        assert device.ip4 in elements(home, "addresses4")
        async with held(enforcer, wish()) as drifted:
            know(home, device.ip4, NEW_MAC)
            await until(lambda: device.ip4 not in elements(home, "addresses4"), 3)
            assert drifted == []
        assert MACS[0] in home.gateway.run("nft list set netdev homeguard macs")


async def test_whoever_has_the_address_of_a_blocked_device_is_heard_from_the_first_packet_on(make_home):
    """Also before the gateway has found out: here it is kept from finding out."""
    home = make_home(BRIDGED)
    device, other = home.devices
    for ip in (device.ip4, device.ip6):
        home.gateway.run(f"ip neigh replace {ip} lladdr {device.mac} dev lan nud permanent")
    other.ns.run(f"ip addr add {device.ip4}/24 dev eth0\nip -6 addr add {device.ip6}/64 dev eth0 nodad")
    other.ns.run(f"ip -6 neigh replace {home.gateway_ip6} lladdr {home.gateway_mac} dev eth0 nud permanent")
    device.ns.run("ip link set eth0 down")
    with home.gateway.entered():
        assert (await FirewallEnforcer().enforce(wish()))["dev-0"].state is ReportState.ENFORCED
    for mine, theirs in ((device.ip4, home.internet.ip4), (device.ip6, home.internet.ip6)):
        assert mine in home.gateway.run("nft list table inet homeguard")
        with contextlib.closing(Udp("through", ((other.ns, mine), (home.internet.ns, theirs)))) as talk:
            await until(functools.partial(heard_at_the_other_end, talk))


def heard_at_the_other_end(talk):
    talk.tick()
    return talk.heard[1]


async def test_an_address_is_never_blocked_because_the_wish_says_so(make_home):
    home = make_home(ROUTED)
    know(home, "192.0.2.50", NEW_MAC)
    (asked,) = wish().values()
    wishes = {"dev-0": type(asked)("dev-0", True, "c1", MACS[0], ("192.0.2.50", "192.0.2.51"))}
    with home.gateway.entered():
        assert (await FirewallEnforcer().enforce(wishes))["dev-0"].state is ReportState.ENFORCED
    assert "192.0.2.5" not in elements(home, "addresses4")


async def test_an_address_that_two_claim_is_not_blocked(make_home):
    home = make_home(ROUTED)
    know(home, "192.0.2.50", MACS[0])
    home.gateway.run(f"ip neigh add 192.0.2.50 lladdr {NEW_MAC} dev dev1")
    know(home, "192.0.2.51", MACS[0])
    with home.gateway.entered():
        await FirewallEnforcer().enforce(wish())
    assert "192.0.2.51" in elements(home, "addresses4")
    assert "192.0.2.50" not in elements(home, "addresses4")


async def test_the_addresses_of_a_blocked_device_are_followed_but_link_local_ones(make_home):
    home = make_home(ROUTED)
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        await enforcer.enforce(wish())
        async with held(enforcer, wish()):
            know(home, "fe80::50", MACS[0])
            know(home, "2001:db8:1::50", MACS[0])
            know(home, "192.0.2.50", MACS[0])
            await until(lambda: "192.0.2.50" in elements(home, "addresses4"))
            await until(lambda: "2001:db8:1::50" in elements(home, "addresses6"))
            assert "fe80::" not in elements(home, "addresses6")


async def test_the_block_follows_the_wish_to_a_new_mac(make_home):
    home = make_home(ROUTED)
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        await enforcer.enforce(wish())
        finding = (await enforcer.enforce(wish(mac=NEW_MAC)))["dev-0"]
    assert finding.state is ReportState.ENFORCED
    assert str(finding.detail) == f"nftables (netdev, inet): {NEW_MAC}; not seen on this box's networks yet"
    macs = home.gateway.run("nft list set netdev homeguard macs")
    assert NEW_MAC in macs
    assert MACS[0] not in macs


async def test_a_device_that_shares_its_mac_with_a_blocked_one_is_not_said_to_be_free(make_home):
    home = make_home(ROUTED)
    wishes = wish(0) | wish(1, desired=False, mac=MACS[0])
    with home.gateway.entered():
        found = await FirewallEnforcer().enforce(wishes)
    assert found["dev-0"].state is ReportState.ENFORCED
    assert found["dev-1"].state is ReportState.FAILED
    assert "dev-0" in str(found["dev-1"].detail)


def know(home, ip, mac):
    """Let the gateway have found out by ARP or neighbour discovery whose address this is."""
    home.gateway.run(f"ip neigh replace {ip} lladdr {mac} dev dev0 nud reachable")
