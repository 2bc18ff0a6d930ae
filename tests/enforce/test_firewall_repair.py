"""What somebody does to our tables by hand is told and made good; what the network does is followed in silence."""

import asyncio
import time

import pytest

from enforce.firewall.enforcer import FirewallEnforcer
from homeguard.events import ReportState
from tests.enforce.driving import held, wish
from tests.enforce.netns import BRIDGED, MACS, ROUTED, Namespace
from tests.waiting import until

REPAIR_SECONDS = 1.0
ABSENT = "02:00:5e:10:00:77"
BY_HAND = {
    "flush": ("flush ruleset", "gone"),
    "delete a table": ("delete table netdev homeguard", "gone"),
    "flush a chain": ("flush chain inet homeguard forward", "changed"),
    "delete an element": (f"delete element netdev homeguard macs {{ {MACS[0]} }}", "changed"),
    "add an element": ("add element inet homeguard addresses4 { 192.0.2.77 }", "changed"),
    "cut everybody off": ("add chain inet homeguard forward { policy drop; }", "changed"),
    "a rule before ours": ("insert rule inet homeguard output accept", "changed"),
}


@pytest.mark.parametrize("what", BY_HAND)
async def test_a_change_by_hand_is_told_and_undone_within_a_second(make_home, what):
    commands, word = BY_HAND[what]
    home = make_home(ROUTED)
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        finding = (await enforcer.enforce(wish()))["dev-0"]
        assert finding.state is ReportState.ENFORCED, finding
        ruleset = ruleset_of(home.gateway)
        async with held(enforcer, wish()) as drifted:
            home.gateway.nft(commands)
            begun = time.monotonic()
            await until(lambda: drifted)
            assert time.monotonic() - begun < REPAIR_SECONDS
            assert word in str(drifted[0].drifted)
            assert drifted[0].finding.state is ReportState.ENFORCED
            assert ruleset_of(home.gateway) == ruleset


@pytest.mark.parametrize("what", BY_HAND)
async def test_look_sees_every_change_by_hand(make_home, what):
    commands, word = BY_HAND[what]
    home = make_home(ROUTED)
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        await enforcer.enforce(wish())
        assert (await enforcer.look(wish()))["dev-0"].state is ReportState.ENFORCED
        home.gateway.nft(commands)
        finding = (await enforcer.look(wish()))["dev-0"]
        assert finding.state is ReportState.FAILED
        assert word in str(finding.detail)


async def test_a_report_says_whether_the_device_was_seen_and_does_not_take_it_back(make_home):
    home = make_home(ROUTED)
    enforcer, absent = FirewallEnforcer(), wish(mac=ABSENT)
    with home.gateway.entered():
        assert "not seen" in str((await enforcer.enforce(absent))["dev-0"].detail)
        home.gateway.run(f"ip neigh add 192.0.2.50 lladdr {ABSENT} dev dev0")
        assert "not seen" not in str((await enforcer.look(absent))["dev-0"].detail)
        home.gateway.run("ip neigh del 192.0.2.50 dev dev0")
        assert "not seen" not in str((await enforcer.enforce(absent))["dev-0"].detail)


async def test_an_address_that_has_moved_since_is_no_drift(make_home):
    home = make_home(ROUTED)
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        await enforcer.enforce(wish())
        home.gateway.run(f"ip neigh add 192.0.2.50 lladdr {MACS[0]} dev dev0")
        assert (await enforcer.look(wish()))["dev-0"].state is ReportState.ENFORCED


async def test_look_sees_what_is_gone_and_changes_nothing(make_home):
    home = make_home(BRIDGED)
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        await enforcer.enforce(wish())
        home.gateway.nft("delete table bridge homeguard")
        ruleset = ruleset_of(home.gateway)
        finding = (await enforcer.look(wish()))["dev-0"]
        assert finding.state is ReportState.FAILED
        assert finding.detail == "the table bridge homeguard is gone"
        assert ruleset_of(home.gateway) == ruleset
        finding = (await enforcer.enforce(wish()))["dev-0"]
        assert finding.state is ReportState.ENFORCED


