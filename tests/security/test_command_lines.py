"""Every user of the box may read the command lines of all processes (`ps`): no secret is in any of them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.home import HOMEGUARD, Home


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Home]:
    house = Home(tmp_path / "home")
    yield house
    if house.process is not None and house.process.poll() is None:
        house.process.kill()
        house.process.wait(10)


def below(pid: int) -> set[int]:
    """Return a process and all that it has started."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    parents = {int(line.split()[0]): int(line.split()[1]) for line in listed.splitlines()}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def secrets_of(house: Home) -> list[str]:
    files = [path for path in (house.data_dir / "secrets").rglob("*") if path.is_file() and path.suffix != ".json"]
    return [text for path in files if (text := path.read_text().strip())]


def test_no_secret_is_in_a_command_line(house: Home) -> None:
    house.up("--sim", "2")
    beside = subprocess.Popen(
        [HOMEGUARD, "enforce", "--dry-run"], env=house.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert beside.stdout is not None
        assert beside.stdout.readline()  # it has signed in, or said why not
        lines = [command_line(pid) for pid in below(house.process.pid) | below(beside.pid)]
    finally:
        beside.terminate()
        beside.communicate(timeout=10)
    assert any("mosquitto" in line for line in lines)
    kept = secrets_of(house)
    assert len(kept) >= 6
    assert [line for line in lines for secret in kept if secret in line] == []
    assert Path(f"/proc/{house.process.pid}/environ").stat().st_mode & 0o077 == 0  # where HOMEGUARD_… may hold some
