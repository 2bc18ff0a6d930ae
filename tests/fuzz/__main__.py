"""`make fuzz`: a million inputs over all targets, guided by coverage, a process for each target and as many as cores.

`python -m tests.fuzz [--runs N] [TARGET …]`; exits with 1 where a law did not hold, and prints the input as a finding.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.fuzz.findings import FINDINGS
from tests.fuzz.targets import TARGETS, Target

LIMITS: Final = [
    "-max_len=4096",  # bytes; what is larger has tests of its own, and makes everything slow
    "-timeout=30",  # seconds for one input, on a box that does other things too
    "-rss_limit_mb=1024",  # what one input may make of the memory
]
PROGRESS_SECONDS: Final = 10.0
KEPT_LINES: Final = 40  # of what libFuzzer says: the traceback

_COUNT: Final = re.compile(r"#(\d+)\s")
_DONE: Final = re.compile(r"stat::number_of_executed_units: (\d+)")
_NOISE: Final = re.compile(
    r"^INFO|^WARNING|^stat::|panicked at|RUST_BACKTRACE"
)  # panics: the MQTT codec's way to say no
_TOKEN: Final = re.compile(rb"[A-Za-z0-9_.:/-]{3,40}")


@dataclass
class Run:
    """One target at work."""

    target: Target
    wanted: int
    done: int = 0
    seconds: float = 0.0
    found: bytes | None = None
    is_bad: bool = False
    said: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))


def main() -> int:
    """Run the targets and tell what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--runs", type=int, default=sum(target.runs for target in TARGETS.values()))
    parser.add_argument("targets", nargs="*", default=list(TARGETS), metavar="TARGET", help=", ".join(TARGETS))
    given = parser.parse_args()
    if find_spec("atheris") is None:
        wheels = "this needs atheris (pip install -e '.[fuzz]'): CPython 3.11 to 3.14 on Linux x86-64"
        print(f"fuzz: {wheels}; the inputs of `make test` do not", file=sys.stderr)
        return 1
    share = given.runs / sum(TARGETS[name].runs for name in given.targets)
    runs = [Run(TARGETS[name], max(1, round(TARGETS[name].runs * share))) for name in given.targets]
    ended = threading.Event()
    telling = threading.Thread(target=_tell, args=(runs, ended))
    telling.start()
    with tempfile.TemporaryDirectory(prefix="homeguard-fuzz-") as directory, ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda run: _fuzz(run, Path(directory)), runs))
    ended.set()
    telling.join()
    return _report(runs)


def _fuzz(run: Run, directory: Path) -> None:
    name = run.target.name
    work = directory / name
    corpus = work / "corpus"
    corpus.mkdir(parents=True)
    beginnings = run.target.seeds + [finding.data for finding in FINDINGS if finding.target == name]
    for number, data in enumerate(beginnings):
        (corpus / str(number)).write_bytes(data)
    (work / "words").write_text(_dictionary(beginnings))
    options = [f"-runs={run.wanted}", f"-dict={work}/words", f"-artifact_prefix={work}/found-", "-print_final_stats=1"]
    command = [sys.executable, "-m", "tests.fuzz.one", name, *options, *LIMITS, str(corpus)]
    began = time.monotonic()
    # What a target leaves behind goes with the directory: libFuzzer ends its process without ceremony.
    environment = os.environ | {"TMPDIR": str(work), "RUST_BACKTRACE": "0"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            _hear(run, line.decode(errors="replace").rstrip())
    run.seconds = time.monotonic() - began
    run.is_bad = process.returncode != 0
    for artifact in work.glob("found-*"):
        run.found = artifact.read_bytes()


def _hear(run: Run, line: str) -> None:
    if count := _COUNT.match(line) or _DONE.match(line):
        run.done = max(run.done, int(count[1]))
    elif not _NOISE.search(line):
        run.said.append(line)


def _dictionary(beginnings: list[bytes]) -> str:
    words = sorted({word for data in beginnings for word in _TOKEN.findall(data)})
    return "".join(f'"{word.decode()}"\n' for word in words)


def _tell(runs: list[Run], ended: threading.Event) -> None:
    began = time.monotonic()
    while not ended.wait(PROGRESS_SECONDS):
        done, wanted = sum(run.done for run in runs), sum(run.wanted for run in runs)
        at_work = ", ".join(run.target.name for run in runs if run.done and not run.seconds)
        print(f"fuzz: {done:,} of {wanted:,} inputs, {time.monotonic() - began:.0f} s: {at_work}", flush=True)


def _report(runs: list[Run]) -> int:
    print(f"\n{'target':16} {'inputs':>10} {'seconds':>8}")
    for run in runs:
        print(f"{run.target.name:16} {run.done:10,} {run.seconds:8.0f}  {'FOUND' if run.is_bad else ''}")
    bad = [run for run in runs if run.is_bad]
    print(f"{'all':16} {sum(run.done for run in runs):10,}           {len(bad)} findings")
    for run in bad:
        print(f"\n{run.target.name}:", *run.said, sep="\n  ")
        if run.found is not None:
            print(f"\nFor tests/fuzz/findings.py:\n    Finding({run.target.name!r}, {run.found!r}, 'what it did'),")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
