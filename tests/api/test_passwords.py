import asyncio
import threading

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from api.auth import passwords as passwords_module
from api.auth.passwords import Passwords
from homeguard.errors import Unavailable


async def test_verify_is_true_for_the_password_that_made_the_hash(passwords: Passwords) -> None:
    password_hash = await passwords.hash("correct horse")
    assert password_hash.startswith("$argon2id$")
    assert await passwords.verify("correct horse", password_hash) == (True, None)
    assert await passwords.verify("battery staple", password_hash) == (False, None)


async def test_verify_gives_a_new_hash_when_the_old_one_is_weaker(passwords: Passwords) -> None:
    weak = Passwords(Argon2Hasher(time_cost=1, memory_cost=16, parallelism=1)).hash_now("correct horse")
    proved, new_hash = await passwords.verify("correct horse", weak)
    assert proved
    assert new_hash is not None
    assert await passwords.verify("correct horse", new_hash) == (True, None)


async def test_verify_does_the_same_work_when_there_is_no_user(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes: list[str] = []
    verify = passwords._verify

    def watched(password: str, password_hash: str) -> tuple[bool, str | None]:
        hashes.append(password_hash)
        return verify(password, password_hash)

    monkeypatch.setattr(passwords, "_verify", watched)
    assert await passwords.verify("correct horse", None) == (False, None)
    assert [made.rpartition("$")[0].rpartition("$")[0] for made in hashes] == ["$argon2id$v=19$m=8,t=1,p=1"]


async def test_first_verify_does_the_same_work_whether_there_is_a_user_or_not() -> None:
    passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    password_hash = await passwords.hash("correct horse")
    made: list[str] = []
    hash_now = passwords.hash_now
    passwords.hash_now = lambda password: made.append(password) or hash_now(password)  # type: ignore[method-assign,func-returns-value]
    assert await passwords.verify("correct horse", password_hash) == (True, None)
    assert len(made) == 1
    assert await passwords.verify("correct horse", None) == (False, None)
    assert len(made) == 1
    passwords.close()


async def test_verify_is_false_when_the_hash_is_damaged(passwords: Passwords) -> None:
    assert await passwords.verify("correct horse", "nonsense") == (False, None)


async def test_verify_is_unavailable_when_too_many_wait(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords_module, "MAX_WAITING", 2)
    results = await asyncio.gather(*(passwords.verify("x", None) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [tuple, tuple, Unavailable]


async def test_two_are_checked_at_once_and_the_rest_wait(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    both, checking, most = threading.Barrier(2), 0, 0
    lock = threading.Lock()

    def watched(_password: str, _password_hash: str) -> tuple[bool, str | None]:
        nonlocal checking, most
        with lock:
            checking += 1
            most = max(most, checking)
        both.wait(10)  # passes only where another one is checked meanwhile
        with lock:
            checking -= 1
        return False, None

    monkeypatch.setattr(passwords, "_verify", watched)
    await asyncio.gather(*(passwords.verify("x", None) for _ in range(10)))
    assert most == 2
