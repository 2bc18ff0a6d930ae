"""What a start has to wait for, and what not."""

import json
import subprocess
import sys

import pytest

from cli.run import _error_of_ours
from homeguard.errors import Misconfigured, Unavailable

# Each takes tens of milliseconds, and nobody can connect before all of it is imported.
NOT_BEFORE_THE_PORT = {"aiomqtt", "fastapi", "httpx", "paho", "peewee", "uvicorn", "websockets"}
NEVER_WITHOUT_SIM = {"aiomqtt", "devices_sim", "homeguard.client", "httpx", "paho", "rich"}


def imported_by(statement: str) -> set[str]:
    """Run a statement in a new interpreter; returns the modules that are there then."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    return set(json.loads(said))


@pytest.mark.parametrize(
    ("statement", "not_needed"),
    [
        ("import cli.main, cli.up", NOT_BEFORE_THE_PORT | NEVER_WITHOUT_SIM),
        ("import cli.main, cli.up, api.app", NEVER_WITHOUT_SIM),
    ],
)
def test_start_imports_nothing_that_it_does_not_need(statement, not_needed):
    assert imported_by(statement) & not_needed == set()


def test_every_command_is_found_by_its_name():
    said = subprocess.run(
        [sys.executable, "-c", "from cli.main import main; main()", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "200", "TERM": "dumb"},
    ).stdout
    said = " ".join(said.split())
    for words in ("up Run everything", "user Manage who", "broker Files for a Mosquitto", "certs Make and show"):
        assert words in said


# Prints how many threads there are whenever a child process is started.
WATCHED = """
import asyncio, sys, threading
start = asyncio.create_subprocess_exec
def watched(*words, **options):
    print("threads:", threading.active_count(), flush=True)
    return start(*words, **options)
asyncio.create_subprocess_exec = watched
from cli.main import main
main()
"""


def test_broker_is_started_before_there_are_threads(tmp_path):
    """A child gets the locks that other threads hold, and whoever let them go is not there."""
    command = [
        sys.executable,
        "-c",
        WATCHED,
        "up",
        "--port",
        "0",
        "--mqtt-port",
        "0",
        "--data-dir",
        str(tmp_path / "home"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "threads: 1\n"
        finally:
            process.terminate()


def test_an_error_of_ours_that_ended_a_task_is_found_however_deep():
    ours = Misconfigured("the journal is damaged")
    assert (
        _error_of_ours(BaseExceptionGroup("", [ExceptionGroup("", [ours]), Unavailable("the broker", "gone")])) is ours
    )


def test_an_error_of_ours_does_not_hide_another_one():
    assert _error_of_ours(BaseExceptionGroup("", [Misconfigured("x"), ExceptionGroup("", [ValueError()])])) is None
    assert _error_of_ours(BaseExceptionGroup("", [KeyboardInterrupt()])) is None
