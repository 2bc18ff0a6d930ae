"""A blocked device says nothing and hears nothing, whatever it was doing, and afterwards everything again."""

import contextlib
from ipaddress import ip_address

from enforce.firewall.enforcer import FirewallEnforcer
from enforce.firewall.nft import Nft
from enforce.firewall.rules import Blocked, Port, renew, replace
from homeguard.events import ReportState
from tests.enforce.driving import wish
from tests.enforce.netns import BRIDGED
from tests.enforce.traffic import Sniffer, Traffic, Udp, all_rise, now
from tests.waiting import until

GRACE_SECONDS = 0.1  # after the report, in which what was on its way may arrive


# What gateways have, here before everything else of theirs: flows that are open are let through without another look.
ACCEPT_ESTABLISHED = """
table inet theirs {
  chain forward { type filter hook forward priority -400; ct state established,related accept; }
  chain input { type filter hook input priority -400; ct state established,related accept; }
  chain output { type filter hook output priority -400; ct state established,related accept; }
}
"""


async def test_nothing_passes_after_the_report_and_everything_after_the_unblock(home):
    enforcer = FirewallEnforcer()
    home.gateway.nft(ACCEPT_ESTABLISHED)
    theirs = home.gateway.run("nft list ruleset")
    with home.gateway.entered(), Traffic(home) as traffic:
        before = traffic.heard()
        await until(lambda: all_rise(before, traffic.heard()))
        assert all(sniffer.frames for sniffer in traffic.sniffers)

        finding = (await enforcer.enforce(wish()))["dev-0"]
        reported_at = now()
        assert finding.state is ReportState.ENFORCED, finding
        bystander = traffic.heard_by_bystander()
        ticks = traffic.ticks
        await until(lambda: now() > reported_at + 3 * GRACE_SECONDS and traffic.ticks > ticks + 20)
        assert traffic.frames_after(reported_at + GRACE_SECONDS) == []
        assert all_rise(bystander, traffic.heard_by_bystander())

        finding = (await enforcer.enforce(wish(desired=False)))["dev-0"]
        assert finding.state is ReportState.RELEASED, finding
        before = traffic.heard()
        await until(lambda: all_rise(before, traffic.heard()))
        assert home.gateway.run("nft list ruleset") == theirs


async def test_not_one_packet_leaks_while_the_set_is_exchanged_200_times(home):
    device = home.devices[0]
    ips = frozenset({ip_address(device.ip4), ip_address(device.ip6)})
    ports = tuple(
        Port(int(line.split(":")[0]), line.split(": ")[1].split("@")[0])
        for line in home.gateway.run("ip -o link show type veth").splitlines()
    )
    others = [frozenset(f"02:00:5e:20:{half}:{number:02x}" for number in range(50)) for half in ("00", "01")]
    nft = Nft()
    with home.gateway.entered(), Traffic(home) as traffic:
        before = traffic.heard()
        await until(lambda: all_rise(before, traffic.heard()))
        finding = (await FirewallEnforcer().enforce(wish()))["dev-0"]
        since = now() + GRACE_SECONDS
        assert finding.state is ReportState.ENFORCED, finding
        ticks = traffic.ticks
        for number in range(200):
            blocked = Blocked(others[number % 2] | {device.mac}, ips, ports, has_bridge=home.shape == BRIDGED)
            # Both ways that the enforcer has: all the tables, or the elements alone.
            await nft.apply((renew if number % 4 else replace)(blocked.tables()))
        await until(lambda: now() > since + GRACE_SECONDS and traffic.ticks > ticks + 100)
        assert traffic.frames_after(since) == []


async def test_a_bridge_without_an_address_stops_a_device_and_no_other(make_home):
    """A box between two cables, which nobody can see: it knows MACs alone."""
    home = make_home(BRIDGED)
    device, router = home.devices
    home.gateway.run("ip addr flush dev lan\nip link set wan down")
    home.gateway.write("/proc/sys/net/ipv4/ip_forward", "0")
    home.gateway.write("/proc/sys/net/ipv6/conf/all/forwarding", "0")
    talks = [Udp("through", ((device.ns, mine), (router.ns, theirs))) for mine, theirs in both_ways(device, router)]
    sniffer = Sniffer(router, device)
    speaking: list[Udp | Sniffer] = [*talks, sniffer]
    enforcer = FirewallEnforcer()

    def heard():
        return [sum(talk.heard) for talk in talks]

    def talk_until(condition):
        def spoken():
            for one in speaking:
                one.tick()
            return condition()

        return until(spoken)

    with home.gateway.entered(), contextlib.ExitStack() as closing:
        for one in speaking:
            closing.callback(one.close)
        await talk_until(lambda: all(heard()))
        finding = (await enforcer.enforce(wish(mac=device.mac)))["dev-0"]
        since = now() + GRACE_SECONDS
        assert finding.state is ReportState.ENFORCED
        assert finding.detail == f"nftables (bridge, netdev, inet): {device.mac}"
        await talk_until(lambda: now() > since + GRACE_SECONDS)
        assert [frame for at, frame in sniffer.frames if at > since] == []
        await enforcer.enforce({})
        before = heard()
        await talk_until(lambda: all(map(int.__gt__, heard(), before)))


def both_ways(one, other):
    return ((one.ip4, other.ip4), (one.ip6, other.ip6))
