import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from api.auth.keys import Keys
from api.auth.tokens import Tokens
from cli import tokens, users
from homeguard.clock import utc_now
from homeguard.journal import Journal
from homeguard.journal.sessions import standing_session
from homeguard.settings import Settings, load_settings

PASSWORD = "correct horse battery\n"

program = typer.Typer()
program.add_typer(users.app)
program.add_typer(tokens.app)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOMEGUARD_DATA_DIR", str(tmp_path))
    return tmp_path


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(program, list(arguments), input=typed)


def add(name: str, role: str) -> None:
    result = run("user", "add", name, "--role", role, "--password-stdin", typed=PASSWORD)
    assert result.exit_code == 0, result.output


def test_add_asks_for_the_password_twice() -> None:
    result = run("user", "add", "ann", typed=PASSWORD * 2)
    assert result.exit_code == 0
    assert "ann may sign in as viewer" in result.output
    assert "correct horse" not in result.output


@pytest.mark.parametrize(
    ("arguments", "typed", "complaint"),
    [
        (["add", "Ann"], PASSWORD, "is not a user name"),
        (["add", "ann"], "short\n", "at least 10 characters"),
        (["add", "admin"], PASSWORD, "there is a user 'admin' already"),
        (["passwd", "nobody"], PASSWORD, "there is no user 'nobody'"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(arguments: list[str], typed: str, complaint: str) -> None:
    add("admin", "admin")
    result = run("user", *arguments, "--password-stdin", typed=typed)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1


def test_list_shows_who_may_sign_in() -> None:
    add("admin", "admin")
    add("ann", "operator")
    lines = run("user", "list").output.splitlines()
    assert [line.split()[:2] for line in lines] == [["admin", "admin"], ["ann", "operator"]]


def test_remove_keeps_the_last_admin() -> None:
    add("admin", "admin")
    result = run("user", "remove", "admin")
    assert (result.exit_code, "last admin" in result.stderr) == (1, True)


def test_remove_ends_the_sign_ins() -> None:
    add("admin", "admin")
    add("ann", "viewer")
    assert run("token", "--user", "ann").exit_code == 0
    assert "ann is removed; 1 sign-in ended" in run("user", "remove", "ann").output


def test_passwd_ends_the_sign_ins() -> None:
    add("admin", "admin")
    for _ in range(2):
        assert run("token").exit_code == 0
    result = run("user", "passwd", "admin", "--password-stdin", typed="another password\n")
    assert "admin has a new password; 2 sign-ins ended" in result.output


def test_token_prints_a_token_that_the_server_takes(data_dir: Path) -> None:
    add("admin", "admin")
    token = run("token", "--days", "7").stdout.strip()
    settings = load_settings(data_dir=data_dir)
    identity = Tokens(Keys.open(data_dir / "secrets" / "jwt.key"), settings, utc_now).verify(token)
    assert identity.username == "admin"
    assert identity.expires_at - datetime.now(UTC) > timedelta(days=6, hours=23)
    assert asyncio.run(stands(settings, identity.session_id))


async def stands(settings: Settings, session_id: str) -> bool:
    journal = Journal.open(settings.database)
    session = await journal.read(lambda: standing_session(session_id, utc_now()))
    journal.close()
    return session is not None


def test_token_says_when_there_is_no_such_user() -> None:
    result = run("token", "--user", "nobody")
    assert (result.exit_code, "there is no user 'nobody'" in result.stderr) == (1, True)


def test_channels_are_given_and_changed() -> None:
    result = run("user", "add", "ann", "--channels", "devices", "--password-stdin", typed=PASSWORD)
    assert "ann may sign in as viewer of devices" in result.output
    result = run("user", "change", "ann", "--channels", "devices, alerts", "--role", "operator")
    assert "ann is operator of alerts and devices now; 0 sign-ins ended" in result.output
    assert "alerts,devices" in run("user", "list").output


def test_a_change_ends_the_tokens_of_before(data_dir: Path) -> None:
    add("ann", "viewer")
    run("token", "--user", "ann")
    assert "1 sign-in ended" in run("user", "change", "ann", "--channels", "alerts").output
    assert "0 sign-ins ended" in run("user", "change", "ann", "--channels", "alerts").output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--channels", "alerts,secrets"], "channels are alerts and devices"),
        (["--channels", ""], "channels are alerts and devices"),
        (["--role", "viewer"], "ann is the last admin"),
        ([], "change what?"),
    ],
)
def test_a_change_that_cannot_be_is_told_in_one_sentence(arguments: list[str], complaint: str) -> None:
    add("ann", "admin")
    result = run("user", "change", "ann", *arguments)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1


def test_sign_ins_are_listed_and_ended() -> None:
    add("ann", "viewer")
    assert "ann is not signed in" in run("user", "sessions", "ann").output
    run("token", "--user", "ann")
    listed = run("user", "sessions", "ann").output
    assert "'homeguard token'" in listed
    assert listed.count("\n") == 1
    assert "ann is signed out; 1 sign-in ended" in run("user", "sign-out", "ann").output
    assert "ann is not signed in" in run("user", "sessions", "ann").output


@pytest.mark.parametrize("command", ["sessions", "sign-out", "change"])
def test_nobody_is_named_in_one_sentence(command: str) -> None:
    result = run("user", command, "nobody", *(["--role", "viewer"] if command == "change" else []))
    assert result.exit_code == 1
    assert "there is no user 'nobody'" in result.stderr


def test_a_name_that_stands_for_homeguard_is_refused_before_the_password_is_asked() -> None:
    result = run("user", "add", "cli")
    assert result.exit_code == 1
    assert "'cli' cannot be a user's name" in result.stderr
    assert "Password" not in result.output
