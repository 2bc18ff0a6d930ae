"""What is built from the tree has the dashboard in it, although git ignores it: whoever installs it needs no Node."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = {"api/static/index.html", "api/static/assets/main-1a.js", "api/static/assets/main-1a.js.gz"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy what the package is made of, as git has it, with a dashboard that was built."""
    tree = tmp_path / "tree"
    rooms = [directory for directory in ROOT.iterdir() if (directory / "__init__.py").exists()]
    for room in rooms:
        shutil.copytree(room, tree / room.name, ignore=shutil.ignore_patterns("static", "__pycache__", "node_modules"))
    for name in "pyproject.toml", "README.md", "LICENSE", ".gitignore":
        shutil.copy(ROOT / name, tree)
    for name in BUILT:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("built")
    return tree


def test_wheel_and_sdist_contain_the_dashboard(tree: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", tmp_path], cwd=tree, check=True, capture_output=True
    )
    (wheel,), (sdist,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as packed:
        assert set(packed.namelist()) >= BUILT
    with tarfile.open(sdist) as packed:
        assert {name.partition("/")[2] for name in packed.getnames()} >= BUILT
