"""The documents say what is there: settings, commands, links, examples that compile."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from cli.main import app
from homeguard.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    ROOT / "CHANGELOG.md",
    ROOT / "mosquitto" / "README.md",
    *ROOT.glob("docs/**/*.md"),
]
PRESENT = [path for path in DOCUMENTS if path.parent.name != "decisions"]  # a decision tells of its day
FILES = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
OUTSIDE = {"configuration.yaml"}  # Home Assistant's and Zigbee2MQTT's, not of this repository
COMMANDS: Any = typer.main.get_command(app)


def default_of(name: str) -> str:
    default = Settings.model_fields[name].default
    if name == "data_dir":
        return "`~/.local/share/homeguard`"
    return "" if default in (None, ()) else f"`{str(default).lower() if isinstance(default, bool) else default}`"


def settings_table() -> list[str]:
    fields = Settings.model_fields.items()
    return [f"| `HOMEGUARD_{name.upper()}` | {default_of(name)} | {field.description} |" for name, field in fields]


def anchor_of(heading: str) -> str:
    """Name a heading as GitHub does in a link."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_settings_table_is_that_of_the_settings() -> None:
    rows = r"^\| `HOMEGUARD_[A-Z_]+` \|.*$"
    assert re.findall(rows, SETTINGS, re.MULTILINE) == settings_table()
    assert set(re.findall(rows, README, re.MULTILINE)) < set(settings_table())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in map(anchor_of, headings), link


@pytest.mark.parametrize("document", PRESENT, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_exists_and_has_the_options(document: Path) -> None:
    text = code_of(document.read_text("utf-8")).replace("\\\n", " ")
    for line in re.findall(r"(?<![\w/.-])(?:\.venv/bin/)?homeguard ([a-z][^\n|;)#]*)", text):
        command, options = COMMANDS, {"--help", "--version"}
        for word in re.sub(r"[`\\,.]", " ", line).split():
            if word in getattr(command, "commands", {}):
                command = command.commands[word]
                options |= {option for parameter in command.params for option in parameter.opts}
            elif hasattr(command, "commands"):  # of a group the next word is a command
                assert not re.fullmatch(r"[a-z][a-z-]*", word), f"homeguard {line}"
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", line):
            assert option in options, f"homeguard {line}: {option}"


@pytest.mark.parametrize("document", PRESENT, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(document: Path) -> None:
    for path in re.findall(
        r"`([\w./-]+\.(?:py|pyi|ts|tsx|md|yaml|yml|toml|template|sh|lock|txt))`", document.read_text("utf-8")
    ):
        assert path in OUTSIDE or any(f"/{file}".endswith(f"/{path}") for file in FILES), path


def code_of(text: str) -> str:
    """Return what is written as code, without what says that a command is not there yet."""
    fenced = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", prose)
    return "\n".join(code for code in fenced + inline if "…" not in code)


@pytest.mark.parametrize("example", re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
def test_python_example_compiles_and_is_short(example: str) -> None:
    compile(example, "README.md", "exec")
    assert len([line for line in example.splitlines() if line.strip()]) <= 16


def test_every_decision_has_its_parts() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for number, path in enumerate(decisions, start=1):
        title, _, status, *_ = path.read_text("utf-8").splitlines()
        assert re.match(r"20\d\d-\d\d-\d\d, accepted($|\. )", status), path.name
        assert index.count(f"- [{number:04}]({path.name}) {title.removeprefix(f'# {number}. ')}\n") == 1, path.name
        headings = re.findall(r"^## (.+)$", path.read_text("utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Alternatives"], path.name


def test_asyncapi_and_the_package_have_one_version() -> None:
    document = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text("utf-8"))
    assert f'version = "{document["info"]["version"]}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_changelog_says_each_thing_once() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    _, *parts = re.split(r"^### ", changelog, flags=re.MULTILINE)
    assert [part.partition("\n")[0] for part in parts] == ["Added", "Changed", "Fixed", "Known limits"]
    for part in parts[:3]:
        themes = re.findall(r"^#### (.+)$", part, re.MULTILINE)
        assert len(set(themes)) == len(themes)
    lines = re.findall(r"^- .+$", changelog, re.MULTILINE)
    assert sorted(set(lines)) == sorted(lines)
