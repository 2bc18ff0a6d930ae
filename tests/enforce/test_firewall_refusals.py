"""What the firewall does not do, and says so: beside the path, without a MAC, without the right, and never."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from enforce.enforcer import Wish
from enforce.firewall.enforcer import FirewallEnforcer
from enforce.firewall.nft import Nft, NftFailed
from homeguard.events import ReportState
from tests.enforce.driving import wish
from tests.enforce.netns import BRIDGED, INTERNET4, MACS, ROUTED

ROOT = Path(__file__).parents[2]


async def test_a_box_beside_the_path_says_so_and_touches_nothing(make_home):
    home = make_home(BRIDGED)
    beside = home.devices[1].ns
    with beside.entered():
        enforcer = FirewallEnforcer()
        found = await enforcer.enforce(wish() | wish(1, desired=False))
        assert found["dev-0"].state is ReportState.NOT_IN_PATH
        assert "beside the path (its networks: eth0)" in str(found["dev-0"].detail)
        assert found["dev-1"].state is ReportState.RELEASED
        assert (await enforcer.look(wish()))["dev-0"].state is ReportState.NOT_IN_PATH
    assert beside.run("nft list ruleset") == ""


async def test_a_device_on_the_side_of_the_internet_is_not_in_the_path(make_home):
    home = make_home(ROUTED)
    home.gateway.run("ip neigh add 203.0.113.9 lladdr 02:00:5e:10:00:99 dev wan")
    with home.gateway.entered():
        finding = (await FirewallEnforcer().enforce(wish(mac="02:00:5e:10:00:99")))["dev-0"]
    assert finding.state is ReportState.NOT_IN_PATH
    assert "the device is on wan" in str(finding.detail)


@pytest.mark.parametrize(
    ("mac", "why"),
    [
        ("02:00:5e:10:00:01", "is this box itself"),
        ("ff:ff:ff:ff:ff:ff", "is a group"),
        ("33:33:00:00:00:01", "is a group"),
        ("02:00:5e:10:00:ff", "is the way from this box to the internet"),
        (MACS[1], "is the broker's host"),
    ],
)
async def test_what_must_never_be_blocked_is_refused_with_the_reason(make_home, mac, why):
    home = make_home(BRIDGED)
    home.gateway.run(f"ip neigh replace {INTERNET4} lladdr 02:00:5e:10:00:ff dev wan")
    home.gateway.run(f"ip neigh replace {home.devices[1].ip4} lladdr {MACS[1]} dev lan")
    enforcer = FirewallEnforcer(broker_host=home.devices[1].ip4)
    with home.gateway.entered():
        found = await enforcer.enforce(wish(0) | {"bad": Wish("bad", True, "c2", mac)})
    assert found["bad"].state is ReportState.FAILED
    assert why in str(found["bad"].detail)
    assert found["dev-0"].state is ReportState.ENFORCED
    assert mac not in home.gateway.run("nft list ruleset")


async def test_without_a_mac_the_report_says_what_is_missing(make_home):
    home = make_home(ROUTED)
    wishes = {"dev-0": Wish("dev-0", True, "c1", None, ("192.0.2.10",)), "dev-1": Wish("dev-1", False)}
    with home.gateway.entered():
        found = await FirewallEnforcer().enforce(wishes)
    assert found["dev-0"].state is ReportState.FAILED
    assert "knows no MAC address" in str(found["dev-0"].detail)
    assert found["dev-1"].state is ReportState.RELEASED


async def test_a_thousand_blocks_at_once(make_home):
    home = make_home(BRIDGED)
    wishes = {f"dev-{n}": Wish(f"dev-{n}", True, "c1", f"02:00:5e:20:{n >> 8:02x}:{n & 255:02x}") for n in range(1000)}
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        begun = time.monotonic()
        found = await enforcer.enforce(wishes)
        assert time.monotonic() - begun < 2
        assert {finding.state for finding in found.values()} == {ReportState.ENFORCED}
        released = await enforcer.enforce({name: Wish(name, False, "c2", one.mac) for name, one in wishes.items()})
        assert {finding.state for finding in released.values()} == {ReportState.RELEASED}


DRIVER = """
import asyncio, os
from enforce.enforcer import Wish
from enforce.firewall.enforcer import FirewallEnforcer
assert os.getuid() != 0
finding = asyncio.run(FirewallEnforcer().enforce({"dev-0": Wish("dev-0", True, "c1", "02:00:5e:10:00:0a")}))["dev-0"]
print(finding.state, finding.detail)
"""


@pytest.mark.parametrize(("capability", "said"), [("+net_admin", "enforced"), ("-all", "failed")])
def test_as_an_ordinary_user_with_one_capability_and_without(make_home, capability, said):
    home = make_home(ROUTED)
    caps = [f"--{kind}={'-all,' if capability != '-all' else ''}{capability}" for kind in ("inh-caps", "ambient-caps")]
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", *caps, sys.executable]
    if subprocess.run([*drop, "-c", "import pyroute2"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("an ordinary user may not read this Python")
    with home.gateway.entered():
        done = subprocess.run([*drop, "-c", DRIVER], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(said)
    assert ("CAP_NET_ADMIN" in done.stdout) == (said == "failed")


def fake_nft(tmp_path, monkeypatch, script):
    """Put a program named nft before the real one."""
    program = tmp_path / "nft"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exec sleep 60", "nft did not end within 0.2 s"),
        ("echo 'Error: something of nft' >&2; exit 1", "nft: Error: something of nft"),
        ('cat >/dev/null; echo \'{"nftables": [{"set": 7}]}\'', "as nobody here understands"),
    ],
)
async def test_an_nft_that_fails_is_a_failed_block_with_the_reason(make_home, tmp_path, monkeypatch, script, why):
    home = make_home(ROUTED)
    fake_nft(tmp_path, monkeypatch, script)
    with home.gateway.entered():
        enforcer = FirewallEnforcer(nft=Nft(timeout_seconds=0.2))
        found = await enforcer.enforce(wish(0) | wish(1, desired=False))
        with pytest.raises(NftFailed, match=why):
            await enforcer.look(wish(0))
    assert [finding.state for finding in found.values()] == [ReportState.FAILED, ReportState.FAILED]
    for finding in found.values():
        assert why in str(finding.detail)


@pytest.mark.parametrize(
    ("refused", "said", "families"),
    [("egress", "no egress hook", {"bridge", "netdev", "inet"}), ('"bridge"', "kmod-nft-bridge", {"netdev", "inet"})],
)
async def test_an_older_kernel_gets_what_it_can_do_and_the_report_says_so(
    make_home, tmp_path, monkeypatch, refused, said, families
):
    home = make_home(BRIDGED)
    real = "/usr/sbin/nft"
    no = "echo 'Error: Could not process rule: Operation not supported' >&2; exit 1"
    fake_nft(
        tmp_path,
        monkeypatch,
        f"case \"$*\" in *'-f -'*) in=$(cat) ;; esac\n"
        f"case \"$in\" in *'{refused}'*) {no} ;; esac\n"
        f'printf %s "$in" | exec {real} "$@"',
    )
    with home.gateway.entered():
        finding = (await FirewallEnforcer().enforce(wish()))["dev-0"]
    assert finding.state is ReportState.ENFORCED, finding
    assert said in str(finding.detail)
    tables = home.gateway.run("nft list tables")
    assert {line.split()[1] for line in tables.splitlines()} == families


async def test_flows_in_the_hardware_are_not_claimed_to_be_stopped(make_home, tmp_path, monkeypatch):
    home = make_home(ROUTED)
    enforcer = FirewallEnforcer()
    with home.gateway.entered():
        assert (await enforcer.enforce(wish()))["dev-0"].state is ReportState.ENFORCED
        listed = "table inet fw4 {\n\tflowtable ft {\n\t\thook ingress priority filter\n\t\tflags offload;\n\t}\n}"
        fake_nft(
            tmp_path,
            monkeypatch,
            f'case "$*" in *flowtables*) printf \'{listed}\' ;; *) exec /usr/sbin/nft "$@" ;; esac',
        )
        for found in (await enforcer.look(wish()), await enforcer.enforce(wish())):
            assert found["dev-0"].state is ReportState.FAILED
            assert "flowtable ft with flags offload" in str(found["dev-0"].detail)
        assert (await enforcer.enforce(wish(desired=False)))["dev-0"].state is ReportState.RELEASED


async def test_a_kernel_that_can_neither_is_no_firewall(make_home, tmp_path, monkeypatch):
    home = make_home(ROUTED)
    fake_nft(
        tmp_path,
        monkeypatch,
        "in=$(cat); case \"$in\" in *netdev*) echo 'Operation not supported' >&2; exit 1 ;; esac\n"
        'printf %s "$in" | exec /usr/sbin/nft "$@"',
    )
    with home.gateway.entered():
        finding = (await FirewallEnforcer().enforce(wish()))["dev-0"]
    assert finding.state is ReportState.FAILED
    assert "kmod-nft-netdev" in str(finding.detail)
