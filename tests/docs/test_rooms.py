"""The contracts of import-linter name every module that they are about, also those that were added since."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONTRACTS = {contract["name"]: contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}


@pytest.mark.parametrize(
    ("name", "room", "who_may"),
    [
        ("Inside api only app.py knows bridge", "api", {"app"}),
        ("The vocabulary knows no network library", "homeguard", {"client"}),
        ("What knows aiomqtt and paho is one module of the bridge", "bridge", {"aiomqtt_link"}),
        (
            "What knows the codec mqtt5 is the session, its packets and its limits",
            "bridge",
            {"mqtt_limits", "mqtt_packets", "mqtt_session"},
        ),
    ],
)
def test_contract_names_all_modules_but_those_that_may(name: str, room: str, who_may: set[str]) -> None:
    there = {path.stem for path in (ROOT / room).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    named = {
        module.removeprefix(f"{room}.") for module in CONTRACTS[name]["source_modules"] if module.startswith(f"{room}.")
    }
    assert named == there - {"__init__"} - who_may
