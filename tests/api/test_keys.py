"""The keys change under a running process, and a token is good as long as it was promised to be."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from api.auth.identity import Role
from api.auth.keys import LOOK_SECONDS, Keys, rotate
from api.auth.tokens import Tokens
from homeguard.errors import BadCredentials, Misconfigured
from homeguard.secrets_file import load_or_create_secret
from homeguard.settings import Settings
from tests.api.test_tokens import claims, signed
from tests.clock import ManualClock


class Process:
    """What one process of a deployment has in memory; `seconds` is its monotonic clock."""

    def __init__(self, settings: Settings, clock: ManualClock) -> None:
        self.seconds = 0.0
        self.keys = Keys.open(settings.jwt_key_file, lambda: self.seconds)
        self.tokens = Tokens(self.keys, settings, clock)

    def issue(self, lifetime: timedelta | None = None) -> str:
        return self.tokens.issue("ann", Role.VIEWER, "s1", lifetime)[0]


@pytest.fixture
def process(settings: Settings, clock: ManualClock) -> Process:
    return Process(settings, clock)


def rotated(settings: Settings, clock: ManualClock, **good_for: float) -> str:
    """Rotate as another process does; returns the name of the new key."""
    return rotate(settings.jwt_key_file, clock(), old_until=clock() + timedelta(**good_for)).kid


def revoked(settings: Settings, clock: ManualClock) -> None:
    rotate(settings.jwt_key_file, clock(), old_until=None)


def test_a_key_of_before_keys_had_names_goes_on_to_verify(settings: Settings, clock: ManualClock) -> None:
    old = signed(claims(clock), key=load_or_create_secret(settings.jwt_key_file))
    process = Process(settings, clock)
    assert process.tokens.verify(old).username == "ann"
    rotated(settings, clock, days=1)
    process.seconds = LOOK_SECONDS
    assert process.tokens.verify(old).username == "ann"
    revoked(settings, clock)
    process.seconds = 2 * LOOK_SECONDS
    with pytest.raises(BadCredentials):
        process.tokens.verify(old)


def test_a_token_of_a_new_key_is_good_at_once_on_a_process_that_runs(
    process: Process, settings: Settings, clock: ManualClock
) -> None:
    rotated(settings, clock, days=1)
    assert process.tokens.verify(Process(settings, clock).issue()).username == "ann"


def test_a_process_that_runs_signs_with_the_new_key_within_a_second(
    process: Process, settings: Settings, clock: ManualClock
) -> None:
    kid = rotated(settings, clock, days=1)
    assert process.keys.signing().kid != kid
    process.seconds = LOOK_SECONDS
    assert process.keys.signing().kid == kid


def test_a_token_of_the_old_key_is_good_until_the_last_one_has_ended_and_no_longer(
    process: Process, settings: Settings, clock: ManualClock
) -> None:
    old = process.issue(timedelta(days=30))
    rotated(settings, clock, days=7)
    rotated(settings, clock, days=7)  # a second rotation takes nothing from the first
    process.seconds = LOOK_SECONDS
    clock.advance(7 * 24 * 3600 - 1)
    assert process.tokens.verify(old).username == "ann"
    clock.advance(1)
    with pytest.raises(BadCredentials, match="good no more"):
        process.tokens.verify(old)


def test_a_key_whose_last_token_has_ended_leaves_the_disk_at_the_next_rotation(
    process: Process, settings: Settings, clock: ManualClock
) -> None:
    rotated(settings, clock, days=7)
    clock.advance(8 * 24 * 3600)
    rotated(settings, clock, days=7)
    assert len(json.loads((settings.data_dir / "secrets" / "jwt-former.json").read_text())) == 1


def test_a_revoked_key_proves_nothing_within_a_second(process: Process, settings: Settings, clock: ManualClock) -> None:
    rotated(settings, clock, days=7)
    process.seconds = LOOK_SECONDS
    leaked = process.issue()
    revoked(settings, clock)
    process.seconds = 2 * LOOK_SECONDS
    with pytest.raises(BadCredentials, match="not known"):
        process.tokens.verify(leaked)
    assert process.tokens.verify(process.issue()).username == "ann"


def test_no_file_is_read_for_a_token(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    token = process.issue()
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("a file was read"))
    for _ in range(3):
        process.seconds += LOOK_SECONDS
        assert process.tokens.verify(token).username == "ann"


def test_a_flood_of_unknown_keys_reads_no_file(
    process: Process, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("a file was read"))
    foreign = Tokens(Keys.of(b"x" * 32), process.tokens._settings, clock).issue("ann", Role.ADMIN, "s1")[0]
    for _ in range(3):
        with pytest.raises(BadCredentials, match="not known"):
            process.tokens.verify(foreign)


def test_keys_that_cannot_be_read_leave_those_of_before(
    process: Process, settings: Settings, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    token = process.issue()
    settings.jwt_key_file.write_text("damaged")
    process.seconds = LOOK_SECONDS
    assert process.tokens.verify(token).username == "ann"
    assert "cannot be read" in caplog.text
    assert "damaged" not in caplog.text


def test_key_files_are_for_their_owner_and_complete(process: Process, settings: Settings, clock: ManualClock) -> None:
    rotated(settings, clock, days=7)
    directory = settings.jwt_key_file.parent
    assert {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()} == {
        "jwt.key": 0o600,
        "jwt-former.json": 0o600,
    }
    assert len(load_or_create_secret(settings.jwt_key_file)) == 32


@pytest.mark.parametrize("name", ["jwt.key", "jwt-former.json"])
def test_keys_that_others_may_read_are_refused(
    process: Process, settings: Settings, clock: ManualClock, name: str
) -> None:
    rotated(settings, clock, days=7)
    path = settings.jwt_key_file.with_name(name)
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match=f"chmod 600 {path}"):
        Process(settings, clock)


@pytest.mark.parametrize(
    "text", ["", "7", '["x"]', '[{"key": "zz", "until": "2026-11-23T20:00:00Z"}]', '[{"key": ""}]', '[{"until": 7}]']
)
def test_former_keys_that_are_damaged_are_named(settings: Settings, clock: ManualClock, text: str) -> None:
    load_or_create_secret(settings.jwt_key_file)
    path = settings.jwt_key_file.with_name("jwt-former.json")
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Misconfigured, match=r"jwt-former\.json"):
        Process(settings, clock)
