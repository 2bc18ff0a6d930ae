"""Who asks is believed of proxies that are trusted, and of nobody else."""

from typing import Any

import httpx
import pytest
from starlette.types import Message, Scope
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.proxies import Proxies
from tests.browser.proxy import Proxy
from tests.doors.conftest import PASSWORD, OpenHouse

PROXY = "192.0.2.1"


async def seen(trusted: tuple[str, ...], client: str, *headers: tuple[str, str], kind: str = "http") -> tuple[str, str]:
    """Tell address and scheme as the application behind sees them."""
    found: list[Scope] = []

    async def app(scope: Scope, _: Any, __: Any) -> None:
        found.append(scope)

    async def nothing(*_: Message) -> Any:
        raise AssertionError

    scope = {
        "type": kind,
        "scheme": "http" if kind == "http" else "ws",
        "client": (client, 4711),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }
    await Proxies(app, trusted)(scope, nothing, nothing)
    return found[0]["client"][0], found[0]["scheme"]


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:50123", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:50123", "2001:db8::7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("203.0.113.66, 198.51.100.7", "198.51.100.7"),  # what the client had said itself stands to the left
        ("203.0.113.66, 198.51.100.7, 192.0.2.1", "198.51.100.7"),  # two proxies, both ours
        ("192.0.2.1", "192.0.2.1"),
        ("203.0.113.66, a lie", PROXY),
        ("203.0.113.66, a lie, 192.0.2.1", PROXY),
        ("x" * 5000, PROXY),
        ("", PROXY),
    ],
)
async def test_the_address_is_the_nearest_that_is_no_proxy_of_ours(said: str, address: str) -> None:
    assert await seen((PROXY,), PROXY, ("X-Forwarded-For", said)) == (address, "http")


async def test_several_lines_are_one_list() -> None:
    lines = ("X-Forwarded-For", "203.0.113.66"), ("X-Forwarded-For", "198.51.100.7")
    assert (await seen((PROXY,), PROXY, *lines))[0] == "198.51.100.7"


@pytest.mark.parametrize("trusted", [(), (PROXY,), ("10.0.0.0/8", "fd00::/8")])
@pytest.mark.parametrize("liar", ["127.0.0.1", "203.0.113.9", "2001:db8::9", "a socket"])
async def test_nobody_else_is_believed(trusted: tuple[str, ...], liar: str) -> None:
    said = ("X-Forwarded-For", "198.51.100.7"), ("X-Forwarded-Proto", "https")
    assert await seen(trusted, liar, *said) == (liar, "http")


@pytest.mark.parametrize("proxy", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"])
async def test_a_network_is_trusted_in_either_spelling(proxy: str) -> None:
    said = ("X-Forwarded-For", "198.51.100.7")
    assert (await seen(("10.0.0.0/8", "fd00::/8"), proxy, said))[0] == "198.51.100.7"


@pytest.mark.parametrize(
    ("said", "http", "ws"),
    [("https", "https", "wss"), ("HTTPS", "https", "wss"), ("wss", "https", "wss"), ("http", "http", "ws"),
     ("http, https", "https", "wss"), ("https, http", "http", "ws"), ("gopher", "http", "ws"), ("", "http", "ws")],
)  # fmt: skip
async def test_the_scheme_is_what_the_nearest_proxy_says(said: str, http: str, ws: str) -> None:
    assert (await seen((PROXY,), PROXY, ("X-Forwarded-Proto", said)))[1] == http
    assert (await seen((PROXY,), PROXY, ("X-Forwarded-Proto", said), kind="websocket"))[1] == ws


async def told_of_clients(url: str, headers: dict[str, str]) -> Any:
    """Sign in through a URL, listen, and ask who listens and who did what."""
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as client:
        answer = await client.post("/api/auth/login", json={"username": "ann", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        ws_url = str(client.base_url).replace("http", "ws", 1).rstrip("/")
        async with connect(f"{ws_url}/ws/alerts", additional_headers=headers | token, proxy=None) as socket:
            await socket.recv()
            clients = (await client.get("/api/clients", headers=token)).json()["items"]
            audit = (await client.get("/api/audit", headers=token)).json()["items"]
        return answer, clients[0]["address"], audit[0]["address"]


async def test_a_real_proxy_is_believed_in_clients_and_audit(open_house: OpenHouse) -> None:
    house = await open_house(trusted_proxies=("127.0.0.1",))
    await house.add_user("ann")
    headers = {"X-Forwarded-For": "203.0.113.66, 198.51.100.7", "X-Forwarded-Proto": "https"}
    async with Proxy(house.port) as proxy:
        answer, listening, signed_in = await told_of_clients(proxy.url, headers)
    assert (listening, signed_in) == ("198.51.100.7", "198.51.100.7")
    assert "strict-transport-security" in answer.headers


async def test_a_liar_is_not_believed_in_clients_and_audit(open_house: OpenHouse) -> None:
    house = await open_house(trusted_proxies=("192.0.2.1",))
    await house.add_user("ann")
    headers = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
    answer, listening, signed_in = await told_of_clients(house.url, headers)
    assert (listening, signed_in) == ("127.0.0.1", "127.0.0.1")
    assert "strict-transport-security" not in answer.headers


async def test_limits_count_who_is_behind_the_proxy(open_house: OpenHouse) -> None:
    house = await open_house(trusted_proxies=("127.0.0.1",), max_sign_ins_per_user=1)
    await house.add_user("ann")

    async def try_from(address: str, password: str = "a wrong guess") -> int:
        body = {"username": "ann", "password": password}
        answer = await client.post("/api/auth/login", json=body, headers={"X-Forwarded-For": address})
        return answer.status_code

    async with Proxy(house.port) as proxy, httpx.AsyncClient(base_url=proxy.url, timeout=10) as client:
        assert [await try_from("198.51.100.7") for _ in range(3)] == [401, 429, 429]
        assert await try_from("198.51.100.8", PASSWORD) == 200


async def test_live_connections_are_counted_by_who_is_behind_the_proxy(open_house: OpenHouse) -> None:
    house = await open_house(trusted_proxies=("127.0.0.1",), max_connections_per_address=1)
    await house.add_user("ann")
    async with house.client() as client:
        answer = await client.post("/api/auth/login", json={"username": "ann", "password": PASSWORD})
    token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    async with Proxy(house.port) as proxy:
        url = f"{proxy.url.replace('http', 'ws', 1)}ws/alerts"

        def open_from(address: str) -> connect:
            return connect(url, additional_headers=token | {"X-Forwarded-For": address}, proxy=None)

        async with open_from("198.51.100.7"), open_from("198.51.100.8"), open_from("2001:db8::1"):
            for address in "198.51.100.7", "2001:db8::2":
                with pytest.raises(InvalidStatus) as refused:
                    await open_from(address)
                assert refused.value.response.status_code == 429


async def test_a_liar_does_not_get_another_count_by_another_address(open_house: OpenHouse) -> None:
    house = await open_house(max_sign_ins_per_user=1)
    await house.add_user("ann")
    async with house.client() as client:
        statuses = [
            (
                await client.post(
                    "/api/auth/login",
                    json={"username": "ann", "password": "a wrong guess"},
                    headers={"X-Forwarded-For": f"198.51.100.{number}"},
                )
            ).status_code
            for number in range(3)
        ]
    assert statuses == [401, 429, 429]
