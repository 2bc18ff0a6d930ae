"""Names the maker of a network card by the first half of its MAC, from a list that this machine has; asks nobody."""

import csv
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from enforce.neighbours.network import is_randomised

logger = logging.getLogger(__name__)

# Debian's ieee-data, hwdata, arp-scan and nmap, in this order: the first that is there is read.
LISTS: Final = tuple(
    Path("/usr/share") / path
    for path in (
        "ieee-data/oui.csv",
        "ieee-data/oui.txt",
        "hwdata/oui.txt",
        "arp-scan/ieee-oui.txt",
        "nmap/nmap-mac-prefixes",
    )
)
MAX_NAME: Final = 100  # characters; what a device's other names may have (homeguard.events)
# "00-00-5E   (hex)   ICANN, IANA Department", "00005E<tab>ICANN" and "00005E ICANN". IEEE's list has each twice, and
# longer prefixes (nmap) are parts of blocks that are shared.
_LINE: Final = re.compile(
    r"([0-9A-Fa-f]{2})-?([0-9A-Fa-f]{2})-?([0-9A-Fa-f]{2})(?:\s+\(hex\))?\s+(?!\(base 16\))(\S.*)"
)
_SHARED: Final = "IEEE Registration Authority"  # whose blocks are given out in parts


class Vendors:
    """The list of this machine, read when it is first asked."""

    def __init__(self, lists: Iterable[Path] = LISTS) -> None:
        """Take the places to look at, best first."""
        self._lists = tuple(lists)

    def name_of(self, mac: str) -> str | None:
        """Return who made it; None where the MAC is made up, the list does not have it, or there is no list."""
        return None if is_randomised(mac) else self._names.get(mac[:8].replace(":", ""))

    @cached_property
    def _names(self) -> Mapping[str, str]:
        for path in self._lists:
            try:
                with path.open(encoding="utf-8", errors="replace", newline="") as lines:
                    rows = _rows_of_csv(lines) if path.suffix == ".csv" else _rows_of_text(lines)
                    return {prefix.lower(): name.strip()[:MAX_NAME] for prefix, name in rows if name != _SHARED}
            except FileNotFoundError:
                continue
            except (OSError, csv.Error) as error:
                logger.warning("neighbours: the list of vendors %s cannot be read: %s", path, error)
        logger.info("neighbours: no list of vendors on this machine (Debian: apt-get install ieee-data)")
        return {}


def _rows_of_text(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if match := _LINE.match(line):
            yield match[1] + match[2] + match[3], match[4].rstrip()


def _rows_of_csv(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for row in csv.reader(lines):
        if len(row) >= 3 and row[0] == "MA-L":
            yield row[1], row[2]
