"""Where a run takes place: what this machine lets us break, and a word for what it does not."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.processes import CannotMeasure, program
from chaos.faults import set_clock
from chaos.network import why_not
from chaos.plan import NEED_NFTABLES, Kind

DISK_BYTES: Final = 256 * 1024 * 1024  # of the data directory, where it may be filled: many times what a run writes
LIBRARIES: Final = ("/usr/lib", "/usr/lib64", "/usr/local/lib")
FAKED: Final = Path(__file__).parent / "faked"  # mends what libfaketime breaks


@dataclass(slots=True)
class Place:
    """A directory, what can be broken, and the environment that steps the clock."""

    directory: Path
    kinds: set[Kind] = field(default_factory=lambda: set(Kind))
    left_out: dict[str, str] = field(default_factory=dict)
    clock: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        """The data directory of HomeGuard; what is beside it is on the same small disk."""
        return self.directory / "disk" / "homeguard"

    def leave_out(self, kinds: frozenset[Kind], why: str) -> None:
        """Break less."""
        self.kinds -= kinds
        self.left_out |= {kind.value: why for kind in kinds}


@contextmanager
def place(directory: Path, *, in_namespace: bool) -> Iterator[Place]:
    """Prepare a directory for one run, and in the end take it away."""
    here = Place(directory)
    disk = directory / "disk"
    mounted = [place for place in (directory, disk) if in_namespace and _mount(place)]
    disk.mkdir(exist_ok=True)
    try:
        if disk not in mounted:
            here.leave_out(frozenset({Kind.FILL_DISK}), "no small disk can be mounted here")
        if not in_namespace:
            here.leave_out(NEED_NFTABLES, "no network namespace can be made here")
        elif why := why_not():
            here.leave_out(NEED_NFTABLES, why)
        _prepare_clock(here)
        yield here
    finally:
        for path in reversed(mounted):
            if not _run("umount", "--lazy", str(path)):
                raise CannotMeasure(f"cannot unmount {path}")
        shutil.rmtree(directory, ignore_errors=True)


def _mount(path: Path) -> bool:
    """Mount a small disk of its own, of memory: a busy disk would be measured, and others disturbed."""
    path.mkdir(exist_ok=True)
    return _run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "tmpfs", str(path))


def _prepare_clock(here: Place) -> None:
    found = sorted(path for root in LIBRARIES for path in Path(root).glob("**/faketime/libfaketimeMT.so.1"))
    if not found:
        here.leave_out(frozenset({Kind.STEP_CLOCK}), "libfaketime is missing (faketime)")
        return
    here.clock = here.directory / "clock"
    set_clock(here.clock, 0)
    here.environment = {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME_TIMESTAMP_FILE": str(here.clock),
        "FAKETIME_CACHE_DURATION": "1",  # seconds until a step is seen
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # a clock that is set does not change how long things take
        # Otherwise a thread's wait with a limit ends at once, and it spins: Python's threads took ten times the CPU.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        "NO_FAKE_STAT": "1",
        "PYTHONPATH": str(FAKED),
    }


def _run(name: str, *arguments: str) -> bool:
    path = program(name)
    return path is not None and subprocess.run([path, *arguments], capture_output=True, check=False).returncode == 0  # noqa: S603
