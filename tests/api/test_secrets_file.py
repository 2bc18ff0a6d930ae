from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from homeguard.errors import Misconfigured
from homeguard.secrets_file import load_or_create_secret, write_private


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "jwt.key"
    secret = load_or_create_secret(path)
    assert len(secret) == 32
    assert load_or_create_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_all_get_the_same_secret_when_many_ask_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(load_or_create_secret, [tmp_path / "key"] * 32))
    assert len(secrets) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o601, 0o620, 0o660, 0o777])
def test_a_secret_is_refused_when_others_may_read_or_change_it(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    load_or_create_secret(path)
    path.chmod(mode)
    with pytest.raises(Misconfigured, match=f"chmod 600 {path}"):
        load_or_create_secret(path)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_secret_is_taken_when_its_group_alone_may_read_it_too(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    secret = load_or_create_secret(path)
    path.chmod(mode)
    assert load_or_create_secret(path) == secret


def test_the_line_to_paste_stands_a_strange_name(tmp_path: Path) -> None:
    path = tmp_path / "my key; rm -rf"
    load_or_create_secret(path)
    path.chmod(0o644)
    with pytest.raises(Misconfigured) as refused:
        load_or_create_secret(path)
    assert f"`chmod 600 '{path}'`" in str(refused.value)


def test_a_replaced_file_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    path.chmod(0o644)
    write_private(path, "after")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("after", 0o600)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"not hexadecimal", b"00" * 31, b"\xff\xff"])
def test_a_secret_is_refused_when_it_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Misconfigured, match="does not hold a secret of 32 bytes"):
        load_or_create_secret(path)


def test_a_secret_names_its_file_when_it_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="file/key"):
        load_or_create_secret(tmp_path / "file" / "key")
