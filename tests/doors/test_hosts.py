"""A page whose own name was pointed at this box gets nothing."""

import pytest

from api.hosts import Hosts
from homeguard.errors import Misdirected
from homeguard.settings import load_settings
from tests.doors.conftest import OpenHouse

HOSTS = Hosts(("guard.example",), bound="127.0.0.1", machine="Attic.fritz.box")


def scope_for(host: str | None) -> dict[str, object]:
    return {"headers": [] if host is None else [(b"host", host.encode("latin-1"))]}


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8000", "127.0.0.1", "[::1]:8000", "[::1]", "192.168.1.20:8000", "[fe80::1]", "203.0.113.9",
     "localhost:8000", "LOCALHOST", "home.localhost:80", "attic", "attic:8000", "Attic.local", "attic.local.:8000",
     "attic.lan", "attic.fritz.box", "attic.home.arpa", "guard.example", "guard.example.:443", None],
)  # fmt: skip
def test_a_host_is_taken_when_it_is_an_address_or_a_name_of_ours(host):
    HOSTS.check(scope_for(host))


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "attic.evil.example", "attic.example", "guard.example.evil.example",
     "localhost.evil.example", "camera.lan", "127.0.0.1.evil.example", "127.1.evil", "[::1", "::1", "", ":8000",
     "guard.example:x", "a" * 400, "evil.example:127.0.0.1", "\xff"],
)  # fmt: skip
def test_a_host_is_refused_when_it_is_anybody_elses(host):
    with pytest.raises(Misdirected, match="HOMEGUARD_ALLOWED_HOSTS"):
        HOSTS.check(scope_for(host))


def test_a_name_that_the_server_is_bound_to_is_ours():
    Hosts((), bound="Guard.Example", machine="attic").check(scope_for("guard.example:8000"))


def test_a_name_of_a_wildcard_certificate_is_ours():
    hosts = Hosts(("*.guard.example",), bound="127.0.0.1", machine="attic")
    hosts.check(scope_for("den.guard.example:8000"))
    for host in "guard.example", "a.den.guard.example", "den.guard.example.evil.example":
        with pytest.raises(Misdirected):
            hosts.check(scope_for(host))


def test_every_host_is_taken_when_the_setting_says_so():
    Hosts(("*",), bound="127.0.0.1", machine="attic").check(scope_for("evil.example"))


@pytest.mark.parametrize("path", ["/", "/api/auth/welcome", "/api/devices", "/docs", "/healthz"])
async def test_a_page_of_another_name_gets_nothing(open_house: OpenHouse, path: str) -> None:
    house = await open_house(allowed_hosts="guard.example")
    async with house.client() as client:
        refused = await client.get(path, headers={"Host": "evil.example:8000"})
        assert refused.status_code == 421
        assert refused.json()["type"] == "urn:homeguard:problem:misdirected"
        assert "HOMEGUARD_ALLOWED_HOSTS" in refused.json()["detail"]
        assert (await client.get(path, headers={"Host": "guard.example"})).status_code in (200, 401, 503)


async def test_a_socket_of_a_page_of_another_name_is_refused(open_house: OpenHouse) -> None:
    house = await open_house()
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "a" * 22 + "==",
    }
    async with house.client() as client:
        answer = await client.get(
            "/ws/alerts", headers=upgrade | {"Host": "evil.example", "Origin": "http://evil.example"}
        )
    assert (answer.status_code, answer.json()["type"]) == (421, "urn:homeguard:problem:misdirected")


def test_names_are_read_from_the_setting(monkeypatch):
    monkeypatch.setenv("HOMEGUARD_ALLOWED_HOSTS", "Guard.Example, home")
    assert load_settings().allowed_hosts == ("guard.example", "home")
