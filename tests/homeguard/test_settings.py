"""What is set is usable, or refused with the name of the variable; a secret is never repeated."""

from pathlib import Path

import pytest

from homeguard.errors import Misconfigured
from homeguard.settings import load_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RETENTION_DAYS", "10000000000"),
        ("SESSION_DAYS", "10000000000"),
        ("RETENTION_EVENTS", "9223372036854775808"),
        ("HEARTBEAT_SECONDS", "inf"),
    ],
)
def test_number_that_nothing_can_be_done_with_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"HOMEGUARD_{name}", value)
    with pytest.raises(Misconfigured, match=f"HOMEGUARD_{name}"):
        load_settings()


def test_secret_file_that_is_not_text_is_refused_without_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "url"
    file.write_bytes(b"mqtt://user:pass\x89word@host")
    file.chmod(0o600)
    monkeypatch.setenv("HOMEGUARD_MQTT_URL_FILE", str(file))
    with pytest.raises(Misconfigured, match=r"HOMEGUARD_MQTT_URL_FILE: .* is not UTF-8") as refused:
        load_settings()
    assert "word" not in str(refused.value)
