"""Compiles the client and the C peer on the spot."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ROOT, CannotMeasure, program


@dataclass(frozen=True, slots=True)
class Programs:
    """What was compiled."""

    client: Path
    sendloop: Path


def build(target: Path) -> Programs:
    """Compile into a directory.

    Raises:
        CannotMeasure: there is no C compiler, or it refuses.
    """
    compiler = program("cc")
    if compiler is None:
        raise CannotMeasure("there is no cc: the client that measures is a C program (on Debian: apt-get install gcc)")
    made = Programs(target / "client", target / "sendloop")
    _compile(compiler, made.client, sorted((ROOT / "bench" / "client").glob("*.c")))
    _compile(compiler, made.sendloop, [ROOT / "bench" / "peers" / "sendloop.c"])
    return made


def _compile(compiler: str, target: Path, sources: list[Path]) -> None:
    words = [compiler, "-O2", "-std=gnu11", "-Wall", "-Wextra", "-o", str(target), *map(str, sources)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise CannotMeasure(f"cc does not compile {target.name}: {done.stderr}")
