"""Names and addresses: what may stand in a certificate, and what an authority may vouch for."""

import socket
from ipaddress import ip_address

import pytest

from homeguard.certificates.names import LOOPBACK_NAMES, Names, Territory, machine_names, named
from homeguard.errors import BadInput


@pytest.mark.parametrize(
    "name", ["*.example.org", "a b", "-a", "a-.example.org", "ex\nample", "a" * 64, "1.2.3.4", "", "a..b", "é.example"]
)
def test_what_is_no_host_name_is_refused(name):
    with pytest.raises(BadInput) as refused:
        named([name], [])
    assert refused.value.field == "name"


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "224.0.0.1", "fe80::1%eth0", "192.168.1", "home.local", ""])
def test_what_is_no_address_of_a_server_is_refused(address):
    with pytest.raises(BadInput) as refused:
        named([], [address])
    assert refused.value.field == "address"


def test_names_are_lower_case_without_the_last_dot_and_each_once():
    assert named(["Home.Example.ORG.", "home.example.org"], ["::1", "0::1"]) == Names(
        ("home.example.org",), (ip_address("::1"),)
    )


def test_machine_knows_its_name_loopback_and_the_address_that_leads_out():
    names = machine_names()
    assert names >= LOOPBACK_NAMES
    host = socket.gethostname().split(".")[0].lower()
    assert {host, f"{host}.local"} <= {*names.dns, "localhost", "localhost.local"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somewhere:
        try:
            somewhere.connect(("198.51.100.1", 9))  # sends nothing; the kernel chooses our address
        except OSError:
            return  # a machine without a network
        assert ip_address(somewhere.getsockname()[0]) in names.addresses


def test_territory_of_a_home_is_the_home_and_what_was_named():
    territory = Territory.of_a_home(named(["home.example.org"], ["203.0.113.7"]))
    wanted = named(
        ["tv.lan", "box.local", "home.example.org", "cam.home.example.org", "example.org", "nohome.example.org"],
        ["192.168.7.7", "203.0.113.7", "203.0.113.8", "fd00::7", "2001:db8::7"],
    )
    inside, outside = territory.split(wanted)
    assert outside == named(["example.org", "nohome.example.org"], ["203.0.113.8", "2001:db8::7"])
    assert set((inside | outside).dns) == set(wanted.dns)
    assert set((inside | outside).addresses) == set(wanted.addresses)
