"""docs/security.md names tests that exist, and no threat without one."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
THREATS = TEXT.partition("\n## Threats\n")[2]


def names_of_tests(file: Path) -> set[str]:
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, functions)}


def test_every_named_test_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", THREATS)
    assert len(named) > 80
    there = {path: names_of_tests(ROOT / path) for path, _ in named if (ROOT / path).is_file()}
    assert [f"{path}::{name}" for path, name in named if name not in there.get(path, set())] == []


def test_every_threat_has_what_stands_against_it_and_a_test() -> None:
    rows = [line for line in THREATS.splitlines() if line.startswith("| ") and not line.startswith("| threat |")]
    assert len(rows) > 50
    for row in rows:
        _, threat, against, tests, _ = (cell.strip() for cell in row.split("|"))
        assert threat, row
        assert against, row
        assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`(, `tests/[\w/]+\.py::test_\w+`)*", tests), row
