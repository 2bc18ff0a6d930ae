"""The short form of the ledger: a real home is broken for some seconds, and everything adds up."""

import json
import subprocess
import sys
from pathlib import Path

from chaos.plan import KILLS, Kind

ROOT = Path(__file__).parents[2]
SEED = "2946"  # draws each kill once, a locked database and, where the machine lets us, lost packets and cut connections


def test_nothing_is_lost_or_doubled_while_a_home_is_broken(tmp_path):
    out = tmp_path / "short.json"
    command = [sys.executable, "-m", "chaos", "--size", "short", "--seed", SEED, "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(out.read_text())
    verdict = results["verdict"]
    assert (verdict["faults"], verdict["kept"]) == (0, verdict["proved"])
    assert verdict["proved"] >= 290
    assert {count["events"] for count in verdict["screens"].values()} == {verdict["journal"]["events"]}
    assert {fault["kind"] for fault in results["faults"]} >= KILLS | {Kind.LOCK_DATABASE}
    assert "Nothing lost, nothing doubled" in done.stdout
