"""A password that may be set takes longer to guess than a list of the commonest; the error says what is wrong."""

from importlib import resources

import pytest
from httpx import AsyncClient
from typer.testing import CliRunner

from api.auth.password_rules import MIN_PASSWORD, checked_password
from api.services.users import ensure_admin
from cli.users import app as user_command
from homeguard.errors import BadInput, Misconfigured
from homeguard.settings import load_settings
from tests.api.conftest import Home

TOO_COMMON = "Password!2026"
LIST = resources.files("api.auth").joinpath("common_passwords.txt").read_text("utf-8").split()


def complaint_about(password: str, username: str = "grandmother") -> str:
    with pytest.raises(BadInput) as refused:
        checked_password(password, username=username)
    assert refused.value.field == "password"
    assert password not in refused.value.message
    return refused.value.message


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("short", "at least 10 characters, not 5"),
        ("x" * 1025, "at most 1024"),
        ("0123456789\0", "NUL"),
    ],
)
def test_a_password_must_have_a_length_and_no_end(password: str, complaint: str) -> None:
    assert complaint in complaint_about(password)


@pytest.mark.parametrize(
    "password",
    [
        "Grandmother",
        "grandmother1",
        "Grandmother!!!",
        "2026Grandmother",
        "gr4ndm0ther",
        "grand-mother",
        "Gr@ndMother2026!",
    ],
)
def test_a_password_must_not_be_the_user_name_with_what_is_tried_first(password: str) -> None:
    assert "must not be the user name" in complaint_about(password)


def test_a_short_user_name_again_and_again_is_no_password() -> None:
    assert "must not be the user name" in complaint_about("ann-ann-ann", username="ann")
    assert "must not be the user name" in complaint_about("admin12345", username="admin")


@pytest.mark.parametrize(
    "password",
    [
        TOO_COMMON,
        "p4$$w0rd2026",
        "P@ssw0rd123",
        "1234567890",
        "qwertyuiop",
        "QWERTY12345",
        "iloveyou12!",
        "1q2w3e4r5t",
        "football2026",
        "aaaaaaaaaa",
        "!!!!!!!!!!",
        "abcabcabca",
        "1212121212",
        "HomeGuard2026",
    ],
)
def test_a_password_must_not_be_among_the_commonest(password: str) -> None:
    assert "one of the commonest" in complaint_about(password)


@pytest.mark.parametrize(
    "password",
    ["correct horse", "another password", "Xk9-qq2-Lm", "my grandmother bakes", "бабушка печёт", "passwordless bee"],
)
def test_a_password_that_nobody_tries_first_is_taken(password: str) -> None:
    assert checked_password(password, username="grandmother") == password


@pytest.mark.parametrize("common", [common for common in LIST if len(common) >= MIN_PASSWORD])
def test_every_commonest_password_of_the_list_is_refused(common: str) -> None:
    complaint_about(common)
    complaint_about(common.upper())


async def test_the_rule_is_the_same_for_rest(admin: AsyncClient) -> None:
    for request in (
        admin.post("/api/users", json={"username": "ann", "password": TOO_COMMON, "role": "viewer"}),
        admin.patch("/api/users/admin", json={"password": TOO_COMMON}),
    ):
        answer = await request
        assert answer.status_code == 422
        assert "one of the commonest" in answer.json()["detail"]


def test_the_rule_is_the_same_for_the_command_line(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEGUARD_DATA_DIR", str(home.context.settings.data_dir))
    result = CliRunner().invoke(user_command, ["add", "ann", "--password-stdin"], input=f"{TOO_COMMON}\n")
    assert result.exit_code == 1
    assert "one of the commonest" in result.stderr


@pytest.mark.parametrize(
    ("given", "complaint"),
    [(TOO_COMMON, "one of the commonest"), ("short", "at least 10"), ("admin-2026!", "user name")],
)
async def test_the_rule_is_the_same_for_the_setting(
    home: Home, monkeypatch: pytest.MonkeyPatch, given: str, complaint: str
) -> None:
    monkeypatch.setenv("HOMEGUARD_ADMIN_PASSWORD", given)
    home.context.settings = load_settings(data_dir=home.context.settings.data_dir)
    with pytest.raises(Misconfigured, match=f"HOMEGUARD_ADMIN_PASSWORD: .*{complaint}"):
        await ensure_admin(home.context)
