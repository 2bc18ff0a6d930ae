"""A real PostgreSQL for tests: a cluster of our own in a temporary directory, on a free port of loopback."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.ports import free_port
from tests.waiting import wait_until


def find_programs() -> Path | None:
    """Return the directory of initdb and postgres, the newest there is; Debian keeps them off the PATH."""
    on_path = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    found = [Path(on_path)] if on_path else installed[-1:]
    return found[0].resolve().parent if found else None


def require_programs() -> Path:
    """Return the directory of the programs; without them skip, or fail where the tests must be complete."""
    programs = find_programs()
    if programs is not None:
        return programs
    why = "PostgreSQL's server programs (initdb, postgres) are not installed: `make test` installs them"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


class PostgresServer:
    """One server for the whole test session, with a database for each test that asks."""

    def __init__(self, programs: Path) -> None:
        """Make the cluster and start the server."""
        self._directory = Path(tempfile.mkdtemp(prefix="homeguard-pg-", dir="/tmp"))  # a path short enough for sockets
        self._databases = 0
        self._who: dict[str, Any] = {"cwd": self._directory}
        if os.geteuid() == 0:  # initdb refuses root
            user = _unprivileged_user()
            os.chown(self._directory, user.pw_uid, user.pw_gid)
            self._who |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.port = free_port()
        cluster, self._log = self._directory / "data", self._directory / "log"
        subprocess.run(
            [
                programs / "initdb",
                "-D",
                cluster,
                "-U",
                "homeguard",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            **self._who,
            check=True,
            capture_output=True,
        )
        self._programs, self._cluster = programs, cluster
        try:
            self.start()
        except AssertionError:
            self.stop()
            raise

    def start(self) -> None:
        """Start the server, again where it was paused."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self._directory),
            "fsync": "off",  # nothing in it outlives the session
            "shared_buffers": "16MB",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._cluster, *options],
                **self._who,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._answers, timeout=30)

    def create_database(self) -> str:
        """Make an empty database and return its URL."""
        self._databases += 1
        name = f"test_{self._databases}"
        self._execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, also from under connections that a test left open."""
        self._execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def pause(self) -> None:
        """Stop the server; its cluster stays for `start`."""
        self._process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Stop the server and remove the cluster."""
        self.pause()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(f"PostgreSQL ended: {self._log.read_text()}")
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, database: str) -> str:
        return f"postgresql://homeguard@127.0.0.1:{self.port}/{database}"


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("neither a user postgres nor a user nobody to run initdb as")
