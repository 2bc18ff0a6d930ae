"""Passwords: Argon2id in threads of their own, as slow for a name that does not exist as for one that does."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Final, TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from homeguard.errors import Unavailable

AT_ONCE: Final = 2  # each takes a core for 40 to 190 ms and 64 MiB; the rest of the box must go on
MAX_WAITING: Final = 50  # some seconds of work; who comes later is told to come again

T = TypeVar("T")


class Passwords:
    """Hashes and verifies, `AT_ONCE` at a time."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        """Take the hasher that new hashes are made with."""
        self._hashers = PasswordHash((hasher or Argon2Hasher(),))
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0

    @cached_property
    def _nobodys(self) -> str:
        """Return the hash of a password that nobody has. Blocks when first asked: a start would wait 0.1 s for it."""
        return self.hash_now(secrets.token_hex(16))

    def hash_now(self, password: str) -> str:
        """Hash a password here and now, for the command line. Blocks."""
        return self._hashers.hash(password)

    async def hash(self, password: str) -> str:
        """Hash a password.

        Raises:
            Unavailable: too many others wait.
        """
        return await self._in_thread(lambda: self._hashers.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        """Tell whether the password made the hash, and a new hash where the old one is weaker than today's.

        None, for a user who does not exist, is the same work and never true.

        Raises:
            Unavailable: too many others wait.
        """
        proved, new_hash = await self._in_thread(lambda: self._verify_or_pretend(password, password_hash))
        return (proved, new_hash) if password_hash is not None else (False, None)

    def close(self) -> None:
        """Finish what was begun. Blocks."""
        self._threads.shutdown(cancel_futures=True)

    def _verify_or_pretend(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        nobodys = self._nobodys  # also where it is not needed: the first sign-in must not tell who exists either
        return self._verify(password, password_hash or nobodys)

    def _verify(self, password: str, password_hash: str) -> tuple[bool, str | None]:
        try:
            return self._hashers.verify_and_update(password, password_hash)
        except PwdlibError:
            return False, None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise Unavailable("sign-in", "too many passwords are being checked")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
