"""The lock files: versions and hashes, and no word of where somebody's packages came from."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NPM = [ROOT / "frontend" / "package-lock.json", ROOT / "bench" / "peers" / "package-lock.json"]
PYTHON = [
    ROOT / "requirements.lock",
    ROOT / "requirements-run.lock",
    *(ROOT / room / "requirements.lock" for room in ("bench", "frontend", "tests/fuzz")),
]


@pytest.mark.parametrize("lock", NPM, ids=lambda path: path.parent.name)
def test_an_npm_lock_names_hashes_and_no_registry(lock: Path) -> None:
    packages = {name: entry for name, entry in json.loads(lock.read_text())["packages"].items() if name}
    assert packages
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")]


@pytest.mark.parametrize("lock", PYTHON, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_python_lock_names_hashes_and_no_registry(lock: Path) -> None:
    pins = lock.read_text().replace("\\\n", " ").splitlines()
    assert pins
    assert not [pin for pin in pins if "://" in pin or pin.startswith("-")]
    assert not [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin]


def test_npm_is_told_to_write_no_registry() -> None:
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "frontend" / ".npmrc").read_text().splitlines()
