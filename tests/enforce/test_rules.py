import json
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforce.firewall.nft import Nft
from enforce.firewall.rules import Blocked, Port, difference, macs_in_force, read_offloading, read_table, renew, replace
from tests.enforce.netns import ROUTED

MACS = st.binary(min_size=5, max_size=5).map(lambda rest: f"02:{rest.hex(':')}")
BLOCKED = st.builds(
    Blocked,
    st.frozensets(MACS, max_size=5),
    st.frozensets(st.ip_addresses(), max_size=5),
    st.just((Port(2, "dev0"), Port(3, "dev1"))),
    has_bridge=st.booleans(),
    has_egress=st.booleans(),
)


def as_listed(wanted, family):
    """Write a table as nft 1.0.6 lists it: with handles, without the devices of chains, empty sets without elements."""
    entries = [
        {"metainfo": {"json_schema_version": 1}},
        {"table": {"family": family, "name": "homeguard", "handle": 1}},
    ]
    for command in replace({family: wanted}, [family])[2:]:
        ((kind, value),) = command["add"].items()
        value = {**value, "handle": 7}
        value.pop("dev", None)
        if kind == "element":
            next(e["set"] for e in entries if "set" in e and e["set"]["name"] == value["name"])["elem"] = value["elem"]
        else:
            entries.append({kind: value})
    return json.loads(json.dumps(entries))


@given(BLOCKED)
def test_what_is_read_back_is_what_was_written(blocked):
    wanted = blocked.tables()
    found = {family: read_table(as_listed(table, family)) for family, table in wanted.items()}
    assert difference(wanted, found) is None
    assert macs_in_force(found) == blocked.macs


@given(BLOCKED, BLOCKED)
def test_whatever_differs_is_said(one, other):
    is_same = one.tables() == other.tables()
    assert (difference(one.tables(), other.tables()) is None) is is_same


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ("", []),
        ("table inet a {\n\tflowtable one {\n\t\thook ingress priority filter\n\t\tdevices = { eth0 }\n\t}\n}", []),
        ("table inet a {\n\tflowtable one {\n\t\tflags offload\n\t\tcounter\n\t}\n}", ["one"]),
        ("table inet a {\n\tflowtable one {\n\t}\n\tflowtable two {\n\t\tflags offload;\n\t}\n}", ["two"]),
        ("flags offload", []),
    ],
)
def test_flowtables_in_the_hardware_are_found(listed, names):
    assert list(read_offloading(listed)) == names


def test_without_macs_there_is_nothing():
    assert Blocked(ips=frozenset({ip_address("192.0.2.1")}), ports=(Port(2, "dev0"),)).tables() == {}
    assert renew({}) == []


def test_nothing_but_parsed_values_and_names_of_interfaces_reaches_nft():
    blocked = Blocked(frozenset({"02:00:5e:10:00:0a"}), frozenset({ip_address("192.0.2.1")}), (Port(2, "dev0"),), True)
    said = set(strings_in(replace(blocked.tables())))
    assert {text for text in said if "." in text or ":" in text} == {"02:00:5e:10:00:0a", "192.0.2.1"}
    assert "dev0" in said


def strings_in(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_in(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("has_bridge", [True, False])
async def test_the_kernel_takes_it_lists_it_and_its_listing_can_be_loaded_again(make_home, has_bridge):
    home = make_home(ROUTED)
    ips = map(ip_address, ("192.0.2.10", "2001:db8::1", "::ffff:192.0.2.9", "2001:db8:0:0:1::"))
    indexes = [int(line.split(":")[0]) for line in home.gateway.run("ip -o link show type veth").splitlines()]
    ports = tuple(Port(index, name) for index, name in zip(indexes, ("dev0", "dev1", "wan"), strict=True))
    wanted = Blocked(frozenset({"02:00:5e:10:00:0a"}), frozenset(ips), ports, has_bridge).tables()
    nft = Nft()
    with home.gateway.entered():
        for commands in (replace(wanted), replace(wanted), renew(wanted)):
            await nft.apply(commands)
            assert difference(wanted, await nft.tables()) is None
    listing = home.gateway.run("nft list ruleset")
    home.gateway.nft(f"flush ruleset\n{listing}")
    with home.gateway.entered():
        assert difference(wanted, await nft.tables()) is None
        fewer = Blocked(frozenset({"02:00:5e:10:00:0b"}), frozenset(), ports, has_bridge).tables()
        await nft.apply(renew(fewer))
        assert macs_in_force(await nft.tables()) == {"02:00:5e:10:00:0b"}
        await nft.apply(replace({}))
        assert await nft.tables() == {}