async def test_a_port_that_comes_and_goes_is_followed_without_an_alarm(make_home):
    home = make_home(BRIDGED)
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        await enforcer.enforce(wish())
        before = ruleset_of(home.gateway)
        async with held(enforcer, wish()) as drifted:
            home.gateway.run("ip link add new0 type veth peer name new1")
            await until(lambda: '"new0"' in ruleset_of(home.gateway) and '"new1"' in ruleset_of(home.gateway))
            home.gateway.run("ip link del new0")
            await until(lambda: ruleset_of(home.gateway) == before)
            assert drifted == []
        assert (await enforcer.look(wish()))["dev-0"].state is ReportState.ENFORCED


async def test_what_was_in_force_stays_when_homeguard_ends_and_is_found_again(make_home):
    home = make_home(BRIDGED)
    with home.gateway.entered():
        await FirewallEnforcer().enforce(wish())
        before = home.gateway.run("nft -a list ruleset")  # with handles: a rule made again has another
        after_the_restart = FirewallEnforcer()
        assert (await after_the_restart.look(wish()))["dev-0"].state is ReportState.ENFORCED
        assert (await after_the_restart.enforce(wish()))["dev-0"].state is ReportState.ENFORCED
        assert home.gateway.run("nft -a list ruleset") == before


async def test_a_boot_blocks_from_the_file_before_anybody_is_asked(make_home, tmp_path):
    home = make_home(ROUTED)
    saved = tmp_path / "blocked.json"
    with home.gateway.entered():
        await FirewallEnforcer(saved=saved).enforce(wish())
        home.gateway.nft("flush ruleset")
        booted = FirewallEnforcer(saved=saved)
        assert await booted.restore() == 1
        assert (await booted.look(wish()))["dev-0"].state is ReportState.ENFORCED
        await booted.enforce(wish(desired=False))
        assert await FirewallEnforcer(saved=saved).restore() == 0


async def test_a_boot_before_the_network_is_up_blocks_as_soon_as_it_is(make_home, tmp_path):
    home = make_home(BRIDGED)
    saved = tmp_path / "blocked.json"
    with home.gateway.entered():
        await FirewallEnforcer(saved=saved).enforce(wish())
        ruleset = ruleset_of(home.gateway)
        home.gateway.nft("flush ruleset")
        for name in ("lan", "dev0", "dev1", "wan"):
            home.gateway.run(f"ip link set {name} down")
        booted = FirewallEnforcer(saved=saved)
        assert await booted.restore() == 1
        assert ruleset_of(home.gateway) == ""
        watching = asyncio.create_task(booted.watch(lambda _: None))
        for name in ("dev0", "dev1", "lan"):
            home.gateway.run(f"ip link set {name} up")
        await until(lambda: ruleset_of(home.gateway) == ruleset)
        watching.cancel()


async def test_a_bridge_that_is_down_for_a_moment_keeps_its_blocks_and_says_that_it_is_not_in_the_path(make_home):
    home = make_home(BRIDGED)
    home.gateway.run("ip link set wan down")
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        await enforcer.enforce(wish())
        ruleset = ruleset_of(home.gateway)
        home.gateway.run("ip link set dev1 down")
        assert (await enforcer.enforce(wish()))["dev-0"].state is ReportState.NOT_IN_PATH
        assert ruleset_of(home.gateway) == ruleset
        home.gateway.run("ip link set dev1 up")
        assert (await enforcer.look(wish()))["dev-0"].state is ReportState.ENFORCED


async def test_a_gateway_without_blocks_has_no_table_of_ours(make_home):
    home = make_home(ROUTED)
    with home.gateway.entered():
        assert await FirewallEnforcer().enforce({}) == {}
        assert (await FirewallEnforcer().enforce(wish(desired=False)))["dev-0"].state is ReportState.RELEASED
    assert ruleset_of(home.gateway) == ""


def ruleset_of(namespace: Namespace) -> str:
    return namespace.run("nft list ruleset")
