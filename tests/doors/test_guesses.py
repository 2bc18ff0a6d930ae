"""Whoever guesses passwords at the real server gets nowhere, and the owner gets in all the while."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from time import monotonic
from typing import Any

import httpx
import pytest

from api.auth.identity import Role
from api.limits.memory import MAX_KEYS
from tests.doors.conftest import PASSWORD, House, OpenHouse

ADDRESSES = 2_000  # tests/limits has more, where nobody has to ask over a network
AT_ONCE = 20
ATTACKER, OWNER = "127.0.0.66", "127.0.0.2"


class Argon2:
    """Counts how many passwords are looked at, and whose hash each is compared with."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hashes: list[str | None] = []
        verify = house.context.passwords.verify

        async def counted(password: str, password_hash: str | None) -> tuple[bool, str | None]:
            self.hashes.append(password_hash)
            return await verify(password, password_hash)

        monkeypatch.setattr(house.context.passwords, "verify", counted)


async def try_password(client: httpx.AsyncClient, username: str, password: str, **options: Any) -> httpx.Response:
    return await client.post("/api/auth/login", json={"username": username, "password": password}, **options)


class Guesser:
    """Guesses over a bare connection: a client library takes ten times as long as what it asks."""

    def __init__(self, house: House) -> None:
        self.statuses = Counter[int]()
        self._port = house.port

    async def guess(self, guesses: Iterator[int], username: str, header: str = "X-Guess: {}") -> None:
        """Take guesses until there are none; `{}` of name and header is the guess's number."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(ATTACKER, 0))
        for number in guesses:
            body = json.dumps({"username": username.format(number), "password": f"guess number {number}"})
            head = "POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}{header.format(f'{number:x}')}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            status, length = int(answer.split()[1]), re.search(r"content-length: (\d+)", answer)
            assert status == 401 or re.search(r"retry-after: [1-9]\d*\r", answer), answer
            assert length is not None
            await reader.readexactly(int(length[1]))
            self.statuses[status] += 1
        writer.close()


@pytest.mark.parametrize(
    ("count", "username", "at_most"), [(10_000, "ann", 5), (2_000, "name-{}", 20)], ids=["one name", "all names"]
)
async def test_ten_thousand_guesses_get_nobody_in_and_keep_nobody_out(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch, count: int, username: str, at_most: int
) -> None:
    house = await open_house(max_calls_per_address=10 * count)  # so that the limit on passwords alone holds them
    await house.add_user("ann")
    argon2, guesser, guesses, begun = Argon2(house, monkeypatch), Guesser(house), iter(range(count)), monotonic()
    async with house.client(OWNER) as owner, asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(guesser.guess(guesses, username))
        for _ in range(3):
            assert (await try_password(owner, "ann", PASSWORD)).status_code == 200
    minutes = 1 + int((monotonic() - begun) / 60)
    assert set(guesser.statuses) == {401, 429}
    assert guesser.statuses.total() == count
    assert guesser.statuses[401] <= at_most * minutes
    assert len(argon2.hashes) == guesser.statuses[401] + 3
    assert len(house.context.sign_ins) <= 3 * at_most * minutes + 10


async def test_guesses_from_thousands_of_addresses_are_few_and_do_not_grow_memory(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await open_house(trusted_proxies=ATTACKER)
    await house.add_user("ann")
    argon2, guesser, guesses = Argon2(house, monkeypatch), Guesser(house), iter(range(ADDRESSES))
    async with house.client(OWNER) as owner:
        assert (await try_password(owner, "ann", PASSWORD)).status_code == 200
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(guesser.guess(guesses, "ann", "X-Forwarded-For: 2001:db8:{}::1"))
        assert (await try_password(owner, "ann", PASSWORD)).status_code == 200
    assert guesser.statuses == {401: 60, 429: ADDRESSES - 60}
    assert len(argon2.hashes) == 60 + 2
    assert len(house.context.sign_ins) <= 3 * MAX_KEYS


async def test_a_name_that_nobody_has_is_treated_as_one_that_somebody_has(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await open_house()
    await house.add_user("ann")
    argon2 = Argon2(house, monkeypatch)
    told: dict[str, list[Any]] = {}
    for name, source in (("ann", ATTACKER), ("nobody", OWNER)):
        async with house.client(source) as client:
            answers = [await try_password(client, name, "a wrong guess") for _ in range(8)]
        told[name] = [(answer.status_code, answer.json(), answer.headers.get("retry-after")) for answer in answers]
    assert told["ann"] == told["nobody"]
    assert [status for status, *_ in told["ann"]] == [401] * 5 + [429] * 3
    assert len(argon2.hashes) == 10
    assert argon2.hashes.count(None) == 5  # which `Passwords` makes the same work


async def test_guesses_at_the_present_password_are_guesses_too(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await open_house()
    await house.add_user("ann", Role.VIEWER)
    argon2 = Argon2(house, monkeypatch)
    async with house.client() as client, house.client(OWNER) as owner:
        token = (await try_password(client, "ann", PASSWORD)).json()["access_token"]
        change = {"current_password": "a wrong guess", "password": "another phrase of hers"}
        headers = {"Authorization": f"Bearer {token}"}
        statuses = [(await client.patch("/api/users/ann", json=change, headers=headers)).status_code for _ in range(8)]
        assert statuses == [403] * 5 + [429] * 3
        assert (await try_password(client, "ann", PASSWORD)).status_code == 429
        change["current_password"] = PASSWORD
        assert (await owner.patch("/api/users/ann", json=change, headers=headers)).status_code == 200
    assert len(argon2.hashes) == 1 + 5 + 1


async def test_calls_are_limited_by_user_and_by_address(open_house: OpenHouse) -> None:
    house = await open_house(max_calls_per_user=10, max_calls_per_address=15)
    await house.add_user("ann")
    async with house.client() as client, house.client(OWNER) as elsewhere:
        token = (await try_password(client, "ann", PASSWORD)).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        paths = ["/api/devices", "/api/auth/me"] * 6
        statuses = [(await client.get(path, headers=headers)).status_code for path in paths]
        assert statuses == [200] * 10 + [429] * 2
        assert (await elsewhere.post("/api/auth/ws-ticket", headers=headers)).status_code == 429
        answers = [await client.post("/api/auth/refresh") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert answers[-1].json()["detail"] == "127.0.0.1 has made all of its 15 calls of this minute"
        assert (await client.get("/healthz")).status_code == 200
