"""`homeguard token rotate-key` as an admin types it, beside processes that have keys in memory."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import jwt
import pytest
import typer
from typer.testing import CliRunner, Result

from api.auth.keys import LOOK_SECONDS, Keys
from api.auth.tokens import Tokens
from cli import tokens, users
from homeguard.audit import Action
from homeguard.clock import utc_now
from homeguard.errors import BadCredentials
from homeguard.journal import Journal
from homeguard.journal.audit import page_of_audit
from homeguard.journal.sessions import standing_session
from homeguard.settings import Settings, load_settings

program = typer.Typer()
program.add_typer(tokens.app)
program.add_typer(users.app)


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HOMEGUARD_DATA_DIR", str(tmp_path))
    assert run("user", "add", "admin", "--role", "admin", "--password-stdin", typed="correct horse\n").exit_code == 0
    return load_settings()


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(program, list(arguments), input=typed)


class Process:
    """A process that had read its keys before they were changed; the next second has begun."""

    def __init__(self, settings: Settings) -> None:
        self.seconds = 0.0
        self.tokens = Tokens(Keys.open(settings.jwt_key_file, lambda: self.seconds), settings, utc_now)

    def verify(self, token: str) -> str:
        self.seconds += LOOK_SECONDS
        return self.tokens.verify(token).session_id


def made() -> str:
    result = run("token", "--days", "90")
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def ask(settings: Settings, question):
    """Read from the journal."""

    async def read():
        journal = Journal.open(settings.database)
        try:
            return await journal.read(question)
        finally:
            journal.close()

    return asyncio.run(read())


def test_rotate_key_leaves_a_long_token_good_to_its_end(settings: Settings) -> None:
    process, token = Process(settings), made()
    result = run("token", "rotate-key")
    assert result.exit_code == 0, result.output
    session_id = process.verify(token)
    assert ask(settings, lambda: standing_session(session_id, utc_now())) is not None
    former = json.loads((settings.data_dir / "secrets" / "jwt-former.json").read_text())
    left = datetime.fromisoformat(former[0]["until"]) - utc_now()
    assert timedelta(days=90) - timedelta(minutes=1) < left < timedelta(days=90, minutes=2)
    assert former[0]["until"][:16] in result.stdout
    assert process.verify(made()) != session_id


def test_a_key_that_nobody_used_verifies_for_as_long_as_a_server_may_sign(settings: Settings) -> None:
    Process(settings)
    assert run("token", "rotate-key").exit_code == 0
    former = json.loads((settings.data_dir / "secrets" / "jwt-former.json").read_text())
    left = datetime.fromisoformat(former[0]["until"]) - utc_now()
    assert timedelta(hours=23, minutes=59) < left < timedelta(hours=24, minutes=2)


def test_rotate_key_with_revoke_ends_the_old_keys_and_every_sign_in(settings: Settings) -> None:
    process, first = Process(settings), made()
    assert run("token", "rotate-key").exit_code == 0
    second = made()
    session_id = process.verify(second)
    result = run("token", "rotate-key", "--revoke")
    assert "2 sign-ins have ended: everybody signs in again" in result.stdout
    for token in first, second:
        with pytest.raises(BadCredentials, match="not known"):
            process.verify(token)
    assert ask(settings, lambda: standing_session(session_id, utc_now())) is None
    assert process.verify(made())


def test_a_changed_key_is_in_the_audit_without_the_key(settings: Settings) -> None:
    assert run("token", "rotate-key").exit_code == 0
    assert run("token", "rotate-key", "--revoke").exit_code == 0
    entries = ask(settings, lambda: page_of_audit(None, 10, action=Action.KEY_ROTATED))
    assert [(entry["by"], entry["details"].get("revoked", False)) for entry in entries] == [
        ("cli", True),
        ("cli", False),
    ]
    assert settings.jwt_key_file.read_text().strip() not in json.dumps(entries)


def test_a_token_that_was_made_is_in_the_audit_without_the_token(settings: Settings) -> None:
    token = made()
    (entry,) = ask(settings, lambda: page_of_audit(None, 10, action=Action.TOKEN_MADE))
    session = jwt.decode(token, options={"verify_signature": False})["sid"]
    assert (entry["by"], entry["target"], entry["details"]["username"]) == ("cli", session, "admin")
    assert token.rpartition(".")[2] not in json.dumps(entry)


def test_the_data_directory_may_be_named_before_the_command(settings: Settings, tmp_path: Path) -> None:
    other = tmp_path / "other"
    made()
    before = settings.jwt_key_file.read_text()
    assert run("token", "--data-dir", str(other), "rotate-key").exit_code == 0
    assert settings.jwt_key_file.read_text() == before
    assert (other / "secrets" / "jwt.key").exists()


def test_rotate_key_says_what_is_wrong_in_one_sentence(settings: Settings) -> None:
    made()
    settings.jwt_key_file.chmod(0o644)
    result = run("token", "rotate-key")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert f"chmod 600 {settings.jwt_key_file}" in result.stderr
