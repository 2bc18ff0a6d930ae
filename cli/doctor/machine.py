"""The machine below: its disk, its clock, its limits, its versions."""

import ctypes
import os
import platform
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bridge.broker.config import find_mosquitto
from bridge.broker.versions import ask_version
from cli.doctor.finding import Check, Finding, fine, loss, unseen, warning
from cli.doctor.home import Home
from homeguard import __version__
from homeguard.errors import Misconfigured

LITTLE_BYTES: Final = (
    100 * 1000 * 1000
)  # the journal, its log and the broker's file may each grow by some of it at once
SOME_BYTES: Final = 1000 * 1000 * 1000
FEW_INODES: Final = 1000
FLEETING: Final = {"tmpfs", "ramfs", "overlay"}  # overlay: the layer of a container, gone with it
DISTANT: Final = {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs", "fuse.glusterfs"}
UNSYNCHRONISED: Final = 0x40  # STA_UNSYNC of linux/timex.h
OWN_FILES: Final = 200  # what HomeGuard opens besides its connections, generously


class Timex(ctypes.Structure):
    """What adjtimex(2) fills in, as far as we read it; asked with `modes` 0 it changes nothing."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def clock_status() -> int:
    """Ask the kernel how its clock is kept. Blocks not.

    Raises:
        OSError: it does not say.
    """
    library = ctypes.CDLL(None, use_errno=True)
    timex = Timex()
    try:
        answer = library.adjtimex(ctypes.byref(timex))
    except AttributeError as error:
        raise OSError("this system has no adjtimex") from error
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(timex.status)


def clock(_home: Home) -> Iterator[Finding]:
    """See whether something keeps the clock right."""
    try:
        status = clock_status()
    except OSError as error:
        yield unseen(f"clock: {error.strerror or error}")
        return
    yield judged_clock(status)


def judged_clock(status: int) -> Finding:
    """Judge what the kernel said."""
    if not status & UNSYNCHRONISED:
        return fine("the clock is kept by a time server")
    return warning(
        "nothing keeps the clock of this machine right",
        would_lose="the right time of each alert; a jump of more than a minute locks everybody out until they sign in",
        mend="sudo timedatectl set-ntp true || sudo apt-get install systemd-timesyncd",
    )


def disk(home: Home) -> Iterator[Finding]:
    """See how much room there is where everything is kept."""
    directory = _existing(home.data_dir)
    room = os.statvfs(directory)
    free = room.f_bavail * room.f_frsize
    mend = f"sudo du -xhd1 {shlex.quote(str(directory))} | sort -h"
    if free < SOME_BYTES:
        say = loss if free < LITTLE_BYTES else warning
        yield say(
            f"{free / 1e6:,.0f} MB are free at {directory}",
            would_lose="new events, once it is full: HomeGuard stops taking them in, and the broker drops at its limit",
            mend=mend,
        )
    else:
        yield fine(f"{free / 1e9:,.1f} GB are free at {directory}")
    if room.f_files and room.f_favail < FEW_INODES:  # some file systems have no limit, and say 0
        yield loss(
            f"{room.f_favail:,} more files can be made at {directory}",
            would_lose="the broker's saved queues: it writes a new file each time",
            mend=f"sudo find {shlex.quote(str(directory))} -xdev -printf '%h\\n' | sort | uniq -c | sort -n | tail",
        )


def filesystem(home: Home) -> Iterator[Finding]:
    """See whether what is written stays, and whether SQLite's locks work there."""
    directory = _existing(home.data_dir)
    kind = filesystem_of(directory)
    move = (
        f"mv {shlex.quote(str(directory))} SOMEWHERE_ON_A_DISK  # while HomeGuard is off; then set HOMEGUARD_DATA_DIR"
    )
    if kind is None:
        yield unseen(f"the file system of {directory}")
    elif kind in FLEETING:
        yield loss(
            f"{directory} is on {kind}, which does not outlive {'its container' if kind == 'overlay' else 'a restart'}",
            would_lose="everything: journal, secrets, queues",
            mend=move,
        )
    elif kind in DISTANT and home.settings.database_url is None:
        yield loss(
            f"{directory} is on {kind}: SQLite's write-ahead log does not work over a network (sqlite.org/wal.html)",
            would_lose="the journal, when two machines or a lost connection meet its locks",
            mend=move,
        )
    else:
        yield fine(f"{directory} is on {kind}")


def filesystem_of(path: Path) -> str | None:
    """Name the kind of file system that a path lies on (proc(5), `mountinfo`), None where nobody says."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    deepest, kind = 0, None
    for line in lines:
        before, _, after = line.partition(" - ")
        point = Path(before.split()[4].encode().decode("unicode_escape"))  # a space is written \040
        if path.resolve().is_relative_to(point) and len(point.parts) >= deepest:  # of two at one place, the later
            deepest, kind = len(point.parts), after.split()[0]
    return kind


def _existing(path: Path) -> Path:
    """Return the directory, or the nearest one above it that is there."""
    return next(candidate for candidate in (path, *path.parents) if candidate.exists())


def open_files(home: Home) -> Iterator[Finding]:
    """Compare the limit of open files with the connections that are promised."""
    needed = home.settings.max_connections + OWN_FILES
    if home.running is None:
        return  # it raises the limit itself at its start, as far as it may
    try:
        limits = Path(f"/proc/{home.running.pid}/limits").read_text(encoding="ascii")
    except OSError as error:
        yield unseen(f"open files of process {home.running.pid}: {error.strerror}")
        return
    allowed = next(line.split()[3] for line in limits.splitlines() if line.startswith("Max open files"))
    if allowed != "unlimited" and int(allowed) < needed:
        yield warning(
            f"HomeGuard may open {int(allowed):,} files, and promises {home.settings.max_connections:,} connections",
            would_lose="no event; but connections beyond that are refused, and the database may be among them",
            mend=f"ulimit -n {needed}; homeguard up  # or LimitNOFILE={needed} in its systemd unit",
        )
    else:
        yield fine(
            f"HomeGuard may open {allowed} files, which is enough for {home.settings.max_connections:,} connections"
        )


def versions(home: Home) -> Iterator[Finding]:
    """Name what runs here, for whoever is asked for help."""
    names = [f"HomeGuard {__version__}", f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    if home.is_ours:
        try:
            names.append(f"Mosquitto {ask_version(find_mosquitto())}")
        except Misconfigured as error:
            yield loss(str(error), would_lose="everything: without a broker nothing comes in")
    yield fine(", ".join(names))


CHECKS: Final[tuple[Check, ...]] = (disk, filesystem, clock, open_files, versions)
