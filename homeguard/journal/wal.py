"""Reads SQLite's write-ahead log as SQLite does, to find what SQLite would drop without a word.

A log whose checksums break is read up to there, and what follows is forgotten. That is right for the torn end that a
power cut leaves, and silent loss where the disk has damaged commits that were acknowledged. The format is that of
https://www.sqlite.org/fileformat2.html#walformat.
"""

import struct
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import BinaryIO, Final, NamedTuple

HEADER_BYTES: Final = 32
FRAME_HEADER_BYTES: Final = 24
_MAGIC: Final = {0x377F0682: "little", 0x377F0683: "big"}  # also the order in which the checksum reads its words
_MASK: Final = 0xFFFFFFFF

Checksum = tuple[int, int]


class _Frame(NamedTuple):
    """One page of the log: whether it ends a transaction, its salts and checksum as stored, and what they cover."""

    is_commit: bool
    salts: bytes
    stored: Checksum
    covered: bytes


def find_log_damage(log: Path, seconds: float) -> str | None:
    """Tell what is wrong with a log that nobody has open, None where it is whole, ends torn, or is too long to tell.

    A transaction is written only when the one before it is on the disk. So at most one commit can lie behind a break
    if power was cut; two prove that something was damaged that had been acknowledged.
    """
    try:
        with log.open("rb") as file:
            return _find_damage(file, monotonic() + seconds)
    except FileNotFoundError:
        return None


def _find_damage(file: BinaryIO, deadline: float) -> str | None:
    header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    magic, _, page_bytes, _ = struct.unpack_from(">4I", header)
    order = _MAGIC.get(magic)
    if order is None or _checksum(header[:24], (0, 0), order) != struct.unpack_from(">2I", header, 24):
        return "the header of its write-ahead log is damaged"
    salts = header[16:24]
    previous = struct.unpack_from(">2I", header, 24)
    broken_at: int | None = None
    commits_behind = 0
    for number, frame in enumerate(_frames(file, page_bytes), 1):
        if monotonic() > deadline:
            return None
        fits = frame.salts == salts and _checksum(frame.covered, previous, order) == frame.stored
        previous = frame.stored
        if broken_at is None and not fits:
            broken_at = number
        elif broken_at is not None and fits and frame.is_commit:
            commits_behind += 1
    if commits_behind < 2:
        return None
    return f"page {broken_at} of its write-ahead log is damaged, and {commits_behind} commits behind it are cut off"


def _frames(file: BinaryIO, page_bytes: int) -> Iterator[_Frame]:
    size = FRAME_HEADER_BYTES + page_bytes
    while len(raw := file.read(size)) == size:
        _, pages_after_commit = struct.unpack_from(">2I", raw)
        yield _Frame(pages_after_commit > 0, raw[8:16], struct.unpack_from(">2I", raw, 16), raw[:8] + raw[24:])


def _checksum(data: bytes, begin: Checksum, order: str) -> Checksum:
    words = array("I", data)
    if order != sys.byteorder:
        words.byteswap()
    first, second = begin
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second
