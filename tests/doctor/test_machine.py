"""The machine: a full disk, a fleeting one, a clock nobody keeps, limits that are too low."""

import json
import os
import platform
import resource
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cli.doctor import machine as checks
from cli.doctor import permissions
from cli.doctor.finding import State
from cli.running import Running
from tests.brokers import RunningBroker
from tests.doctor.conftest import Look
from tests.doctor.findings import only, states

HOMEGUARD = str(Path(sys.executable).with_name("homeguard"))
IN_A_TMPFS = """
mount -t tmpfs -o {options} none "$1" && {fill}
exec "$2" doctor --json --data-dir "$1"
"""


def doctor_in_a_tmpfs(directory: Path, options: str, fill: str) -> set[tuple[str, str]]:
    """Run the doctor on a small file system of its own, in a namespace; returns states and the words of sentences."""
    script = IN_A_TMPFS.format(options=options, fill=fill)
    unshare = [shutil.which("unshare") or "unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody make namespaces")
    directory.mkdir()
    ended = subprocess.run(
        [*unshare, "sh", "-c", script, "sh", directory, HOMEGUARD], capture_output=True, text=True, check=False
    )
    report = json.loads(ended.stdout)
    assert ended.returncode == report["exit_code"] == 1
    return {(each["state"], each["what"].partition(f" {directory}")[0]) for each in report["findings"]}


def test_full_disk_is_found(tmp_path: Path) -> None:
    said = doctor_in_a_tmpfs(tmp_path / "data", "size=1m", 'head -c 2m /dev/zero > "$1/full" 2>/dev/null; true')
    assert ("loss", "0 MB are free at") in said


def test_disk_without_room_for_one_more_file_is_found(tmp_path: Path) -> None:
    said = doctor_in_a_tmpfs(tmp_path / "data", "size=2g,nr_inodes=100", "true")
    assert ("loss", "99 more files can be made at") in said


def test_disk_that_forgets_is_found(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    if checks.filesystem_of(Path("/dev/shm")) != "tmpfs":
        pytest.skip("this system has no tmpfs at /dev/shm")
    home = look(data_dir="/dev/shm/homeguard-that-is-not-there")
    assert "/dev/shm is on tmpfs" in only(checks.filesystem, home, State.LOSS).what


def test_disk_with_room_is_fine(look: Look, tmp_path: Path) -> None:
    if shutil.disk_usage(tmp_path).free < checks.SOME_BYTES:
        pytest.skip("this machine's disk is nearly full")
    assert states(checks.disk, look()) == [State.FINE]


def test_file_system_is_known(tmp_path: Path) -> None:
    assert checks.filesystem_of(Path("/proc")) == "proc"
    assert checks.filesystem_of(tmp_path) == _stat_says(tmp_path)


def _stat_says(path: Path) -> str:
    """Ask findmnt, which reads the same in its own way."""
    found = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", path], capture_output=True, text=True, check=True)
    return found.stdout.strip()


@pytest.mark.parametrize(
    ("kind", "database", "state"),
    [
        ("ext4", None, State.FINE),
        ("nfs4", None, State.LOSS),
        ("nfs4", "postgresql://127.0.0.1/homeguard", State.FINE),
        ("overlay", None, State.LOSS),
        (None, None, State.UNSEEN),
    ],
)
def test_file_system_is_judged(
    look: Look, monkeypatch: pytest.MonkeyPatch, kind: str | None, database: str | None, state: State
) -> None:
    monkeypatch.setattr(checks, "filesystem_of", lambda _path: kind)  # no NFS server to be had in a test
    assert states(checks.filesystem, look(database_url=database)) == [state]


def test_kernel_tells_how_the_clock_is_kept(look: Look) -> None:
    status = checks.clock_status()
    assert states(checks.clock, look()) == [checks.judged_clock(status).state]


def test_clock_that_nobody_keeps_is_found() -> None:
    assert checks.judged_clock(0x2001).state is State.FINE  # STA_PLL and STA_NANO: what systemd-timesyncd leaves
    assert checks.judged_clock(0x2040).state is State.WARNING


def test_limit_of_open_files_is_compared_with_what_is_promised(look: Look) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        home = replace(look(max_connections=1000), running=Running(child.pid, "http://127.0.0.1:1", 0))
        resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (1200, 1200))
        assert states(checks.open_files, home) == [State.FINE]
        resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (1199, 1199))
        assert "1,199 files" in only(checks.open_files, home, State.WARNING).what
    assert states(checks.open_files, home) == [State.UNSEEN]  # it has ended


def test_versions_are_named(look: Look) -> None:
    what = only(checks.versions, look(), State.FINE).what
    assert f"Python {platform.python_version()}, SQLite 3." in what
    assert "Mosquitto 2." in what
    assert "Mosquitto" not in only(checks.versions, look(mqtt_url="mqtt://broker.example"), State.FINE).what


def test_machine_without_mosquitto_is_found(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("bridge.broker.config.SBIN", ())
    assert "not installed" in only(checks.versions, look(), State.LOSS).what


def test_secrets_for_their_owner_alone_are_fine(broker: RunningBroker, look: Look) -> None:
    assert states(permissions.secrets, look(data_dir=broker.settings.data_dir)) == [State.FINE]


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("secrets/broker-admin-password", 0o644),
        ("secrets/devices/cam-1", 0o640),
        ("secrets", 0o755),
        ("broker/dynamic-security.json", 0o604),
    ],
)
def test_secret_open_to_others_is_named_and_the_line_to_paste_closes_it(
    own_data_dir: Path, look: Look, name: str, mode: int
) -> None:
    path = own_data_dir / name
    path.chmod(mode)
    finding = only(permissions.secrets, look(data_dir=own_data_dir), State.LOSS)
    assert finding.what.endswith(f"may read or change {name}")
    assert finding.mend is not None
    subprocess.run(["/bin/sh", "-c", finding.mend], check=True)
    assert stat.S_IMODE(path.stat().st_mode) == mode & 0o700
    assert states(permissions.secrets, look(data_dir=own_data_dir)) == [State.FINE]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_secret_of_another_user_is_named(own_data_dir: Path, look: Look) -> None:
    os.chown(own_data_dir / "secrets" / "devices" / "cam-1", 12345, 12345)
    finding = only(permissions.secrets, look(data_dir=own_data_dir), State.WARNING)
    assert finding.what.startswith("secrets/devices/cam-1 belong to another user")


def test_home_that_never_ran_has_no_secrets(look: Look) -> None:
    assert "never run" in only(permissions.secrets, look(), State.UNSEEN).what


@pytest.fixture
def own_data_dir(broker: RunningBroker, tmp_path: Path) -> Path:
    """A copy of a home's files, to be made sick."""
    return Path(shutil.copytree(broker.settings.data_dir, tmp_path / "copy"))
