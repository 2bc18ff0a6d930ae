"""Keeps the blocked MACs in a file, so that they are blocked after a boot before the broker can be asked."""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from homeguard.errors import Misconfigured

_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
MAX_BYTES: Final = 4 * 1024 * 1024  # 200,000 MACs; more is not ours


class Saved:
    """The file. It is replaced whole, and on the disk before it is relied on."""

    def __init__(self, path: Path) -> None:
        """Take its place; nothing is read or written yet."""
        self.path = path

    def load(self) -> frozenset[str]:
        """Return what was blocked last; nobody where there is no file.

        Raises:
            Misconfigured: it cannot be read, or is none of ours.
        """
        try:
            with self.path.open("rb") as file:
                found = json.loads(file.read(MAX_BYTES))
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError) as error:
            raise Misconfigured(f"the file of blocked MACs {self.path} cannot be read: {error}") from error
        macs = found.get("macs") if isinstance(found, dict) else None
        if not isinstance(macs, list) or not all(isinstance(mac, str) and _MAC.fullmatch(mac) for mac in macs):
            raise Misconfigured(f'the file of blocked MACs {self.path} is none: {{"macs": ["02:00:5e:10:00:01"]}}')
        return frozenset(macs)

    def save(self, macs: Iterable[str]) -> None:
        """Replace it.

        Raises:
            OSError: it could not be written; what was there is still there.
        """
        fresh = self.path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({"macs": sorted(macs)}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        directory = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
