"""`homeguard enforce` says what it cannot do before it begins, and prints units that give no more than it needs."""

import subprocess

import pytest

from tests.integration.home import HOMEGUARD

URL = "mqtts://enforcer-firewall@homeguard.local:8883"


def run(*words, **variables):
    return subprocess.run(
        [HOMEGUARD, "enforce", *words], capture_output=True, text=True, timeout=30, env={"PATH": "/usr/bin"} | variables
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "say one of --firewall, --webhook URL and --dry-run"),
        (["--firewall", "--dry-run"], "say one of"),
        (["--dry-run", "--name", "Fire Wall"], "--name 'Fire Wall'"),
        (["--dry-run", "--name", "broker"], "within `homeguard up`"),
        (["--dry-run", "--mqtt-url", "http://127.0.0.1"], "--mqtt-url must look like"),
        (["--dry-run", "--mqtt-url", "mqtt://127.0.0.1:high"], "--mqtt-url must look like"),
        (["--dry-run", "--mqtt-url", "mqtt://192.168.1.2"], "use mqtts://, or --insecure"),
        (["--dry-run", "--mqtt-url", URL, "--cafile", "/nowhere"], "--cafile: /nowhere"),
        (["--dry-run", "--mqtt-url", URL, "--password-file", "/nowhere"], "--password-file: cannot read /nowhere"),
        (["--webhook", "http://router.example", "--mqtt-url", URL], "--webhook http://router.example"),
        (["--webhook", "https://router.example", "--mqtt-url", URL], "--webhook-secret-file"),
    ],
)
def test_what_cannot_be_is_said(tmp_path, words, why):
    ended = run(*words, HOMEGUARD_DATA_DIR=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert why in ended.stderr
    assert "Traceback" not in ended.stderr


def test_password_that_others_may_read_is_refused(tmp_path):
    password = tmp_path / "password"
    password.write_text("secret")
    password.chmod(0o644)
    ended = run("--dry-run", "--mqtt-url", URL, "--password-file", str(password), HOMEGUARD_DATA_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert str(password) in ended.stderr


def test_enforcer_without_a_homeguard_here_says_what_to_start(tmp_path):
    ended = run("--dry-run", HOMEGUARD_DATA_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert "start `homeguard up` first" in ended.stderr


@pytest.mark.parametrize(
    ("words", "has", "has_not"),
    [
        (["--firewall", "--watch"], ["AmbientCapabilities=CAP_NET_ADMIN", "AF_NETLINK", "--firewall", "--watch"], []),
        (["--dry-run"], ["CapabilityBoundingSet=\n", "--dry-run"], ["CAP_NET_ADMIN", "AF_NETLINK"]),
        (
            ["--webhook", "https://router.example/50%"],
            ["webhook-secret:/etc/homeguard/webhook.secret", "https://router.example/50%%"],
            ["CAP_NET_ADMIN"],
        ),
        (["--watch"], ["AF_NETLINK"], ["CAP_NET_ADMIN", "--neighbours"]),
    ],
)
def test_unit_has_the_rights_that_it_needs_and_no_password(tmp_path, words, has, has_not):
    ended = run(*words, "--mqtt-url", URL, "--print-unit", HOMEGUARD_DATA_DIR=str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    for line in ("DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", f"--mqtt-url {URL}", *has):
        assert line in ended.stdout
    for line in has_not:
        assert line not in ended.stdout


@pytest.mark.parametrize("more", [[], ["--print-unit"]])
def test_webhook_that_cannot_be_is_said_before_anything_else(tmp_path, more):
    ended = run("--webhook", "http://router.example", *more, HOMEGUARD_DATA_DIR=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "would tell everybody on the way who is blocked" in ended.stderr


def test_unit_with_a_password_in_it_is_refused(tmp_path):
    ended = run("--dry-run", "--mqtt-url", "mqtts://enforcer-x:word@host:8883", "--print-unit")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "must not hold the password" in ended.stderr


def test_unit_is_one_that_systemd_takes(tmp_path):
    unit = tmp_path / "homeguard-firewall.service"
    unit.write_text(run("--firewall", "--watch", "--mqtt-url", URL, "--print-unit").stdout)
    try:
        verified = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=30
        )
    except FileNotFoundError:
        pytest.skip("systemd is not installed here")
    assert "Unknown" not in verified.stderr
    assert "Failed to parse" not in verified.stderr
