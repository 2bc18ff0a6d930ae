"""The short form of the ledger: a real home is broken for some seconds, and everything adds up."""

import json
import os
import subprocess
import sys
from pathlib import Path

from chaos.plan import KILLS, Kind
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
SEED = (
    "2946"  # draws each kill once, a locked database and, where the machine lets us, lost packets and cut connections
)

CHAOS = [sys.executable, "-m", "chaos", "--size", "short"]


def test_nothing_is_lost_or_doubled_while_a_home_is_broken(tmp_path):
    out = tmp_path / "short.json"
    done = subprocess.run(
        [*CHAOS, "--seed", SEED, "--out", str(out)], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(out.read_text())
    verdict = results["verdict"]
    assert (verdict["faults"], verdict["kept"]) == (0, verdict["proved"])
    assert verdict["proved"] >= 290
    assert {count["events"] for count in verdict["screens"].values()} == {verdict["journal"]["events"]}
    assert {fault["kind"] for fault in results["faults"]} >= KILLS | {Kind.LOCK_DATABASE}
    assert "Nothing lost, nothing doubled" in done.stdout


def test_nobody_is_left_behind_when_the_runner_is_killed(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    runner = subprocess.Popen([*CHAOS, "--only", "kill_screen"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        family = wait_until(lambda: _whole(_descendants(runner.pid)), timeout=60)
    finally:
        runner.kill()
        runner.wait(10)
    wait_until(lambda: not any(_is_alive(pid) for pid in family), timeout=20)


def _whole(family):
    """Return a family that has a broker, a publisher and a screen; None before that."""
    words = " ".join(family.values())
    return family if all(name in words for name in ("mosquitto", "chaos.publisher", "chaos.screen")) else None


def _descendants(pid):
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found[int(child)] = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        found |= _descendants(int(child))
    return found


def _is_alive(pid):
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"  # dead, and nobody has asked for it
    except OSError:
        return False
