"""The neighbour table of a real kernel, and its changes."""

import asyncio
import contextlib
import random
import socket
import struct
from ipaddress import ip_address

import pytest

from enforce.neighbours.kernel import Changes, read_network
from enforce.neighbours.network import DefaultRoute, Neighbour, Station
from enforce.neighbours.watch import watch
from tests.enforce.netns import BRIDGED, INTERNET4, MACS, ROUTED
from tests.waiting import until

PHONE = "06:00:5e:10:00:0c"


def know(home, ip, mac, state="reachable", dev="dev0"):
    home.gateway.run(f"ip neigh replace {ip} lladdr {mac} dev {dev} nud {state}")


def index_of(home, name):
    return int(home.gateway.run(f"ip -o link show {name}").split(":")[0])


async def test_a_gateway_as_the_kernel_knows_it(make_home):
    home = make_home(BRIDGED)
    know(home, "192.0.2.10", MACS[0], dev="lan")
    know(home, "fe80::10", MACS[0], "stale", "lan")
    home.gateway.run(
        "ip neigh add 192.0.2.66 dev lan nud failed\nip neigh add 192.0.2.67 lladdr 06:00:00:00:00:01 dev lan nud noarp"
    )
    home.gateway.run(f"bridge fdb replace {PHONE} dev dev1 master dynamic")
    with home.gateway.entered():
        network = await read_network()
    lan, port = index_of(home, "lan"), index_of(home, "dev1")
    of_device = {one for one in network.neighbours if one.mac == MACS[0]}
    assert of_device >= {Neighbour(MACS[0], ip_address(ip), lan) for ip in ("192.0.2.10", "fe80::10")}
    assert not {ip_address("192.0.2.66"), ip_address("192.0.2.67")} & network.macs_by_ip.keys()
    assert Station(PHONE, port, lan) in network.stations
    assert DefaultRoute(ip_address(INTERNET4), index_of(home, "wan")) in network.default_routes
    assert network.forwards
    assert network.links[lan].is_bridge
    assert network.links[port].master == lan
    assert not network.links[1].is_ethernet
    assert "02:00:5e:10:00:01" in network.own_macs


async def test_a_flood_of_macs_on_a_bridge_is_read_in_part(make_home, monkeypatch):
    monkeypatch.setattr("enforce.neighbours.kernel.MAX_STATIONS", 100)
    home = make_home(BRIDGED)
    macs = [f"06:00:5e:30:{n >> 8:02x}:{n & 255:02x}" for n in range(3000)]
    home.gateway.run("bridge -batch -", "".join(f"fdb add {mac} dev dev1 master dynamic\n" for mac in macs))
    with home.gateway.entered():
        network = await read_network()
    assert len(network.stations) == 100
    assert network.default_routes


async def test_a_device_that_forwards_nothing(make_home):
    home = make_home(ROUTED)
    with home.devices[0].ns.entered():
        assert not (await read_network()).forwards


@pytest.mark.parametrize(
    "command",
    [
        f"ip neigh add 192.0.2.90 lladdr {PHONE} dev dev0",
        f"ip neigh replace 192.0.2.50 lladdr {PHONE} dev dev0",
        "ip neigh del 192.0.2.50 dev dev0",
        "ip link set dev1 down",
        "ip link add new0 type bridge",
        "ip route del default",
    ],
)
async def test_news_wakes(make_home, command):
    home = make_home(ROUTED)
    know(home, "192.0.2.50", MACS[0])
    with home.gateway.entered(), Changes() as changes:
        network = await read_network()
        waiting = asyncio.create_task(changes.wait(network))
        home.gateway.run(command)
        await until(waiting.done, 2)
        await waiting


async def test_that_a_neighbour_was_seen_again_is_no_news(make_home):
    home = make_home(ROUTED)
    know(home, "192.0.2.50", MACS[0])
    with home.gateway.entered(), Changes() as changes:
        waiting = asyncio.create_task(changes.wait(await read_network()))
        for state in ("stale", "reachable", "delay", "stale", "reachable") * 5:
            know(home, "192.0.2.50", MACS[0], state)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await asyncio.shield(waiting)
        know(home, "192.0.2.50", PHONE)
        await until(waiting.done, 2)


async def test_more_than_fits_counts_as_news(make_home):
    home = make_home(ROUTED)
    know(home, "192.0.2.50", MACS[0])
    again = f"neigh replace 192.0.2.50 lladdr {MACS[0]} dev dev0 nud"
    with home.gateway.entered(), Changes() as changes:
        network = await read_network()
        home.gateway.run("ip -batch -", f"{again} stale\n{again} reachable\n" * 2000)
        async with asyncio.timeout(2):
            await changes.wait(network)


async def test_bytes_that_mean_nothing_do_no_harm(make_home):
    home = make_home(ROUTED)
    dice = random.Random(7)
    with home.gateway.entered(), Changes() as changes:
        network = await read_network()
        for length in range(1, 200):
            changes.tells(dice.randbytes(length), network)
        cut_off = struct.pack("=IHHII", 17, 28, 0, 0, 0) + b"\2"  # RTM_NEWNEIGH
        too_short = (
            struct.pack("=IHHIIBBHiHBBHH", 36, 28, 0, 0, 0, socket.AF_INET, 0, 0, 2, 2, 0, 1, 7, 1) + b"\1\2\3\0"
        )
        assert changes.tells(cut_off, network)
        assert changes.tells(too_short, network)


async def test_a_newcomer_is_told_once_and_again_with_its_new_address(make_home, monkeypatch):
    monkeypatch.setattr("enforce.neighbours.newcomers.SETTLE_SECONDS", 0.3)
    home = make_home(ROUTED)
    know(home, "192.0.2.10", MACS[0])
    told = []

    async def tell(newcomer):
        told.append(newcomer.to_json())

    with home.gateway.entered():
        watching = asyncio.create_task(watch(tell))
        await until(lambda: any(one["mac"] == MACS[0] for one in told), 3)
        know(home, "192.0.2.77", PHONE)
        know(home, "fe80::77", PHONE)
        await until(lambda: any(one["mac"] == PHONE for one in told), 3)
        know(home, "192.0.2.10", MACS[0], "stale")
        know(home, "2001:db8:1::77", PHONE)
        await until(lambda: [one for one in told if one["mac"] == PHONE][1:], 3)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    phone = [one for one in told if one["mac"] == PHONE]
    assert phone[0] == {"mac": PHONE, "ips": ["192.0.2.77", "fe80::77"], "vendor": None, "randomised": True}
    assert phone[1]["ips"] == ["192.0.2.77", "2001:db8:1::77", "fe80::77"]
    assert len([one for one in told if one["mac"] == MACS[0] and "192.0.2.10" in one["ips"]]) == 1
