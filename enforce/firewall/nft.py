"""Runs nft as a child that may not hang, and says in its words, or better ones, what went wrong."""

import asyncio
import json
import os
import shutil
from collections.abc import Sequence
from typing import Final

from enforce.firewall.rules import FAMILIES, TABLE, Command, Table, Tables, read_offloading, read_table
from homeguard.errors import HomeGuardError

TIMEOUT_SECONDS: Final = 5.0  # a thousand elements take 30 ms; a box that needs longer is in trouble
MAX_ERROR: Final = 300  # characters of what nft says that a report repeats
# The second and third: a kernel without that family has no table of it either.
_MISSING: Final = ("No such file or directory", "Operation not supported", "not supported by protocol")
_PATH: Final = "/usr/local/sbin:/usr/sbin:/sbin"  # where it is, off the PATH of ordinary users


class NftFailed(HomeGuardError):
    """Nft did not do it; the text says why, and what to do."""


class NoSuchObject(NftFailed):
    """What was to be listed, changed or used is not there, or not in this kernel."""


class Nft:
    """The program."""

    def __init__(self, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Take the limit of one run."""
        self._timeout_seconds = timeout_seconds

    async def apply(self, commands: Sequence[Command]) -> None:
        """Bring one transaction about, all of it or nothing.

        Raises:
            NftFailed: nothing of it.
        """
        await self._run(("-f", "-"), commands)

    async def check(self, commands: Sequence[Command]) -> None:
        """Ask the kernel whether it would take the transaction; changes nothing.

        Raises:
            NftFailed: it would not.
        """
        await self._run(("-c", "-f", "-"), commands)

    async def tables(self) -> Tables:
        """Read back which tables of ours there really are.

        Raises:
            NftFailed: nothing is known.
        """
        # Three programs, since nft 1.0 cannot list two tables in one; none of them is left behind when another fails.
        found = await asyncio.gather(*(self._table(family) for family in FAMILIES), return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return {family: one for family, one in zip(FAMILIES, found, strict=True) if isinstance(one, Table)}

    async def offloading(self) -> tuple[str, ...]:
        """Return the flowtables whose flows the hardware forwards, past every rule; nft 1.0 tells it in text alone.

        Raises:
            NftFailed: nothing is known.
        """
        try:
            text = await self._run(("list", "flowtables"), is_json=False)
        except NoSuchObject:
            return ()
        return tuple(read_offloading(text.decode(errors="replace")))

    async def _table(self, family: str) -> Table | None:
        try:
            text = await self._run(("list", "table", family, TABLE))
        except NoSuchObject:
            return None
        try:
            return read_table(json.loads(text)["nftables"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise NftFailed(f"nft lists the table {family} {TABLE} as nobody here understands: {error!r}") from error

    async def _run(
        self, arguments: Sequence[str], commands: Sequence[Command] | None = None, *, is_json: bool = True
    ) -> bytes:
        program = shutil.which("nft", path=f"{os.environ.get('PATH', '')}:{_PATH}")
        if program is None:
            raise NftFailed("nft is missing: install nftables (Debian: apt-get install nftables)")
        given = b"" if commands is None else json.dumps({"nftables": commands}).encode()
        child = await asyncio.create_subprocess_exec(
            program,
            *(["-j"] if is_json else []),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"LC_ALL": "C"},
        )
        try:
            async with asyncio.timeout(self._timeout_seconds):
                output, errors = await child.communicate(given)
        except TimeoutError:
            raise NftFailed(f"nft did not end within {self._timeout_seconds:g} s") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            raise _failure(errors.decode(errors="replace"))
        return output


def _failure(said: str) -> NftFailed:
    why = " ".join(said.split())[:MAX_ERROR]
    if "Operation not permitted" in why:
        return NftFailed(
            "the kernel does not let this process change the firewall: it needs the capability CAP_NET_ADMIN "
            "(systemd: AmbientCapabilities=CAP_NET_ADMIN; `homeguard enforce --print-unit` writes such a unit)"
        )
    is_missing = any(words in why for words in _MISSING)
    return (NoSuchObject if is_missing else NftFailed)(f"nft: {why}")
